"""Where a budget goes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.budget import USUAL_SPREAD, Item, half_width, next_step, steps, variances

QUIET = ((100.0, 100.1), (100.1, 100.0), (99.9, 100.0))
LUCKY = ((100.0, 100.1), (110.0, 110.1), (91.0, 91.1))
"""Processes that differ, visits that do not."""
SHAKY = ((100.0, 120.0), (100.0, 121.0), (101.0, 119.0))
"""Visits that differ, processes that do not."""


def item(name="a", processes=QUIET, **changes):
    given = {"start_s": 5.0, "visit_s": 1.0, "name": name, "processes": processes}
    return Item(**(given | changes))


def test_those_without_an_interval_come_first():
    few = item("few", QUIET[:2])
    step = next_step([item("shaky", SHAKY), few], left_s=100.0)
    assert (step.name, step.action, step.gain) == ("few", "process", math.inf)


def test_of_those_the_one_with_the_fewest_then_the_cheaper():
    one, two = item("one", QUIET[:1], start_s=50.0), item("two", QUIET[:2])
    assert next_step([two, one], left_s=100.0).name == "one"
    assert next_step([one, item("cheap", QUIET[:1])], left_s=100.0).name == "cheap"
    assert next_step([item("none", ())], left_s=100.0).cost_s == 6.0


def test_the_item_that_scatters_gets_the_time():
    assert next_step([item("quiet"), item("lucky", LUCKY)], left_s=100.0).name == "lucky"
    assert next_step([item("lucky", LUCKY), item("quiet")], left_s=100.0).name == "lucky"


def test_lucky_processes_want_another_and_shaky_visits_want_more_of_them():
    assert next_step([item(processes=LUCKY)], left_s=100.0).action == "process"
    assert next_step([item(processes=SHAKY)], left_s=100.0).action == "visit"


def test_processes_that_ended_cannot_be_visited():
    step = next_step([item(processes=SHAKY, is_held=False)], left_s=100.0)
    assert step.action == "process"


def test_a_dear_start_is_outdone_by_a_cheap_one():
    dear, cheap = item("dear", LUCKY, start_s=600.0), item("cheap", LUCKY)
    assert next_step([dear, cheap], left_s=10_000.0).name == "cheap"


def test_what_does_not_fit_is_not_begun():
    assert next_step([item(processes=LUCKY)], left_s=2.9) is None
    assert next_step([item(processes=LUCKY)], left_s=3.0).action == "visit"
    assert next_step([], left_s=100.0) is None


def test_costs_by_hand():
    # A process: 5 s and two visits of 1 s. A round of visits: three of 1 s.
    assert [(s.action, s.cost_s) for s in steps(item())] == [("process", 7.0), ("visit", 3.0)]


def test_half_width_of_five_is_the_one_of_the_table():
    # 2 % spread: 3 processes 5.0 % (t = 4.303), 5: 2.5 %, 10: 1.4 %.
    found = [half_width(count, 0.02**2) for count in (3, 5, 10)]
    assert found == pytest.approx([0.0497, 0.0248, 0.0143], abs=1e-4)


def test_variances_tell_luck_from_shaking():
    between, within = variances(LUCKY)
    assert between > 20 * within
    between, within = variances(SHAKY)
    assert within > 20 * between


def test_little_is_believed_of_little():
    assert variances([(100.0,)]) == pytest.approx((USUAL_SPREAD**2, USUAL_SPREAD**2))
    between, within = variances([(100.0,), (100.0,)])
    assert 0 < between < USUAL_SPREAD**2 == pytest.approx(within)


@given(
    st.lists(st.lists(st.floats(50, 200), min_size=1, max_size=5), min_size=3, max_size=6),
    st.floats(0, 100),
)
def test_a_step_never_costs_more_than_is_left_and_always_gains(processes, left_s):
    step = next_step([item(processes=tuple(map(tuple, processes)))], left_s=left_s)
    assert step is None or (step.cost_s <= left_s and step.gain > 0)


def test_a_budget_spent_by_steps_evens_out_the_intervals():
    # Three items that scatter by 1, 3 and 9 %, means alternating around 100: the widest gets most.
    spreads = {"calm": 0.01, "usual": 0.03, "wild": 0.09}
    found = {name: [(100.0,)] for name in spreads}
    left_s = 300.0
    while True:
        items = [item(n, tuple(p), is_held=False) for n, p in found.items()]
        step = next_step(items, left_s=left_s)
        if step is None:
            break
        left_s -= step.cost_s
        sign = (-1) ** len(found[step.name])
        found[step.name].append((100.0 * math.exp(sign * spreads[step.name]),))
    counts = [len(processes) for processes in found.values()]
    assert counts == sorted(counts)
    assert counts[0] >= 3
    assert counts[2] > 2 * counts[0]
    assert left_s < 6.0
