"""Results on disk are whole, whatever happens to their writer."""

import errno
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import store
from laptime.errors import RecordError, StoreError, UnknownNameError, UsageError
from laptime.record import encode
from laptime.store import Store, new_id, open_store, read
from tests.samples import make_process, make_result
from tests.strategies import TEXT, results


@pytest.fixture
def shelf(tmp_path):
    return Store(tmp_path / "deep" / "results")


def leftovers(shelf):
    return [path.name for path in shelf.folder.iterdir() if path.suffix != ".json"]


@given(result=results())
def test_any_result_comes_back(result, tmp_path_factory):
    shelf = Store(tmp_path_factory.mktemp("store"))
    assert shelf.save(result).name == f"{result.id}.json"
    assert shelf.load(result.id) == shelf.load("latest") == result
    assert leftovers(shelf) == []


def test_a_growing_result_replaces_itself(shelf):
    for seeds in range(1, 4):
        shelf.save(make_result(processes=tuple(make_process(seed=s) for s in range(seeds))))
    assert len(shelf.ids()) == 1
    assert len(shelf.load("latest").processes) == 3


def test_ids_are_in_the_order_of_time(shelf):
    names = [f"2026{month:02}01-000000-x-0000" for month in (11, 2, 7)]
    for name in names:
        shelf.save(make_result(id=name))
    assert shelf.ids() == sorted(names)
    assert shelf.load("latest").id == names[0]
    assert shelf.load("202607").id == names[2]


def test_a_result_is_found_by_its_path(shelf, tmp_path):
    copy = tmp_path / "from-a-friend.json"
    copy.write_bytes(encode(make_result()))
    assert shelf.load(str(copy)) == make_result()
    with pytest.raises(StoreError, match="cannot read"):
        shelf.load(str(tmp_path / "missing.json"))


def test_names_that_mean_nothing_or_too_much(shelf):
    with pytest.raises(UsageError, match="laptime run"):
        shelf.load("latest")
    for end in ("aaaa", "bbbb"):
        shelf.save(make_result(id=f"20260101-000000-x-{end}"))
    with pytest.raises(UnknownNameError, match="20260101-000000-x-aaaa"):
        shelf.load("20260101-000000-x-aaab")
    with pytest.raises(UnknownNameError, match="no result"):
        shelf.load("")
    with pytest.raises(UsageError, match="2 results start with"):
        shelf.load("2026")
    assert shelf.load("20260101-000000-x-b").id.endswith("bbbb")


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 99}', b"[" * 200_000, b'{"a": "\xff"}'])
def test_one_bad_file_spoils_nothing(shelf, damage):
    shelf.save(make_result())
    (shelf.folder / "20270101-000000-bad.json").write_bytes(damage)
    (shelf.folder / "notes.txt").write_text("not ours")
    found, problems = shelf.load_all()
    assert found == [make_result()]
    assert [type(problem) for problem in problems] == [RecordError]
    assert "20270101-000000-bad.json" in str(problems[0])
    with pytest.raises(RecordError, match="20270101"):
        shelf.load("latest")


def test_an_id_that_leaves_the_folder_is_refused(shelf):
    for name in ("../escape", "a/b", "", ".hidden", "a\\b", "con:", "x" * 300, "dot."):
        with pytest.raises(StoreError, match="no id"):
            shelf.save(make_result(id=name))


def refusals():
    return [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "LAPTIME_STORE"),
    ]


@pytest.mark.parametrize(("code", "words"), refusals())
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_refused_write_leaves_the_old_result(shelf, monkeypatch, code, words, call):
    shelf.save(make_result())

    def refuse(*args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(*((store.os, "fsync") if call == "fsync" else (Path, "replace")), refuse)
    with pytest.raises(StoreError, match=words) as caught:
        shelf.save(make_result(processes=()))
    assert "LAPTIME_STORE" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert leftovers(shelf) == []
    assert shelf.load("latest") == make_result()


def test_ctrl_c_while_writing_leaves_nothing(shelf, monkeypatch):
    def interrupt(handle):
        raise KeyboardInterrupt

    shelf.check_writable()
    monkeypatch.setattr(store.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        shelf.save(make_result())
    assert list(shelf.folder.iterdir()) == []


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "results").write_text("a file")
    shelf = Store(tmp_path / "results")
    for call in (shelf.check_writable, shelf.ids, lambda: shelf.save(make_result())):
        with pytest.raises(StoreError, match="not a folder; set LAPTIME_STORE"):
            call()
    with pytest.raises(StoreError, match="not a folder"):
        Store(tmp_path / "results" / "below").check_writable()


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="permission denied; set LAPTIME_STORE"):
        Store(tmp_path).check_writable()
    tmp_path.chmod(0o700)


def test_checking_leaves_nothing_and_sweeps_what_was_left(shelf):
    shelf.check_writable()
    old, young = shelf.folder / ".old.tmp", shelf.folder / ".young.tmp"
    for path in (old, young):
        path.write_text("half a record")
    os.utime(old, (1, 1))
    shelf.check_writable()
    assert leftovers(shelf) == [".young.tmp"]
    assert shelf.ids() == []


def test_the_store_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("LAPTIME_STORE", str(tmp_path))
    assert open_store().folder == tmp_path
    monkeypatch.delenv("LAPTIME_STORE")
    assert open_store().folder.parts[-2:] == ("laptime", "results")


def test_an_id_starts_with_its_time_in_utc():
    name = new_id("2026-11-22T02:19:05+02:00", "cifar10-tinyvgg", "torch", "cpu", "plain")
    assert name.startswith("20261122-001905-cifar10-tinyvgg-torch-cpu-plain-")
    assert new_id("2026-11-22T00:19:05Z", "a", "b", "c", "d").startswith("20261122-001905-a-b-c-d-")
    assert len({new_id("2026-11-22T00:19:05", "a", "b", "c", "d") for _ in range(20)}) > 1


@given(st.tuples(TEXT, TEXT, TEXT, TEXT))
def test_an_id_is_a_file_name_everywhere(words):
    name = new_id("2026-11-22T00:19:05", *words)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(name) < 130
    assert msgspec.structs.replace(make_result(), id=name).id == store._checked(name)


@pytest.mark.parametrize("figure", [b"1e308", b"5e-324"])
def test_a_figure_that_nobody_can_measure_is_one_clear_line(tmp_path, figure):
    path = tmp_path / "one.json"
    path.write_bytes(b'{"wall": [' + figure + b"]}")
    with pytest.raises(RecordError, match=r"one\.json: a figure that nobody can measure"):
        read(path, bytes)


def test_a_name_that_looks_like_such_a_figure_is_none(tmp_path):
    path = tmp_path / "one.json"
    path.write_bytes(b'{"name": "1e308", "wall": [0.0, 1.5]}')
    assert read(path, bytes) == path.read_bytes()
