"""What one wild value does not move, against closed forms and their own invariances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import stats

series = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30)
factors = st.floats(1e-3, 1e3)


@given(st.floats(-5, 5), st.integers(2, 20))
def test_theil_sen_finds_a_straight_line(slope, count):
    assert stats.theil_sen_slope([3 + slope * k for k in range(count)]) == pytest.approx(
        slope, abs=1e-9
    )


def test_theil_sen_is_not_moved_by_one_wild_value():
    assert stats.theil_sen_slope([1, 2, 3, 1000, 5, 6, 7]) == pytest.approx(1)
    with pytest.raises(ValueError, match="two values"):
        stats.theil_sen_slope([1.0])


@given(series, factors)
def test_relative_drift_ignores_the_unit(values, factor):
    scaled = [value * factor for value in values]
    drift = stats.relative_drift(values)
    assert stats.relative_drift(scaled) == pytest.approx(drift, rel=1e-9, abs=1e-9)


def test_upper_outlier_by_robust_deviation():
    others = [9, 10, 11, 10, 9.5, 10.5]
    assert stats.is_upper_outlier(13, others)
    assert not stats.is_upper_outlier(12, others)
    assert not stats.is_upper_outlier(2, others)


def test_tolerance_forgives_a_small_excess_over_equal_values():
    assert stats.is_upper_outlier(10.1, [10, 10, 10])
    assert not stats.is_upper_outlier(10.1, [10, 10, 10], tolerance=0.02)


def test_robust_deviation_of_a_normal_series_is_its_standard_deviation():
    # Quartiles of the normal distribution lie 0.6745 standard deviations from its median.
    assert stats.robust_deviation([-3, -0.6745, 0, 0.6745, 9]) == pytest.approx(1, rel=1e-4)
    assert stats.robust_deviation([5.0]) == 0
