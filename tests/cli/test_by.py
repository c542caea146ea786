"""`laptime compare --by machine | setup | date`, also over records that somebody else wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from laptime import machine
from laptime.cli import _by, root
from laptime.errors import EXIT_THRESHOLD, EXIT_USAGE, UnknownNameError, UsageError
from laptime.record import encode
from laptime.store import TRAININGS
from tests.runs import SMALL, failed, quick, quick_process, repeat
from tests.samples import MACHINE, SETUP

HERE = replace(MACHINE, graphics=())
OTHER = replace(MACHINE, chip="Intel Core i9", graphics=())
BIG = replace(HERE, memory_bytes=34_359_738_368)
NEWER = replace(SETUP, versions={"torch": "2.10.0"})
RECORDS = Path(__file__).parents[1] / "records"


def at(day, factor=1.0, **told):
    """A result of five processes."""
    date = f"2026-11-{day:02}"
    factors = [factor * each for each in (0.99, 0.995, 1.0, 1.005, 1.01)]
    given = {"id": f"{date.replace('-', '')}-000000-a", "created": f"{date}T10:00:00Z"}
    return quick(**({"processes": repeat(factors)} | given | told))


@pytest.fixture(autouse=True)
def filled(store, monkeypatch):
    monkeypatch.setattr(machine, "describe", lambda: HERE)
    store.save(at(1))
    store.save(at(2, setup=replace(SETUP, name="tuned"), factor=0.5))
    store.save(at(3, factor=2.0, machine=OTHER))
    store.save(at(4, machine=OTHER, work=replace(SMALL, workload="mnist-mlp")))
    store.save(at(5, factor=1.25, setup=NEWER))
    return store


def rows(document, *arguments):
    return {row["label"]: row for row in document("compare", *arguments)["results"]}


# Machines


def test_machines_beside_each_other(laptime, document) -> None:
    code, text = laptime("compare", "--by", "machine")
    assert not code
    assert text.index("Apple M1 Pro") < text.index("Intel Core i9")
    found = document("compare", "--by", "machine", "cifar10-*")["results"]
    assert [row["label"] for row in found] == ["Apple M1 Pro", "Intel Core i9"]
    assert found[0]["verdict"] is None
    assert found[1]["verdict"] == "slower"
    assert found[1]["is_interval"]
    assert found[1]["against"] == found[0]["id"]


def test_a_baseline_by_name(document) -> None:
    found = rows(document, "--by", "machine", "cifar10-tinyvgg", "--baseline", "intel")
    assert found["Intel Core i9"]["verdict"] is None
    assert found["Apple M1 Pro"]["speed_ratio"] == pytest.approx(1.6)


def test_two_machines_of_one_name_have_names_of_their_own(document, store) -> None:
    store.save(at(6, machine=BIG))
    assert {"Apple M1 Pro, 16 GiB", "Apple M1 Pro, 32 GiB"} < set(
        rows(document, "--by", "machine", "cifar10-tinyvgg")
    )


def test_other_work_stands_apart_with_its_reason(document, laptime, store) -> None:
    other = replace(SMALL, batch_size=8, deviations=("batch 8 in place of 10",))
    store.save(at(6, machine=BIG, work=other))
    found = rows(document, "--by", "machine", "cifar10-tinyvgg")
    row = found["Apple M1 Pro, 32 GiB"]
    assert (row["comparable"], row["reason"]) == (False, "batch 8 in place of 10")
    assert "batch 8 in place of 10" in laptime("compare", "--by", "machine")[1]


def test_a_baseline_of_other_work_is_compared_with_its_like(document, store) -> None:
    other = replace(SMALL, batch_size=8, deviations=("batch 8 in place of 10",))
    store.save(at(6, machine=BIG, work=other))
    store.save(at(7, machine=replace(BIG, chip="AMD EPYC"), work=other, factor=2.0))
    found = rows(document, "--by", "machine", "cifar10-*", "--baseline", "Apple M1 Pro, 32")
    assert found["Apple M1 Pro, 32 GiB"]["verdict"] is None
    assert found["AMD EPYC"]["speed_ratio"] == pytest.approx(0.5)
    assert "other work" in found["Intel Core i9"]["reason"]


def test_many_unread_records_are_announced(store, capsys, monkeypatch) -> None:
    monkeypatch.setattr(_by, "MANY", 5)
    assert not root.main(["compare", "--by", "machine"], standalone_mode=False)
    assert "reading 5 results into the index" in capsys.readouterr().err


def test_all_that_failed_is_shown_too(document, store) -> None:
    store.save(failed(id="20261107-a", work=replace(SMALL, workload="mnist-lenet")))
    [row] = document("compare", "--by", "machine", "mnist-lenet")["results"]
    assert "oom" in row["reason"]


# Setups


def test_setups_of_this_machine_and_of_another(document, laptime) -> None:
    found = rows(document, "--by", "setup")
    assert found["tuned"]["verdict"] is None
    assert found["plain"]["speed_ratio"] == pytest.approx(0.4)
    found = rows(document, "--by", "setup", "--baseline", "plain")
    assert found["tuned"]["speed_ratio"] == pytest.approx(2.5)
    text = laptime("compare", "--by", "setup", "--machine", "intel")[1]
    assert "Setups of Intel Core i9" in text
    assert "mnist-mlp, torch cpu" in text
    with pytest.raises(UsageError, match="there are: plain, tuned"):
        laptime("compare", "--by", "setup", "--baseline", "fastest")


# Dates


def test_what_changed_stands_above_what_moved(laptime, document) -> None:
    text = laptime("compare", "--by", "date")[1]
    assert text.index("changed: version of torch 2.9.1 → 2.10.0") < text.index("slower")
    row = rows(document, "--by", "date")["2026-11-05 10:00"]
    assert row["changes"] == [{"name": "version of torch", "before": "2.9.1", "after": "2.10.0"}]
    assert row["speed_ratio"] == pytest.approx(0.8)


def test_markdown_of_a_history(laptime) -> None:
    text = laptime("compare", "--by", "date", "--report", "markdown")[1]
    assert "| date | changed | images/s | ratio |" in text
    assert "version of torch 2.9.1 → 2.10.0 |" in text


def test_only_between_two_dates(document) -> None:
    asked = ("--by", "date", "--since", "2026-11-02", "--until", "2026-11-05")
    assert sorted(rows(document, *asked)) == ["2026-11-02 10:00", "2026-11-05 10:00"]


def test_old_ones_are_counted_unless_a_date_is_given(laptime, document, monkeypatch) -> None:
    monkeypatch.setattr(_by, "SHOWN", 1)
    assert "1 older not shown" in laptime("compare", "--by", "date")[1]
    assert len(document("compare", "--by", "date")["results"]) == 2
    assert len(document("compare", "--by", "date", "--since", "2026-01-01")["results"]) == 3


def test_did_that_update_make_us_slower(laptime, store) -> None:
    gate = ("compare", "--by", "date", "cifar10-tinyvgg", "--fail-if")
    assert laptime(*gate, "slower by 50%")[0] == EXIT_USAGE  # tuned has nothing before it
    store.save(at(6, factor=0.5, setup=replace(SETUP, name="tuned")))
    code, text = laptime(*gate, "slower by 5%")
    assert code == EXIT_THRESHOLD
    assert "beyond the threshold" in text
    assert not laptime(*gate, "slower by 50%")[0]
    store.save(failed(id="20261107-000000-a"))
    assert laptime(*gate, "slower by 50%")[0] == EXIT_USAGE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--by", "date", "--since", "yesterday"), "2026-11-22"),
        (("--by", "date", "--since", "2026-11-05", "--until", "2026-11-01"), "swap"),
        (("--by", "machine", "--fail-if", "slower by 5%"), "baseline"),
        (("--by", "machine", "--machine", "intel"), "--baseline"),
        (("--by", "date", "--baseline", "plain"), "machine or setup"),
        (("a", "b", "--since", "2026-11-01"), "goes with --by"),
        (("--by", "setup", "--until", "2020-01-01"), "between these dates"),
    ],
)
def test_what_cannot_be_meant(laptime, arguments, words) -> None:
    with pytest.raises(UsageError, match=words):
        laptime("compare", *arguments)


def test_names_that_do_not_exist(laptime) -> None:
    with pytest.raises(UnknownNameError, match="machine"):
        laptime("compare", "--by", "date", "--machine", "cray")
    with pytest.raises(UnknownNameError, match="mnist"):
        laptime("compare", "--by", "date", "mnist-mpl")


# What somebody else wrote


def test_an_imported_machine_is_never_this_one(document, store) -> None:
    """However equal: theirs stands beside ours, under a name of its own."""
    theirs = at(6, factor=0.5)
    store.take(theirs.id, TRAININGS, encode(theirs))
    found = rows(document, "--by", "machine", "cifar10-tinyvgg")
    assert found["Apple M1 Pro, imported"]["id"] == theirs.id
    assert "Apple M1 Pro" in found
    for by in ("date", "setup", "engine"):
        listed = document("compare", "--by", by)["results"]
        assert theirs.id not in [row["id"] for row in listed]
    asked = ("compare", "--by", "date", "--machine", "apple m1 pro, imp")
    [row] = document(*asked)["results"]
    assert row["id"] == theirs.id


def test_a_workload_that_only_a_result_knows(document, store) -> None:
    store.save(at(6, work=replace(SMALL, workload="of-a-stranger")))
    [row] = document("compare", "--by", "date", "of-a-*")["results"]
    assert row["workload"] == "of-a-stranger"


@pytest.mark.parametrize("by", ["machine", "engine", "setup", "date"])
def test_bad_files_are_one_line_each_and_the_rest_is_shown(store, capsys, by) -> None:
    for path in RECORDS.glob("*.json"):
        shutil.copy(path, store.folder / path.name)
    whole = store.folder / "20261101-000000-a.json"
    (store.folder / "20261109-half.json").write_bytes(whole.read_bytes()[:2000])
    (store.folder / "20261109-newer.json").write_text('{"format": 99}')
    assert not root.main(["compare", "--by", by], standalone_mode=False)
    told = capsys.readouterr()
    half, newer = [line for line in told.err.splitlines() if "20261109" in line]
    assert "20261109-half.json: not a laptime record" in half
    assert "written by a newer laptime" in newer
    assert "cifar10-tinyvgg" in told.out


HOSTILE = "<script>alert(1)</script>|\n\x1b[2J\x00" + "x" * 1_000_000


@pytest.mark.parametrize("report", ["terminal", "markdown"])
@pytest.mark.parametrize("by", ["machine", "setup", "date", "engine"])
def test_hostile_names_are_cut_and_shown_as_text(laptime, store, by, report) -> None:
    hostile = replace(
        SETUP,
        engine=HOSTILE,
        name=HOSTILE,
        versions={HOSTILE: HOSTILE},
        options={HOSTILE: HOSTILE},
        device_name=HOSTILE,
    )
    work = replace(SMALL, workload=HOSTILE)
    process = quick_process(outcome="error", message=HOSTILE)
    strange = replace(HERE, python=HOSTILE, system_version=HOSTILE)
    store.save(at(6, machine=replace(HERE, chip=HOSTILE), setup=hostile, created=HOSTILE))
    store.save(at(7, machine=strange, setup=hostile, work=work))
    store.save(quick(process, id="20261108-a", machine=strange, setup=hostile, work=work))
    code, text = laptime("compare", "--by", by, "--report", report)
    assert not code
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "cifar10-tinyvgg" in text
    assert len(text) < 50_000
    if report == "markdown":
        assert "<script>" not in text


def test_a_report_that_shows_no_overviews_says_so(laptime, plug_in) -> None:
    plug_in("old", "TITLE = 'old'\ndef render(answer, *, screen): return ''\n", room="reports")
    with pytest.raises(UsageError, match="use terminal, markdown or json"):
        laptime("compare", "--by", "machine", "--report", "old")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_screen(laptime, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for by in ("machine", "setup", "date"):
        text = laptime("compare", "--by", by)[1]
        assert max(map(len, text.splitlines())) <= width
