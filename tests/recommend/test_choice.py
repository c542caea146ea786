"""The Pareto set: nobody in it is beaten, everybody outside is, and order plays no part."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.recommend.choice import (
    Point,
    beats,
    break_even_hours,
    choose,
    epochs_per_price,
    mean_speed,
    steps,
)

FIGURES = st.sampled_from([0.5, 1.0, 2.0, 3.0]) | st.floats(0.01, 1e6)
UNKNOWN = st.none() | FIGURES
POINTS = st.lists(
    st.builds(
        Point, name=st.text("abcdef", min_size=1), speed=FIGURES, price=UNKNOWN, power_w=UNKNOWN
    ),
    unique_by=lambda point: point.name,
    max_size=12,
)


def point(name: str, speed: float, price: float | None, power_w: float | None = None) -> Point:
    return Point(name=name, speed=speed, price=price, power_w=power_w)


@given(POINTS)
def test_no_member_is_beaten(points: list[Point]) -> None:
    members = choose(points).members
    assert not any(beats(one, other) for one in points for other in members)


@given(POINTS)
def test_everybody_else_is_beaten_by_a_member(points: list[Point]) -> None:
    chosen = choose(points)
    assert len(chosen.members) + len(chosen.beaten) == len(points)
    for each, by in chosen.beaten:
        assert by
        assert all(beats(member, each) for member in by)
        assert set(by) <= set(chosen.members)


@given(POINTS, st.randoms())
def test_the_order_plays_no_part(points: list[Point], chance: random.Random) -> None:
    mixed = points.copy()
    chance.shuffle(mixed)
    assert choose(mixed) == choose(points)


@given(POINTS)
def test_somebody_is_always_in_it(points: list[Point]) -> None:
    assert bool(choose(points).members) == bool(points)


@given(POINTS)
def test_to_beat_is_an_order(points: list[Point]) -> None:
    for one in points:
        assert not beats(one, one)
        for other in points:
            assert not (beats(one, other) and beats(other, one))
            for third in points:
                assert not (beats(one, other) and beats(other, third)) or beats(one, third)


@pytest.mark.parametrize(
    ("one", "other", "is_beaten"),
    [
        (point("a", 2, 100), point("b", 1, 200), True),
        (point("a", 2, 200), point("b", 1, 100), False),
        (point("a", 1, 100), point("b", 1, 100), False),
        (point("a", 2, 100), point("b", 1, None), True),
        (point("a", 1, 100), point("b", 2, None), False),
        (point("a", 2, 100), point("b", 1, 100, 30), False),
        (point("a", 2, 100, 30), point("b", 1, 100, None), True),
    ],
    ids=str,
)
def test_by_hand(one: Point, other: Point, is_beaten: bool) -> None:
    """What is not known counts as worst: nobody gets credit for it."""
    assert beats(one, other) is is_beaten


def test_a_step_by_hand() -> None:
    chosen = choose([point("c", 3, None), point("a", 1, 1000), point("b", 2, 1500)])
    speeds = {"a": {"w": 1.0}, "b": {"w": 2.0}, "c": {"w": 3.0}}
    first, last = steps(chosen.members, speeds, repeats_differ=0.6)
    assert (first.costs_more, first.price_ratio, first.speed_ratio) == (500, 1.5, 2)
    assert first.gains_more_than_it_costs
    assert not first.is_within_repeats
    assert (last.costs_more, last.price_ratio, last.gains_more_than_it_costs) == (None, None, None)
    assert last.is_within_repeats


@given(st.dictionaries(st.sampled_from("vwxyz"), FIGURES, min_size=1), FIGURES)
def test_the_mean_is_ahead_on_any_baseline(speeds: dict[str, float], base: float) -> None:
    weights = {name: 1.0 + index for index, name in enumerate(speeds)}
    scaled = {name: value / base for name, value in speeds.items()}
    assert mean_speed(scaled, weights) == pytest.approx(mean_speed(speeds, weights) / base)


def test_the_mean_by_hand() -> None:
    assert mean_speed({"a": 8.0, "b": 1.0}, {"a": 2, "b": 1}) == pytest.approx(4)
    with pytest.raises(ValueError, match="for no other"):
        mean_speed({"a": 8.0}, {"a": 2, "b": 1})


def test_epochs_for_a_dollar_by_hand() -> None:
    """3,000 hours of 36 s epochs are 300,000; for 1,500 USD that is 200 each."""
    assert epochs_per_price(36, price=1500, hours=3000) == pytest.approx(200)


def test_break_even_by_hand() -> None:
    """1,000 hours at twice the speed are 2,000 rented hours; at 0.50 they cost the 1,000."""
    assert break_even_hours(price=1000, rent_per_hour=0.5, speed_over_rented=2) == 1000
