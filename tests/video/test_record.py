"""Exports on disk: they load back, lie beside results of training, and damage is told."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from laptime.errors import RecordError
from laptime.store import Store
from laptime.video.record import ENDING, decode, encode, load_all, save
from tests.video import cases


@pytest.mark.parametrize("result", [cases.RESULT, cases.refused()])
def test_a_record_comes_back_as_it_was(result):
    assert decode(encode(result)) == result


def test_the_store_keeps_both_kinds_apart(tmp_path):
    store = Store(tmp_path)
    save(store, cases.RESULT)
    assert store.load_all() == ([], [])
    assert load_all(store) == ([cases.RESULT], [])


def test_a_store_without_a_folder_holds_nothing(tmp_path):
    assert load_all(Store(tmp_path / "nope")) == ([], [])


def test_a_damaged_file_hides_no_other(tmp_path):
    store = Store(tmp_path)
    save(store, cases.RESULT)
    (tmp_path / f"20260101-damaged{ENDING}").write_bytes(encode(cases.RESULT)[:100])
    results, problems = load_all(store)
    assert results == [cases.RESULT]
    assert "20260101-damaged" in str(problems[0])


def test_a_newer_format_is_refused():
    with pytest.raises(RecordError, match="upgrade"):
        decode(encode(replace(cases.RESULT, format=2)))


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"format":1}', b"\xff", b"[" * 100_000], ids=range(6)
)
def test_what_is_no_record_is_told(text):
    with pytest.raises(RecordError):
        decode(text)


def test_an_unknown_field_is_an_error():
    found = msgspec.json.decode(encode(cases.RESULT))
    with pytest.raises(RecordError, match="damaged"):
        decode(msgspec.json.encode(found | {"extra": 1}))


def test_two_encoders_of_one_codec_are_two_setups():
    ours = cases.RESULT.setup
    assert replace(ours, encoder="h264_videotoolbox").key != ours.key
    assert replace(ours, versions={**ours.versions, "x264": "166"}).key != ours.key
