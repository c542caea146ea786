"""Series whose neighbours resemble each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import stats


def resembling(count, correlation, *, spread=1.0, seed=1):
    draw = np.random.default_rng(seed).normal(0, spread, count)
    values = [float(draw[0])]
    for fresh in draw[1:]:
        values.append(correlation * values[-1] + math.sqrt(1 - correlation**2) * float(fresh))
    return values


@pytest.mark.parametrize("correlation", [-0.4, 0.0, 0.5, 0.8])
def test_the_correlation_of_a_long_series_is_found(correlation):
    found = stats.lag_one_correlation(resembling(20_000, correlation))
    assert found == pytest.approx(correlation, abs=0.02)


def test_a_short_series_is_corrected():
    # Forty of each 30 long: the plain figure has a mean of 0.38.
    found = [stats.lag_one_correlation(resembling(30, 0.5, seed=s)) for s in range(400)]
    assert sum(found) / len(found) == pytest.approx(0.5, abs=0.04)


def test_equal_values_do_not_correlate():
    assert stats.lag_one_correlation([2.0] * 5) == 0
    assert stats.effective_count([2.0] * 5) == 5


def test_too_short_for_neighbours():
    with pytest.raises(ValueError, match="three values"):
        stats.lag_one_correlation([1.0, 2.0])


def test_half_the_correlation_leaves_a_third_of_the_values():
    assert stats.effective_count(resembling(9_000, 0.5)) == pytest.approx(3_000, rel=0.05)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=40))
def test_never_more_than_there_are_nor_fewer_than_two(values):
    assert 2 <= stats.effective_count(values) <= len(values)


def test_the_half_width_knows_the_correlation():
    # 2 % spread over 4,000 blocks of correlation 0.5: 1.96 * 0.02 / sqrt(4,000 / 3).
    speeds = [100 * math.exp(x) for x in resembling(4_000, 0.5, spread=0.02)]
    assert stats.log_half_width(speeds) == pytest.approx(0.00107, rel=0.06)
