"""The index answers as a full read of the files would, whatever became of them or of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import laptime
from laptime.checks import summarized
from laptime.errors import StoreError
from laptime.index import COMPUTED_BY, FILE, Between, _rows, _upkeep, opened
from laptime.index._upkeep import PAGE_BYTES
from laptime.record import decode, encode
from laptime.store import Store, read
from tests import house
from tests.runs import SMALL, deviating, failed, full, quick, repeated
from tests.samples import MACHINE, SETUP
from tests.strategies import results

KINDS = [quick, full, failed, deviating]


@pytest.fixture
def shelf(tmp_path):
    store = Store(tmp_path)
    for number in range(4):
        store.save(quick(id=f"20261122-00000{number}-a"))
    return store


def told(store):
    """What the index says: summaries and problems."""
    with opened(store) as index:
        return [entry.summary for entry in index.entries()], index.problems()


def truth(store):
    """What the files say."""
    found, problems = store.load_all()
    return [summarized(result) for result in found], [str(problem) for problem in problems]


def reads(store):
    """How many records the next look reads."""
    counts = []
    with opened(store, tell=counts.append):
        return sum(counts)


def settled(store):
    """All files are older than any clock is coarse."""
    for path in store.folder.glob("*.json"):
        os.utime(path, (1e9, 1e9))


# As a full read


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "remove", "damage", "newer", "look", "copy"]),
        st.integers(0, 3),
        st.sampled_from(KINDS),
    ),
    max_size=12,
)


@settings(max_examples=40)
@given(actions=ACTIONS)
def test_answers_are_those_of_a_full_read(actions, tmp_path_factory) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    for action, number, kind in actions:
        act(store, action, store.folder / f"20261122-00000{number}-a.json", kind)
        assert told(store) == truth(store)


def act(store, action, path, kind):
    """One thing that may become of a store."""
    if action in ("add", "change"):
        store.save(kind(id=path.stem))
    elif action == "remove":
        path.unlink(missing_ok=True)
    elif action == "damage" and path.exists():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif action == "newer":
        path.write_text('{"format": 99}')
    elif action == "copy" and path.exists():
        shutil.copy(path, path.with_name(f"copy-{path.name}"))


@settings(max_examples=25)
@given(result=results())
def test_any_result_is_told_or_named(result, tmp_path_factory) -> None:
    """A valid record may hold absurd figures: it is one line at worst, and never the end."""
    store = Store(tmp_path_factory.mktemp("store"))
    store.save(result)
    summaries, problems = told(store)
    assert len(summaries) + len(problems) == 1


def test_a_look_without_changes_reads_nothing(shelf) -> None:
    settled(shelf)
    assert reads(shelf) == 4
    assert reads(shelf) == 0
    shelf.save(quick(id="20261122-000001-a", profile="full"))
    assert reads(shelf) == 1


def test_a_file_written_twice_at_the_same_time_is_read_again(shelf) -> None:
    path = shelf.folder / "20261122-000001-a.json"
    told(shelf)
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"0.1.0", b"0.2.0"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with opened(shelf) as index:
        assert [entry.laptime for entry in index.entries()].count("0.2.0") == 1


def test_a_bad_file_is_read_once_and_named_each_time(shelf) -> None:
    (shelf.folder / "20261122-9.json").write_text("{")
    settled(shelf)
    for _ in range(2):
        summaries, [problem] = told(shelf)
        assert len(summaries) == 4
        assert problem.startswith("20261122-9.json: not a laptime record")
    assert reads(shelf) == 0


def test_an_empty_or_absent_store_gets_no_index(tmp_path) -> None:
    assert told(Store(tmp_path)) == told(Store(tmp_path / "nowhere")) == ([], [])
    assert not list(tmp_path.iterdir())


def test_records_of_every_format_stand_in_one_index(shelf) -> None:
    old = Path(__file__).parent / "records"
    for path in old.glob("*.json"):
        shutil.copy(path, shelf.folder / path.name)
    assert told(shelf) == truth(shelf)
    assert len(told(shelf)[0]) > 4


@pytest.mark.skipif(sys.platform != "linux", reason="other systems hold only names in unicode")
def test_a_name_that_is_no_text_is_told_too(shelf) -> None:
    name = os.fsdecode(b"2026-\xff.json")
    shutil.copy(shelf.folder / "20261122-000001-a.json", shelf.folder / name)
    (shelf.folder / os.fsdecode(b"2026-\xfe.json")).write_text("{")
    summaries, problems = told(shelf)
    assert (len(summaries), len(problems)) == (5, 1)


def test_absurd_figures_are_one_line(shelf) -> None:
    """Faster than any number, where the standard library stumbles itself."""
    path = shelf.folder / "20261122-000001-a.json"
    path.write_bytes(path.read_bytes().replace(b'"wall_s": 0.5', b'"wall_s": 5e-324'))
    summaries, [problem] = told(shelf)
    assert len(summaries) == 3
    assert "a figure that nobody can measure" in problem


def test_what_a_summary_stumbles_over_is_one_line(shelf, monkeypatch) -> None:
    real = _rows.summarized

    def stumbling(result):
        if result.id == "20261122-000001-a":
            raise OverflowError("too large")
        return real(result)

    monkeypatch.setattr(_rows, "summarized", stumbling)
    summaries, [problem] = told(shelf)
    assert len(summaries) == 3
    assert "its figures cannot be computed" in problem


# Whatever became of it


@pytest.mark.parametrize("start", [0, 20, 3000, 20_000])
def test_a_damaged_index_is_made_anew(shelf, start) -> None:
    told(shelf)
    path = shelf.folder / FILE
    content = path.read_bytes()
    path.write_bytes(content[:start] + b"\x55" * (len(content) - start))
    assert told(shelf) == truth(shelf)
    settled(shelf)
    told(shelf)
    assert reads(shelf) == 0


@pytest.mark.parametrize("page", range(9))
def test_one_damaged_page_changes_no_answer(shelf, page) -> None:
    told(shelf)
    path = shelf.folder / FILE
    content = bytearray(path.read_bytes())
    start = PAGE_BYTES * page
    content[start : start + 200] = b"\xaa" * len(content[start : start + 200])
    path.write_bytes(content)
    assert told(shelf) == truth(shelf)


def test_half_an_index_is_made_anew(shelf) -> None:
    told(shelf)
    path = shelf.folder / FILE
    path.write_bytes(path.read_bytes()[:20_000])
    assert told(shelf) == truth(shelf)


def test_the_tables_of_somebody_else_are_replaced(shelf) -> None:
    with contextlib.closing(sqlite3.connect(shelf.folder / FILE)) as other:
        other.execute("CREATE TABLE state (whatever TEXT)")
    assert told(shelf) == truth(shelf)


def test_a_summary_of_other_code_is_not_served(shelf, monkeypatch) -> None:
    settled(shelf)
    told(shelf)
    monkeypatch.setattr(_upkeep, "code", lambda: "another")
    assert reads(shelf) == 4
    assert reads(shelf) == 0


def test_a_locked_index_is_gone_round(shelf, monkeypatch) -> None:
    monkeypatch.setattr(_upkeep, "LOCKED_S", 0.01)
    told(shelf)
    shelf.save(full(id="20261122-000009-a"))
    with contextlib.closing(sqlite3.connect(shelf.folder / FILE, isolation_level=None)) as other:
        for kind in ("IMMEDIATE", "EXCLUSIVE"):
            other.execute(f"BEGIN {kind}")
            assert told(shelf) == truth(shelf)
            other.execute("ROLLBACK")


def test_what_cannot_be_written_is_held_in_memory(shelf, monkeypatch) -> None:
    """As in a folder that is read-only; root may write everywhere, so the refusal is planted."""
    settled(shelf)
    told(shelf)
    shelf.save(full(id="20261122-000009-a"))

    def refused(*_):
        raise sqlite3.OperationalError("attempt to write a readonly database")

    write = _upkeep._write
    calls = []
    monkeypatch.setattr(
        _upkeep, "_write", lambda *given: write(*given) if calls else calls.append(1) or refused()
    )
    counts = []
    with opened(shelf, tell=counts.append) as index:
        assert len(list(index.entries())) == 5
    assert counts == [1, 1]  # the rest came from the file on disk


def test_a_folder_in_its_place_is_gone_round(shelf) -> None:
    (shelf.folder / FILE).mkdir()
    assert told(shelf) == truth(shelf)


def test_damage_that_shows_only_later_is_repaired(shelf) -> None:
    with opened(shelf) as index:
        index._connection.execute("COMMIT")
        index._connection.execute("DROP TABLE files")
        assert [entry.summary for entry in index.entries()] == truth(shelf)[0]


def test_an_entry_that_does_not_decode_comes_from_its_file(shelf) -> None:
    with opened(shelf) as index:
        index._connection.execute("UPDATE bodies SET body = x'c1'")
        assert [entry.summary for entry in index.entries()] == truth(shelf)[0]
        (shelf.folder / "20261122-000003-a.json").unlink()
        with pytest.raises(StoreError, match="cannot read"):
            list(index.entries())


def test_two_processes_at_once(shelf) -> None:
    for number in range(10, 60):
        shelf.save(quick(id=f"20261122-0000{number}-a"))
    script = (
        "import sys; from pathlib import Path; from laptime.store import Store\n"
        "from laptime.index import opened\n"
        "with opened(Store(Path(sys.argv[1]))) as index: print(len(list(index.entries())))"
    )
    command = [sys.executable, "-c", script, str(shelf.folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in both] == ["54"] * 3
    assert told(shelf) == truth(shelf)


def test_what_was_read_before_a_ctrl_c_is_kept(shelf, monkeypatch) -> None:
    settled(shelf)
    monkeypatch.setattr(_upkeep, "AT_ONCE", 2)
    row, calls = _upkeep.row, []

    def interrupted(*given, **told):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return row(*given, **told)

    monkeypatch.setattr(_upkeep, "row", interrupted)
    with pytest.raises(KeyboardInterrupt):
        told(shelf)
    assert reads(shelf) == 2


def test_every_module_that_computes_is_in_the_digest() -> None:
    root = Path(laptime.__file__).parent
    files = house.sources(root)
    modules = frozenset(source.module for source in files)
    needs: dict[str, set[str]] = {}
    for source in files:
        seen = {
            house.room_of(each.target)
            for each in house.imports(source, modules)
            if each.target.startswith("laptime.") and not each.for_types
        }
        needs.setdefault(source.room, set()).update(seen)
    found, waiting = set(), ["index"]
    while waiting:
        room = waiting.pop()
        if room not in found:
            found.add(room)
            waiting += needs[room]
    assert sorted(found - {""}) == sorted(COMPUTED_BY)


def test_the_digest_is_of_the_code(monkeypatch) -> None:
    _rows.code.cache_clear()
    first = _rows.code()
    monkeypatch.setattr(_rows, "COMPUTED_BY", COMPUTED_BY[1:])
    _rows.code.cache_clear()
    assert _rows.code() != first
    _rows.code.cache_clear()


# Choosing


def chosen(entries):
    return [entry.summary.id for entry in entries]


def test_the_best_of_a_machine_is_sound_published_thorough_and_new(tmp_path) -> None:
    store = Store(tmp_path)
    kinds = [failed, deviating, quick, quick]
    for number, kind in enumerate(kinds):
        store.save(kind(id=f"2026112{number}"))
    store.save(failed(id="20261129"))
    key = truth(store)[0][0].machine_key
    with opened(store) as index:
        assert chosen(index.best_of_machines()) == ["20261123"]
        assert chosen(index.best_of_ways(key)) == ["20261123"]
        assert chosen(index.newest_of_ways(key)) == ["20261129"]
    store.save(repeated(id="20261101", profile="standard"))
    other = replace(SETUP, precision="bfloat16")
    store.save(repeated(id="20261130", profile="full", setup=other))
    store.save(quick(id="20261131", machine=replace(MACHINE, chip="another")))
    with opened(store) as index:
        assert sorted(chosen(index.best_of_machines())) == ["20261101", "20261131"]
        assert sorted(chosen(index.best_of_ways(key))) == ["20261101", "20261130"]
        assert sorted(index.machines()) == sorted({s.machine_key for s in truth(store)[0]})


def test_between_two_times(tmp_path) -> None:
    store = Store(tmp_path)
    for day in (1, 2, 3):
        store.save(quick(id=f"2026110{day}", created=f"2026-11-0{day}T12:00:00Z"))
    store.save(quick(id="20261109", created="last summer"))
    key = truth(store)[0][0].machine_key
    second = Between(1793534400.0, 1793620800.0 + 43200)  # 2026-11-01T12 to 2026-11-02T24
    with opened(store) as index:
        [(found, count)] = index.last_of_ways(key, second, most=-1)
        assert (chosen(found), count) == (["20261101", "20261102"], 2)
        [(found, count)] = index.last_of_ways(key, most=2)
        assert (chosen(found), count) == (["20261103", "20261109"], 4)


def test_another_workload_is_another_way(tmp_path) -> None:
    store = Store(tmp_path)
    for number, name in enumerate("aba"):
        store.save(quick(id=f"2026110{number}", work=replace(SMALL, workload=name)))
    with opened(store) as index:
        assert chosen(index.best_of_machines()) == ["20261102", "20261101"]


def test_a_record_is_read_as_the_store_reads_it(shelf) -> None:
    path = shelf.folder / "20261122-000001-a.json"
    assert encode(read(path, decode)) == path.read_bytes()
