"""Speeds out of rounds, on machines that drift."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.tune.ratios import ratio, speeds_of

speeds = st.floats(min_value=1, max_value=1e5)
drifts = st.lists(st.floats(min_value=0.5, max_value=2), min_size=3, max_size=8)


@given(a=speeds, b=speeds, c=speeds, moments=drifts)
def test_drift_is_taken_out_between_those_who_met(a, b, c, moments) -> None:
    rounds = [{"a": a * m, "b": b * m} | ({"c": c * m} if n else {}) for n, m in enumerate(moments)]
    found = speeds_of(rounds)
    assert found["b"] / found["a"] == pytest.approx(b / a)
    assert found["c"] / found["a"] == pytest.approx(c / a)


def test_those_who_never_met_are_compared_through_another() -> None:
    early, late = {"a": 100.0, "link": 50.0}, {"b": 40.0, "link": 25.0}  # half as fast by then
    found = speeds_of([early] * 3 + [late] * 3)
    assert found["b"] / found["a"] == pytest.approx(0.8, rel=1e-4)


def test_one_wild_visit_moves_nothing() -> None:
    rounds = [{"a": 100.0, "b": 200.0, "c": 300.0} for _ in range(4)]
    rounds.append({"a": 100.0, "b": 20.0, "c": 300.0})
    assert speeds_of(rounds) == pytest.approx({"a": 100.0, "b": 200.0, "c": 300.0})


def test_nothing_comes_of_nothing() -> None:
    assert speeds_of([]) == {}
    assert ratio([{"a": 1.0}], "a", "b") is None


def test_a_ratio_is_of_the_rounds_that_both_ran_in() -> None:
    found = ratio([{"a": 2.0, "b": 1.0}, {"a": 9.0}, {"a": 8.0, "b": 2.0}], "a", "b")
    assert found is not None
    assert (found.median, found.low, found.high, found.rounds) == (3.0, 2.5, 3.5, 2)


def test_one_round_has_no_spread() -> None:
    found = ratio([{"a": 2.0, "b": 1.0}], "a", "b")
    assert found is not None
    assert (found.low, found.high, found.rounds) == (2.0, 2.0, 1)
