"""Ratios of speeds with their intervals, by hand and by their invariances."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import stats

speeds = st.lists(st.floats(50.0, 200.0), min_size=3, max_size=12)
pairs = st.integers(3, 40).flatmap(
    lambda count: st.tuples(
        *[st.lists(st.floats(50.0, 200.0), min_size=count, max_size=count) for _ in range(2)]
    )
)
factors = st.floats(1e-2, 1e2)


def test_welch_by_hand():
    # Logs 0, 0.01, 0.02 and 0.10, 0.14: variances 0.0001 / 3 and 0.0008 / 2.
    ours, theirs = [math.exp(x) for x in (0.10, 0.14)], [math.exp(x) for x in (0.0, 0.01, 0.02)]
    first, second = 0.0008 / 2, 0.0001 / 3
    degrees = (first + second) ** 2 / (first**2 / 1 + second**2 / 2)
    half = stats.t_quantile_975(degrees) * math.sqrt(first + second)
    found = stats.welch_ratio(ours, theirs)
    assert found.value == pytest.approx(math.exp(0.11))
    assert math.log(found.high / found.value) == pytest.approx(half)
    assert math.log(found.value / found.low) == pytest.approx(half)


def test_pairs_lose_what_they_share():
    moments = [1.0, 1.3, 0.8, 1.1]
    found = stats.paired_ratio([2 * m for m in moments], moments)
    assert found == pytest.approx((2.0, 2.0, 2.0))
    apart = stats.welch_ratio([2 * m for m in moments], moments)
    assert apart.low < 1.5 < 2.5 < apart.high


def test_paired_by_hand():
    # Log ratios 0.01, 0.02, 0.03: mean 0.02, standard deviation 0.01, t of 2 degrees 4.30265.
    found = stats.paired_ratio([math.exp(x) for x in (0.01, 0.02, 0.03)], [1.0, 1.0, 1.0])
    half = 4.30265 * 0.01 / math.sqrt(3)
    assert found == pytest.approx([math.exp(0.02 + x) for x in (0, -half, half)], rel=1e-6)


@given(pairs)
def test_few_turns_are_a_plain_paired_t(both):
    # With as many waves as degrees of freedom the cosines are only another set of axes.
    ours, theirs = both[0][:5], both[1][:5]
    turns, plain = stats.turns_ratio(ours, theirs), stats.paired_ratio(ours, theirs)
    assert turns == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("ratio", [stats.welch_ratio, stats.paired_ratio, stats.turns_ratio])
@given(both=pairs, factor=factors)
def test_swapping_turns_a_ratio_over_and_units_do_not_matter(ratio, both, factor):
    ours, theirs = both
    there, back = ratio(ours, theirs), ratio(theirs, ours)
    assert there.value * back.value == pytest.approx(1)
    assert there.low * back.high == pytest.approx(1)
    scaled = ratio([factor * value for value in ours], theirs)
    assert scaled == pytest.approx([factor * end for end in there])


def test_slow_waves_widen_turns_and_fast_ones_do_not():
    count = 48
    slow = [math.exp(0.02 * math.cos(math.pi * 3 * k / count)) for k in range(count)]
    fast = [math.exp(0.02 * (-1) ** k) for k in range(count)]
    ones = [1.0] * count
    plain = stats.paired_ratio(slow, ones)
    assert stats.turns_ratio(slow, ones).high > 1 + 1.5 * (plain.high - 1)
    assert stats.turns_ratio(fast, ones).high < 1 + 0.5 * (stats.paired_ratio(fast, ones).high - 1)


def test_one_stall_moves_turns_little_and_is_counted():
    ours = [1.0 + 0.01 * (k % 5 - 2) for k in range(40)]
    stalled = [*ours[:20], 0.2, *ours[21:]]
    ones = [1.0] * 40
    quiet, found = stats.turns_ratio(ours, ones), stats.turns_ratio(stalled, ones)
    assert stats.paired_ratio(stalled, ones).value < 0.97
    assert found.value == pytest.approx(quiet.value, abs=0.002)
    assert found.high - found.low < 2 * (quiet.high - quiet.low)
    assert stats.stalled_turns(stalled, ones) == (1, 0)
    assert stats.stalled_turns(ones, stalled) == (0, 1)
    assert stats.stalled_turns(ours, ones) == (0, 0)


def test_stalls_that_keep_coming_are_no_exception():
    # A sixth of the slices at half the speed: that is how fast it is, and it is counted.
    ours = [0.5 if k % 6 == 0 else 1.0 + 0.001 * (k % 2) for k in range(60)]
    ones = [1.0] * 60
    assert stats.stalled_turns(ours, ones) == (10, 0)
    found, plain = stats.turns_ratio(ours, ones), stats.paired_ratio(ours, ones)
    assert found.value == pytest.approx(plain.value)


def test_waves_are_fewer_than_pairs_and_grow_slowly():
    found = [stats.waves_of(pairs) for pairs in range(2, 300)]
    assert found == sorted(found)
    assert found[:3] == [1, 2, 3]
    assert max(found) == stats.MOST_WAVES


@pytest.mark.parametrize("ratio", [stats.welch_ratio, stats.paired_ratio, stats.turns_ratio])
def test_too_few_measurements_are_refused(ratio):
    with pytest.raises(ValueError, match="at least two"):
        ratio([1.0], [1.0])


@pytest.mark.parametrize("ratio", [stats.paired_ratio, stats.turns_ratio])
def test_what_makes_no_pairs_is_refused(ratio):
    with pytest.raises(ValueError, match="3 and 2 measurements"):
        ratio([1.0, 2.0, 3.0], [1.0, 2.0])


@given(st.lists(st.just(1.0), min_size=3, max_size=8))
def test_equal_speeds_are_known_exactly(ones):
    assert stats.welch_ratio(ones, ones) == (1.0, 1.0, 1.0)
    assert stats.turns_ratio(ones, ones) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("value", "low", "high", "word", "of_a_band"),
    [
        (1.10, 1.03, 1.2, "faster", "faster"),
        (1.10, 1.006, 1.2, "faster", "undecided"),
        (1.10, 1.004, 1.2, "undecided", "undecided"),
        (1.019, 1.01, 1.03, "undecided", "undecided"),
        (0.90, 0.8, 0.97, "slower", "slower"),
        (0.90, 0.8, 0.99, "slower", "undecided"),
        (0.90, 0.8, 0.996, "undecided", "undecided"),
        (0.985, 0.98, 0.99, "undecided", "undecided"),
        (1.0, 0.985, 1.015, "same", "same"),
        (0.99, 0.97, 1.01, "undecided", "undecided"),
        (1.0, 0.9, 1.1, "undecided", "undecided"),
        (1.5, None, None, "undecided", "undecided"),
        (None, None, None, "undecided", "undecided"),
    ],
)
def test_a_difference_counts_where_it_is_large_enough_and_surely_there(
    value, low, high, word, of_a_band
):
    assert stats.verdict(value, low, high, margin=0.02) == word
    assert stats.verdict(value, low, high, margin=0.02, is_interval=False) == of_a_band


@given(st.floats(0.5, 2.0), st.floats(1.0, 1.5), st.booleans())
def test_the_verdict_turns_over_with_the_ratio(value, factor, is_interval):
    over = {"faster": "slower", "slower": "faster"}

    def word(ratio):
        ends = ratio / factor, ratio * factor
        return stats.verdict(ratio, *ends, margin=0.02, is_interval=is_interval)

    assert word(1 / value) == over.get(word(value), word(value))


def test_an_interval_that_misses_1_by_a_hair_calls_nothing_different():
    """So equal setups are called different less often than their interval misses."""
    half = math.log(1.058)  # of three processes each, with a spread of 2 % between processes
    value = math.exp(1.001 * half)
    ends = value * math.exp(-half), value * math.exp(half)
    assert ends[0] > 1
    assert stats.verdict(value, *ends, margin=0.02) == "undecided"


def test_an_interval_is_widened_either_way():
    ratio = stats.Ratio(1.0, 0.9, 1.1)
    assert stats.widened(ratio, log_shift=math.log(1.2)) == pytest.approx((1.0, 0.75, 1.32))
    assert stats.widened(ratio, log_shift=math.log(1 / 1.2)) == pytest.approx((1.0, 0.75, 1.32))


@pytest.mark.parametrize("power", [1, 2])
def test_a_drift_cancels_over_turns(power):
    # Eight rounds: what grows with time, or with its square, is the same for both.
    sums, at = [0, 0], 0
    for number in range(8):
        for contestant in stats.order_of_turn(2, number):
            sums[contestant] += at**power
            at += 1
    assert sums[0] == sums[1]


def test_each_turn_has_everybody_once():
    for number in range(10):
        assert sorted(stats.order_of_turn(3, number)) == [0, 1, 2]
