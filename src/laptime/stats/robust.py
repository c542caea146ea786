"""Centre, spread, drift and outliers that one wild value does not move."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

# Makes the median absolute deviation of normal values their standard deviation.
MAD_TO_SIGMA = 1.4826
# Iglewicz and Hoaglin 1993: a modified z-score above 3.5 is an outlier.
OUTLIER_SIGMAS = 3.5


def robust_deviation(values: Sequence[float]) -> float:
    """Median absolute deviation from the median, scaled to a normal standard deviation.

    Raises:
        ValueError: no values.
    """
    centre = median(values)
    return MAD_TO_SIGMA * median(abs(value - centre) for value in values)


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
    excess = max(OUTLIER_SIGMAS * robust_deviation(others), tolerance * abs(centre))
    return value - centre > excess
