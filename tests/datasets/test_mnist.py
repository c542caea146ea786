"""Datasets in the four files of MNIST, and in Keras' .npz."""

from pathlib import Path

import numpy as np
import pytest

from laptime import registry
from laptime.datasets import Found, _mnist
from laptime.errors import DataError
from tests.datasets.small import idx_arrays, idx_contents, idx_files, write_idx

DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def load(path):
    return _mnist.load(idx_files(), Found(str(path), "folder"))


def assert_whole(arrays):
    expected = idx_arrays()
    assert np.array_equal(arrays.train_x[..., 0], expected["x_train"])
    assert np.array_equal(arrays.train_y, expected["y_train"])
    assert np.array_equal(arrays.test_x[..., 0], expected["x_test"])
    assert np.array_equal(arrays.test_y, expected["y_test"])


@pytest.mark.parametrize("zipped", [False, True])
def test_four_files(tmp_path, zipped):
    assert_whole(load(write_idx(tmp_path / "tiny", zipped=zipped)))


def test_npz_of_keras(tmp_path):
    np.savez(tmp_path / "tiny.npz", **idx_arrays())
    assert_whole(load(tmp_path / "tiny.npz"))


def test_npz_with_other_images_is_refused(tmp_path):
    arrays = idx_arrays()
    arrays["x_test"][0, 0, 0] ^= 1
    np.savez(tmp_path / "tiny.npz", **arrays)
    with pytest.raises(DataError, match="does not hold Tiny"):
        load(tmp_path / "tiny.npz")


class Trap:
    def __reduce__(self):
        return Path.touch, (Path("sprung"),)


def test_npz_that_holds_a_pickle_is_refused_and_not_run(home):
    arrays = idx_arrays() | {"x_train": np.array([Trap()])}
    np.savez(home / "tiny.npz", **arrays)
    with pytest.raises(DataError, match="cannot be read"):
        load(home / "tiny.npz")
    assert not (home / "sprung").exists()


def test_npz_that_is_a_single_array_is_refused(tmp_path):
    with (tmp_path / "tiny.npz").open("wb") as stream:
        np.save(stream, np.zeros(3))
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "tiny.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x00" * 99])
def test_npz_that_is_something_else_is_refused(tmp_path, content):
    (tmp_path / "tiny.npz").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "tiny.npz")


def test_a_missing_file_is_named(tmp_path):
    (write_idx(tmp_path) / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"lacks t10k-labels-idx1-ubyte .* laptime data fetch tiny"):
        load(tmp_path)


@pytest.mark.parametrize("file", list(idx_contents()))
def test_one_changed_pixel_is_refused(tmp_path, file):
    path = write_idx(tmp_path) / file
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match=f"{file} is not the Tiny file"):
        load(tmp_path)


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="needs Debian's package dataset-fashion-mnist")
def test_the_real_fashion_mnist():
    arrays = registry.load("datasets", "fashion-mnist").load(Found(str(DEBIAN), "debian"))
    assert arrays.train_x.shape == (60_000, 28, 28, 1)
    assert arrays.train_y[:5].tolist() == [9, 0, 0, 3, 0]
    assert np.bincount(arrays.test_y).tolist() == [1_000] * 10
    with pytest.raises(DataError, match="keep MNIST in a folder of its own"):
        registry.load("datasets", "mnist").load(Found(str(DEBIAN), "folder"))
