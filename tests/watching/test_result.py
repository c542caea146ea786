"""A watched training as a record: unproved, apart from every benchmark, shown like all others."""

import json
import signal
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from laptime.checks import summarized
from laptime.cli import root
from laptime.cli._answer import answer_of, report_text
from laptime.comparison import UNPROVED, judge
from laptime.layout import Screen
from laptime.record import decode
from laptime.store import Store
from laptime.watching import result as room
from tests.samples import make_result

RECORD = Path(__file__).parents[1] / "records" / "format-5.json"


def rendered(answer, *, report):
    return report_text(answer, report=report, screen=Screen(width=120))


@pytest.fixture
def own():
    return decode(RECORD.read_bytes())


def changed(result, **work):
    return msgspec.structs.replace(
        result, id=f"{result.id}-b", work=msgspec.structs.replace(result.work, **work)
    )


def test_the_same_script_is_compared_as_unproved(own):
    verdict = judge(summarized(own), summarized(changed(own)))
    assert verdict.comparable
    assert UNPROVED in verdict.notes


@pytest.mark.parametrize("work", [{"script": "0" * 12}, {"batch_size": 5}, {"workload": "other"}])
def test_another_script_batch_or_name_is_not_compared(own, work):
    verdict = judge(summarized(own), summarized(changed(own, **work)))
    assert not verdict.comparable


def test_it_never_stands_beside_a_benchmark(own):
    ours = make_result()
    named = changed(own, workload=ours.work.workload)
    assert not judge(summarized(ours), summarized(named)).comparable
    answer = answer_of([ours, named])
    assert len(answer.summaries) == 2
    ids = {row.id for ranking in answer.rankings for row in ranking.rows}
    assert named.id not in ids
    assert answer_of([named]).unranked == ()


@pytest.mark.parametrize("report", ["terminal", "markdown", "json", "html"])
def test_every_report_shows_it(own, report):
    text = report_text(answer_of([own, make_result()]), report=report, screen=Screen())
    assert own.work.workload in text
    assert make_result().work.workload in text


def test_markup_in_its_name_is_escaped(own):
    text = report_text(
        answer_of([changed(own, workload="<b>*x*</b>")]), report="markdown", screen=Screen()
    )
    assert r"\<b\>\*x\*\</b\>" in text


def test_list_show_and_compare_know_it(own, tmp_path, monkeypatch):
    monkeypatch.setenv("LAPTIME_STORE", str(tmp_path))
    other = changed(own)
    for each in (own, other):
        Store(tmp_path).save(each)
    invoke = CliRunner().invoke
    assert own.work.workload in invoke(root, ["list", "results"]).output
    assert "whole script" in invoke(root, ["show", "latest"]).output
    assert json.loads(invoke(root, ["show", "latest", "--json"]).output)["results"][0]["script"]
    told = invoke(root, ["compare", own.id + ".json", "latest"], standalone_mode=False).output
    assert "not comparable" not in told


def test_a_figure_that_is_missing_has_its_reason(own):
    for process in (own.processes[0], msgspec.structs.replace(own.processes[0], outcome="killed")):
        summary = summarized(msgspec.structs.replace(own, processes=(process,)))
        missing = {n for n in summary.__struct_fields__ if getattr(summary, n) is None}
        assert missing - set(summary.reasons) <= {"message"}
        assert summary.script


@pytest.mark.parametrize(
    ("status", "interrupted", "outcome"),
    [
        (0, False, "ok"),
        (3, False, "error"),
        (3, True, "interrupted"),
        (-signal.SIGINT, True, "interrupted"),
        (-signal.SIGKILL, False, "killed"),
        (-signal.SIGSEGV, False, "killed"),
        (143, False, "interrupted"),
        (None, False, "ok"),
    ],
)
def test_how_it_ended(status, interrupted, outcome):
    found, message = room.ending(status, is_interrupted=interrupted)
    assert found == outcome
    assert (message is None) == (outcome == "ok")


@given(st.text(), st.one_of(st.none(), st.just(Path("folder/train.py"))))
def test_a_name_is_short_printable_and_no_path(name, main):
    found = room.name_of(name, main)
    assert 0 < len(found) <= room.LONGEST_NAME
    assert found.isprintable()
    assert "/" not in found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["python", "train.py", "--lr", "1"], "train.py"),
        (["python", "-u", "train.py"], "train.py"),
        (["python", "-m", "pkg", "train.py"], None),
        (["python", "-c", "pass"], None),
        (["./train.py"], "train.py"),
        (["true"], None),
    ],
)
def test_the_script_in_a_command(tmp_path, monkeypatch, words, found):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("pass")
    main = room.main_of(words)
    assert (main.name if main else None) == found


def test_the_fingerprint_is_of_the_content(tmp_path):
    script = tmp_path / "a.py"
    script.write_text("1")
    before = room.fingerprint(script)
    script.write_text("2")
    assert before != room.fingerprint(script)
    assert room.fingerprint(tmp_path / "none.py") == room.fingerprint(None) == room.UNKNOWN
