"""What changed on a machine, and what moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.checks import summarized
from laptime.history import ABSENT, Dated, changes, courses, facts_of
from tests.runs import SMALL, failed, quick, quick_process
from tests.samples import MACHINE, SETUP


def dated(result):
    summary = summarized(result)
    facts = facts_of(summary, machine=result.machine, setup=result.setup, laptime=result.laptime)
    return Dated(summary=summary, facts=facts)


def slower(**told):
    return quick(quick_process(walls_s=(0.6,) * 5), **told)


def test_an_update_stands_beside_what_moved() -> None:
    newer = replace(SETUP, versions={"torch": "2.10.0", "cuda": "13.0"}, options={"threads": 4})
    machine = replace(
        MACHINE, graphics=(), python="3.13.1", virtual="Docker", drivers=("NVIDIA 580.95.05",)
    )
    older = replace(MACHINE, drivers=("NVIDIA 570.86.10",))
    [course] = courses(
        [dated(quick(machine=older)), dated(slower(setup=newer, machine=machine, laptime="0.2"))]
    )
    first, last = course.steps
    assert (first.before, first.changes, first.verdict) == (None, (), None)
    assert last == course.last
    assert last.verdict.speed_ratio == pytest.approx(0.5 / 0.6)
    assert last.verdict.verdict == "slower"
    assert [(each.name, each.before, each.after) for each in last.changes] == [
        ("driver", "NVIDIA 570.86.10", "NVIDIA 580.95.05"),
        ("python", "3.12.7", "3.13.1"),
        ("laptime", "0.1.0", "0.2"),
        ("version of torch", "2.9.1", "2.10.0"),
        ("option threads", "8", "4"),
        ("option layout", "channels_last", ABSENT),
        ("option fused", "True", ABSENT),
        ("option scale", "1.0", ABSENT),
        ("container or hypervisor", ABSENT, "Docker"),
        ("version of cuda", ABSENT, "13.0"),
    ]


def test_what_failed_is_told_and_passed_over() -> None:
    [course] = courses([dated(quick(id="a")), dated(failed(id="b")), dated(slower(id="c"))])
    _, bad, last = course.steps
    assert not bad.verdict.comparable
    assert "oom" in bad.verdict.reason
    assert last.before.summary.id == "a"
    assert last.verdict.comparable


def test_other_work_of_the_same_name_is_compared_with_its_own() -> None:
    other = replace(SMALL, batch_size=20)
    members = [quick(id="a"), quick(id="b", work=other), slower(id="c"), slower(id="d", work=other)]
    [course] = courses(map(dated, members))
    _, b, c, d = course.steps
    assert "other work" in b.verdict.reason
    assert (c.before.summary.id, d.before.summary.id) == ("a", "b")
    assert c.verdict.comparable
    assert d.verdict.comparable


def test_each_workload_and_way_has_its_own_course() -> None:
    tuned = replace(SETUP, name="tuned")
    small = replace(SMALL, workload="mnist-mlp")
    found = courses(map(dated, [quick(), quick(setup=tuned), quick(work=small), quick()]))
    assert [(each.workload, each.setup, len(each.steps)) for each in found] == [
        ("cifar10-tinyvgg", "plain", 2),
        ("cifar10-tinyvgg", "tuned", 1),
        ("mnist-mlp", "plain", 1),
    ]


FACTS = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=5)


@given(before=FACTS, after=FACTS)
def test_changes_lead_from_one_to_the_other(before, after) -> None:
    found = changes(before, after)
    assert changes(before, before) == ()
    assert {each.name for each in found} == {
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    }
    assert all(
        (each.before, each.after) == (before.get(each.name, ABSENT), after.get(each.name, ABSENT))
        for each in found
    )
