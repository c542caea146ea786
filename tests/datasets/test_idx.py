"""The IDX reader, against every way of damaging a file."""

import gzip
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from laptime.datasets import _idx
from laptime.errors import DataError

arrays = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, max_side=5))


def packed(array):
    return _idx.header(array.shape) + array.tobytes()


@given(arrays)
def test_round_trip(array):
    assert np.array_equal(_idx.parse(packed(array), name="x"), array)
    assert len(packed(array)) == _idx.size(array.shape)


@given(arrays, st.data())
def test_cut_at_any_byte_is_refused(array, data):
    raw = packed(array)
    cut = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(DataError, match="replace it"):
        _idx.parse(raw[:cut], name="x")


@given(arrays, st.integers(0, 3), st.integers(1, 255))
def test_any_change_of_the_magic_is_refused(array, place, flip):
    raw = bytearray(packed(array))
    raw[place] ^= flip
    with pytest.raises(DataError, match="replace it"):
        _idx.parse(bytes(raw), name="x")


def test_an_empty_side_is_refused():
    """As an array of one axis looks whose number of axes was changed."""
    with pytest.raises(DataError, match="replace it"):
        _idx.parse(_idx.header((4, 0)), name="x")


@given(arrays, st.binary(min_size=1, max_size=9))
def test_bytes_at_the_end_are_refused(array, more):
    with pytest.raises(DataError, match="replace it"):
        _idx.parse(packed(array) + more, name="x")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_reads_plain_and_zipped(tmp_path, pack):
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    raw = packed(array)
    (tmp_path / "file").write_bytes(pack(raw))
    sha256 = hashlib.sha256(raw).hexdigest()
    read = _idx.read(tmp_path / "file", shape=(3, 4), sha256=sha256, title="Tiny")
    assert np.array_equal(read, array)


@pytest.mark.parametrize("keep", [1, 11, 30, -1])
def test_a_cut_gz_is_refused(tmp_path, keep):
    raw = packed(np.arange(200, dtype=np.uint8))
    (tmp_path / "file.gz").write_bytes(gzip.compress(raw)[:keep])
    with pytest.raises(DataError, match="replace it"):
        _idx.read(tmp_path / "file.gz", shape=(200,), sha256="", title="Tiny")


def test_content_of_another_dataset_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(packed(np.zeros(5, np.uint8)))
    with pytest.raises(DataError, match="not the Tiny file of that name"):
        _idx.read(tmp_path / "file", shape=(5,), sha256="0" * 64, title="Tiny")


def test_a_gz_that_unpacks_to_far_more_is_not_unpacked_whole(tmp_path):
    (tmp_path / "bomb").write_bytes(gzip.compress(bytes(1 << 24)))
    with (tmp_path / "bomb").open("rb") as stream:
        assert len(_idx.unzipped(stream, limit=100)) == 101
