"""The word for a series, on series whose answer is known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.trend import FEWEST_BLOCKS, LEVEL_TOLERANCE, MOST_POINTS, classify
from tests.stats.test_series import resembling

drawn = st.lists(st.floats(0.99, 1.01), min_size=FEWEST_BLOCKS, max_size=60)


def noisy(levels, *, seed=1):
    """Speeds around levels, with blocks that scatter by 2 % and resemble each other."""
    off = resembling(len(levels), 0.5, spread=0.02, seed=seed)
    return [100 * level * math.exp(by) for level, by in zip(levels, off, strict=True)]


@given(drawn)
def test_one_level_is_flat(speeds):
    found = classify(speeds)
    # Among equal blocks three that are 1 % off are far off: drawn values are not noise.
    assert found.kind in ("flat", "disturbed")
    assert (found.change, found.since) == (0.0, 0)


@pytest.mark.parametrize("count", [0, 1, FEWEST_BLOCKS - 1])
def test_a_short_series_is_not_classed(count):
    assert classify([1.0] * count) is None


def test_a_throttle_is_a_slowdown_with_its_size_and_place():
    found = classify(noisy([1.0] * 25 + [0.85] * 15))
    assert found.kind == "slowdown"
    assert found.change == pytest.approx(-0.15, abs=0.02)
    assert found.since == pytest.approx(25, abs=1)


def test_slower_by_and_by_is_a_slowdown_from_its_best():
    found = classify(noisy([1 - 0.3 * k / 59 for k in range(60)]))
    assert found.kind == "slowdown"
    assert found.change == pytest.approx(-0.26, abs=0.05)


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        ([0.8] * 8 + [1.0] * 32, "warm_up"),
        ([0.7] * 8 + [0.85] * 8 + [1.0] * 24, "warm_up"),
        ([0.8] * 6 + [1.0] * 20 + [0.85] * 14, "slowdown"),
        ([1.0] * 15 + [0.75] * 10 + [1.0] * 15, "disturbed"),
        ([1.0] * 10 + [0.75] * 8 + [1.0] * 10 + [0.75] * 12, "not_steady"),
        ([1.0] * 10 + [1.3] * 20 + [1.0] * 10, "slowdown"),
        ([1.0] * 10 + [0.7] * 10 + [1.3] * 20, "not_steady"),
        ([1.0] * 40, "flat"),
        ([1.0] * 20 + [0.98] * 20, "flat"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_words_by_the_order_of_levels(levels, kind, seed):
    assert classify(noisy(levels, seed=seed)).kind == kind


def test_a_few_stalls_are_counted_and_change_nothing():
    levels = [1.0] * 40
    levels[7] = levels[30] = 0.4
    found = classify(noisy(levels))
    assert (found.kind, found.stalls) == ("flat", 2)


def test_many_stalls_disturb():
    found = classify(noisy([0.5 if k % 6 == 3 else 1.0 for k in range(60)]))
    assert (found.kind, found.stalls, found.since) == ("disturbed", 10, 0)


def test_a_fast_block_is_no_stall():
    assert classify(noisy([1.0] * 20 + [3.0] + [1.0] * 20)).stalls == 0


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_dip_tells_how_deep_it_was(share):
    found = classify(noisy([1.0] * 15 + [share] * 10 + [1.0] * 15))
    assert found.change == pytest.approx(share - 1, abs=0.03)
    assert found.since == pytest.approx(15, abs=1)


def test_a_change_within_the_tolerance_is_none_however_quiet_the_machine():
    quiet = [1.0] * 20 + [1 - 0.9 * LEVEL_TOLERANCE] * 20
    assert classify(quiet).kind == "flat"
    assert classify([1.0] * 20 + [1 - 1.5 * LEVEL_TOLERANCE] * 20).kind == "slowdown"


def test_a_long_series_is_put_together_and_its_places_still_hold():
    found = classify(noisy([1.0] * 1_200 + [0.85] * 600))
    assert MOST_POINTS < 1_800
    assert found.kind == "slowdown"
    assert found.since == pytest.approx(1_200, abs=12)


@given(st.lists(st.floats(0.5, 2), min_size=FEWEST_BLOCKS, max_size=40), st.integers(-20, 20))
def test_the_unit_does_not_matter(speeds, power):
    one, other = classify(speeds), classify([speed * 2.0**power for speed in speeds])
    assert (one.kind, one.stalls) == (other.kind, other.stalls)
    assert one.change == pytest.approx(other.change, abs=1e-9)


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan])
def test_a_speed_that_is_not_positive_is_refused(speed):
    with pytest.raises(ValueError, match="positive"):
        classify([1.0] * 30 + [speed])
