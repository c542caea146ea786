"""The order in which places are searched."""

from pathlib import Path

import numpy as np
import pytest

from laptime import registry
from laptime.datasets import _mnist, locate
from laptime.errors import DataError
from tests.datasets.small import idx_arrays, idx_contents, idx_files, write_idx


def found(data_dir=None):
    place = _mnist.find(idx_files(), data_dir=data_dir)
    return place and (place.origin, Path(place.path).name)


def test_the_first_place_wins(home, monkeypatch):
    """Places are filled from the last to the first; each new one must win over those before."""
    assert found() is None
    write_idx(home / "debian" / "tiny", zipped=True)
    assert found() == ("debian", "tiny")
    write_idx(home / "data" / "Tiny" / "raw")
    assert found() == ("torchvision", "raw")
    keras = home / ".keras" / "datasets"
    keras.mkdir(parents=True)
    np.savez(keras / "tiny.npz", **idx_arrays())
    assert found() == ("keras", "tiny.npz")
    write_idx(home / "cache" / "data" / "tiny")
    assert found() == ("laptime", "tiny")
    monkeypatch.setenv("LAPTIME_DATA", str(write_idx(home / "by_variable")))
    assert found() == ("folder", "by_variable")
    write_idx(home / "given" / "tiny")
    assert found(home / "given") == ("folder", "tiny")


def test_keras_home_moves_keras(home, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(home / "k"))
    (home / "k" / "datasets").mkdir(parents=True)
    np.savez(home / "k" / "datasets" / "tiny.npz", **idx_arrays())
    assert found() == ("keras", "tiny.npz")


def test_a_part_counts_only_in_a_folder_of_the_user(home):
    file, raw = next(iter(idx_contents().items()))
    for folder in (home / "mine", home / "debian" / "tiny"):
        folder.mkdir(parents=True)
        (folder / file).write_bytes(raw)
    assert found() is None
    assert found(home / "mine") == ("folder", "mine")


def test_a_folder_that_is_not_there_is_an_error(home, monkeypatch):
    mnist = registry.load("datasets", "mnist")
    with pytest.raises(DataError, match="--data-dir names no folder"):
        locate(mnist, data_dir=home / "nowhere")
    monkeypatch.setenv("LAPTIME_DATA", str(home / "nowhere"))
    with pytest.raises(DataError, match="LAPTIME_DATA names no folder"):
        locate(mnist)


def test_the_documented_checksums_are_the_ones_that_are_checked():
    text = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")
    for name in registry.names("datasets"):
        assert f"`{name}`" in text
        leaf = vars(registry.load("datasets", name))
        for digest in (leaf.get("SHA256") or {"archive": leaf["ARCHIVE_SHA256"]}).values():
            assert digest in text
