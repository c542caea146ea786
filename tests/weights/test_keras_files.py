"""Keras' files get into our networks, which then answer as the real Keras does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from laptime import weights
from laptime.errors import DataError
from tests.weights import alive, files

KEY = "efficientnetb0"
# As the published files name their tensors: VGG16's is from 2016.
NAMES = {KEY: "{layer}/{weight}:0", "vgg16": "{layer}_{weight}_1:0"}


def unchanged(groups: dict[str, Any]) -> None:
    pass


@pytest.mark.parametrize("key", NAMES)
def test_a_file_of_keras_gives_the_output_of_keras(
    key: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
    from laptime.engines._torch_build import Built

    path = files.keras_file(home / "weights.h5", key, names=NAMES[key], change=unchanged)
    files.publish(monkeypatch, key, path)
    answers = np.load(files.REFERENCE / f"{key}.npz")
    for size in (64, 75):  # odd sizes are padded otherwise
        network = files.alone(key, size=size)
        built = Built(network)
        built.load(weights.load(key, path, network=network))
        image = torch.from_numpy(alive.photo(size, seed=size).astype(np.float32))
        with torch.no_grad():
            output = built.module(image.permute(0, 3, 1, 2))[0].permute(1, 2, 0).numpy()
        answer = answers[str(size)]
        assert output.shape == answer.shape
        assert np.linalg.norm(output - answer) <= 3e-5 * np.linalg.norm(answer)


def test_every_weight_stands_where_it_belongs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files.keras_file(home / "weights.h5", KEY, change=unchanged)
    files.publish(monkeypatch, KEY, path)
    network = files.alone(KEY)
    loaded = weights.load(KEY, path, network=network)
    expected = files.drawn_for(network)
    assert loaded.keys() == network.weights().keys()
    assert all(np.array_equal(loaded[each], expected[each]) for each in expected)
    assert {array.dtype for array in loaded.values()} == {np.dtype(np.float32)}


def test_a_loaded_file_is_kept_and_found_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files.keras_file(home / "weights.h5", KEY, change=unchanged)
    files.publish(monkeypatch, KEY, path)
    network = files.alone(KEY)
    first = weights.load(KEY, path, network=network)
    path.unlink()
    found = weights.find(KEY)
    assert found is not None
    assert files.kept(home) == [found.name]
    again = weights.load(KEY, found, network=network)
    assert all(np.array_equal(first[each], again[each]) for each in first)


def test_a_damaged_kept_file_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files.keras_file(home / "weights.h5", KEY, change=unchanged)
    files.publish(monkeypatch, KEY, path)
    network = files.alone(KEY)
    weights.load(KEY, path, network=network)
    found = weights.find(KEY)
    assert found is not None
    whole = found.read_bytes()
    flipped = bytes([whole[-1] ^ 1])
    for damaged in (whole[:-1] + flipped, whole[:-1], b"", whole.replace(b'"vgg16"', b"")[8:]):
        found.write_bytes(damaged)
        with pytest.raises(DataError, match="delete it, and it is made again"):
            weights.load(KEY, found, network=network)


def lacks_a_layer(groups: dict[str, Any]) -> None:
    groups["block2a_bn"].clear()


def lacks_a_tensor(groups: dict[str, Any]) -> None:
    groups["stem_bn"].popitem()


def has_another_layer(groups: dict[str, Any]) -> None:
    groups["predictions"] = {"predictions/kernel:0": np.zeros((1280, 1000))}


def has_another_shape(groups: dict[str, Any]) -> None:
    groups["top_conv"]["top_conv/kernel:0"] = np.zeros((1, 1, 320, 1281))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lacks_a_layer, "0 of the 4 tensors of block2a_bn"),
        (lacks_a_tensor, "3 of the 4 tensors of stem_bn"),
        (has_another_layer, "no use: predictions"),
        (has_another_shape, r"top_conv/kernel of shape \(1, 1, 320, 1281\), not"),
    ],
)
def test_another_network_in_the_file_is_refused(
    change: files.Change, message: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files.keras_file(home / "weights.h5", KEY, change=change)
    files.publish(monkeypatch, KEY, path)
    with pytest.raises(DataError, match=message):
        weights.load(KEY, path, network=files.alone(KEY))
    assert files.kept(home) == []


@pytest.mark.parametrize("raw", [b"no HDF5 at all", b"\x89HDF\r\n\x1a\n" + bytes(900)])
def test_a_file_that_is_no_hdf5_is_refused(
    raw: bytes, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "weights.h5"
    path.write_bytes(raw)
    files.publish(monkeypatch, KEY, path)
    with pytest.raises(DataError, match="not a weights file of Keras"):
        weights.load(KEY, path, network=files.alone(KEY))
    assert files.kept(home) == []


def test_the_checksum_comes_before_reading(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the right length but the wrong content never reaches HDF5's own code."""
    path = files.keras_file(home / "weights.h5", KEY, change=unchanged)
    files.publish(monkeypatch, KEY, path)
    raw = path.read_bytes()
    for wrong, message in ((raw[:-9], "bytes instead of"), (bytes(len(raw)), "wrong MD5")):
        path.write_bytes(wrong)
        with pytest.raises(DataError, match=message):
            weights.load(KEY, path, network=files.alone(KEY))
    path.unlink()
    with pytest.raises(DataError, match="cannot be read"):
        weights.load(KEY, path, network=files.alone(KEY))
    assert files.kept(home) == []


def test_a_network_without_the_published_backbone_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files.keras_file(home / "weights.h5", KEY, change=unchanged)
    files.publish(monkeypatch, KEY, path)
    with pytest.raises(DataError, match="named 'efficientnetb0'"):
        weights.load(KEY, path, network=files.alone("vgg16"))


def test_a_cache_that_cannot_be_written_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files.keras_file(home / "weights.h5", KEY, change=unchanged)
    files.publish(monkeypatch, KEY, path)
    (home / "cache").write_text("a file stands where the folder should be")
    with pytest.raises(DataError, match="LAPTIME_CACHE"):
        weights.load(KEY, path, network=files.alone(KEY))
