"""Pure functions over floats; no state, no arrays, nothing but the standard library.

Throughputs and times are positive and spread by factors, so what concerns them is done on
logarithms.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cache
from statistics import geometric_mean, median, stdev

__all__ = [
    "geometric_mean",
    "is_upper_outlier",
    "log_standard_deviation",
    "median",
    "relative_drift",
    "t_interval_log",
    "t_quantile_975",
    "theil_sen_slope",
]

# Makes the median absolute deviation of normal values their standard deviation.
MAD_TO_SIGMA = 1.4826
# Iglewicz and Hoaglin 1993: a modified z-score above 3.5 is an outlier.
OUTLIER_SIGMAS = 3.5


def log_standard_deviation(values: Sequence[float]) -> float:
    """Sample standard deviation of the logarithms: 0.02 is a spread of 2 %.

    Raises:
        ValueError: fewer than two values, or one that is not positive.
    """
    return stdev([math.log(value) for value in values])


def theil_sen_slope(values: Sequence[float]) -> float:
    """Median of the slopes between all pairs, per step of one; one wild value does not move it.

    Raises:
        ValueError: fewer than two values.
    """
    if len(values) < 2:
        raise ValueError("a slope needs at least two values")
    pairs = itertools.combinations(enumerate(values), 2)
    return median((late - early) / (j - i) for (i, early), (j, late) in pairs)


def relative_drift(values: Sequence[float]) -> float:
    """Theil-Sen change from the first to the last value, relative to the median: 0.02 is up by 2 %.

    Raises:
        ValueError: fewer than two values.
    """
    return theil_sen_slope(values) * (len(values) - 1) / median(values)


@cache  # half a millisecond each, and a list shows many results
def t_quantile_975(degrees: float) -> float:
    """97.5 % quantile of Student's t, for a two-sided interval of 95 %.

    With t = sqrt(degrees) tan(a) the probability within +-t is the integral of
    cos(a)**(degrees - 1), which Newton's method solves; good to eight digits.

    Args:
        degrees: at least 1; not necessarily whole (Welch).

    Raises:
        ValueError: less than one degree of freedom.
    """
    if not degrees >= 1:
        raise ValueError(f"{degrees} degrees of freedom are too few for an interval")
    if degrees > 1e6:
        return 1.959963984540054  # normal; differs by less than 3e-6
    half = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)
    target = 0.95 * math.sqrt(math.pi) / 2 * math.exp(-half)
    angle = 0.0
    for _ in range(50):
        density = math.pow(math.cos(angle), degrees - 1)
        step = (target - _cosine_power_integral(angle, degrees - 1)) / density
        angle += step
        if abs(step) <= 1e-14 * angle:
            break
    return math.sqrt(degrees) * math.tan(angle)


def _cosine_power_integral(end: float, power: float) -> float:
    """Integral of cos(a)**power from 0 to `end`, by Simpson's rule."""
    panels = 400
    inner = sum(
        (4 if k % 2 else 2) * math.pow(math.cos(end * k / panels), power) for k in range(1, panels)
    )
    return end / panels / 3 * (1.0 + inner + math.pow(math.cos(end), power))


def t_interval_log(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the geometric mean, from Student's t on the logarithms.

    It is mathematics from two values on; laptime prints none for fewer than three (MEASURE).

    Raises:
        ValueError: fewer than two values, or one that is not positive.
    """
    half = t_quantile_975(len(values) - 1) * log_standard_deviation(values) / math.sqrt(len(values))
    centre = geometric_mean(values)
    return centre * math.exp(-half), centre * math.exp(half)


def is_upper_outlier(value: float, others: Sequence[float], *, tolerance: float = 0.0) -> bool:
    """Whether a value lies far above others: more than 3.5 robust standard deviations.

    Args:
        value: the one in question.
        others: at least one; their median and median absolute deviation set the scale.
        tolerance: relative excess that is never one, however alike the others are.

    Raises:
        ValueError: no others.
    """
    centre = median(others)
    spread = MAD_TO_SIGMA * median(abs(other - centre) for other in others)
    return value - centre > max(OUTLIER_SIGMAS * spread, tolerance * abs(centre))
