"""Statistics against tables, closed forms and their own invariances."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import stats

rates = st.floats(0.01, 1e6)
series = st.lists(rates, min_size=2, max_size=30)
factors = st.floats(1e-3, 1e3)


# Two-sided 95 % points as every textbook prints them.
@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [
        (1, 12.7062),
        (2, 4.30265),
        (3, 3.18245),
        (4, 2.77645),
        (5, 2.57058),
        (6, 2.44691),
        (7, 2.36462),
        (8, 2.30600),
        (9, 2.26216),
        (10, 2.22814),
        (15, 2.13145),
        (20, 2.08596),
        (30, 2.04227),
        (60, 2.00030),
        (120, 1.97993),
        (1e9, 1.95996),
    ],
)
def test_t_quantile_agrees_with_the_table(degrees, quantile):
    assert stats.t_quantile_975(degrees) == pytest.approx(quantile, abs=6e-5)


def test_t_quantile_agrees_with_the_closed_forms():
    assert stats.t_quantile_975(1) == pytest.approx(math.tan(0.475 * math.pi), rel=1e-8)
    assert stats.t_quantile_975(2) == pytest.approx(0.95 * math.sqrt(2 / (1 - 0.95**2)), rel=1e-8)


@given(st.floats(1, 1e5))
def test_t_quantile_falls_towards_the_normal(degrees):
    assert stats.t_quantile_975(degrees) > stats.t_quantile_975(degrees * 1.1) > 1.9599


@pytest.mark.parametrize("degrees", [0, 0.5, -1, math.nan])
def test_t_quantile_refuses_too_few_degrees(degrees):
    with pytest.raises(ValueError, match="too few"):
        stats.t_quantile_975(degrees)


def test_log_standard_deviation_of_two_percent():
    assert stats.log_standard_deviation([math.exp(-0.02), 1.0, math.exp(0.02)]) == pytest.approx(
        0.02
    )


@given(series, factors)
def test_log_standard_deviation_ignores_the_unit(values, factor):
    scaled = [value * factor for value in values]
    assert stats.log_standard_deviation(scaled) == pytest.approx(
        stats.log_standard_deviation(values), abs=1e-9
    )


def test_t_interval_of_five_by_hand():
    values = [98.0, 99.0, 100.0, 101.0, 102.0]
    half = 2.77645 * stats.log_standard_deviation(values) / math.sqrt(5)
    low, high = stats.t_interval_log(values)
    assert math.log(high / low) / 2 == pytest.approx(half, rel=1e-5)


@given(series)
def test_t_interval_holds_the_geometric_mean(values):
    low, high = stats.t_interval_log(values)
    assert low <= stats.geometric_mean(values) * (1 + 1e-9)
    assert high >= stats.geometric_mean(values) * (1 - 1e-9)


def test_t_interval_needs_two_positive_values():
    with pytest.raises(ValueError, match="too few"):
        stats.t_interval_log([1.0])
    with pytest.raises(ValueError, match=r"math domain|positive"):
        stats.t_interval_log([1.0, 0.0])
