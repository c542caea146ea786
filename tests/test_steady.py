"""The steady-state detector on series whose answer is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.steady import MEDIAN_TOLERANCE, WINDOW_BLOCKS, find_steady

BOTH = 2 * WINDOW_BLOCKS
noise = st.floats(0.997, 1.003)


@given(st.lists(noise, min_size=BOTH, max_size=40))
def test_a_flat_series_is_steady_at_once(rates):
    assert find_steady(rates) == 0


@given(st.integers(0, BOTH - 1))
def test_too_few_blocks_are_never_steady(count):
    assert find_steady([1.0] * count) is None


@given(st.integers(3, 15), st.floats(0.2, 0.7), st.lists(noise, min_size=BOTH, max_size=20))
def test_a_warm_up_ramp_is_left_behind(length, start, flat):
    ramp = [start + (1 - start) * k / length for k in range(length)]
    found = find_steady(ramp + flat)
    assert found is not None
    assert (ramp + flat)[found] > 1 - 5 * MEDIAN_TOLERANCE
    assert found <= length


@given(st.integers(BOTH, 40), st.sampled_from([0.12, -0.12]))
def test_a_drift_of_twelve_percent_is_never_steady(count, drift):
    assert find_steady([1 + drift * k / (count - 1) for k in range(count)]) is None


@given(st.lists(st.floats(0.5, 2), min_size=BOTH, max_size=25), st.integers(-20, 20))
def test_the_unit_of_the_rates_does_not_matter(rates, power):
    assert find_steady([rate * 2.0**power for rate in rates]) == find_steady(rates)


def test_a_slow_first_block_is_skipped():
    assert find_steady([0.5] + [1.0] * 10) == 1


def test_a_fast_first_block_is_kept():
    assert find_steady([2.0] + [1.0] * 10) == 0


def test_one_stall_inside_does_not_disturb():
    assert find_steady([1.0] * 4 + [0.3] + [1.0] * 6) == 0


def test_a_step_is_steady_only_after_it():
    assert find_steady([1.0] * 6 + [1.2] * 12) == 6


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_not_positive_is_refused(rate):
    with pytest.raises(ValueError, match="positive"):
        find_steady([1.0] * 10 + [rate])
