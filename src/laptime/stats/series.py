"""Series whose neighbours resemble each other: how many independent values are they worth?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from statistics import fmean

from laptime.stats.intervals import log_standard_deviation, t_quantile_975

MOST_CORRELATED = 0.95
"""A correlation above this says that the series is too short to know."""


def lag_one_correlation(values: Sequence[float]) -> float:
    """Correlation of each value with the next one, corrected for the shortness of the series.

    The mean is estimated from the same values, which makes the plain figure too low by about
    (1 + 4 r) / n (Kendall 1954). 0 where all values are equal.

    Raises:
        ValueError: fewer than three values.
    """
    count = len(values)
    if count < 3:
        raise ValueError("a correlation of neighbours needs at least three values")
    mean = fmean(values)
    off = [value - mean for value in values]
    total = math.fsum(each * each for each in off)
    if not total:
        return 0.0
    plain = math.fsum(a * b for a, b in itertools.pairwise(off)) / total
    return min(1.0, plain + (1 + 4 * plain) / count)


def effective_count(values: Sequence[float]) -> float:
    """How many independent values would fix the mean as well: n (1 - r) / (1 + r).

    At least two, so that an interval has a degree of freedom; never more than there are.

    Raises:
        ValueError: fewer than three values.
    """
    r = min(MOST_CORRELATED, max(0.0, lag_one_correlation(values)))
    return max(2.0, len(values) * (1 - r) / (1 + r))


def log_half_width(values: Sequence[float]) -> float:
    """Half of the 95 % interval of a series' mean, on logarithms: 0.01 is about 1 %.

    Corrected for what neighbours share. Within one process it says when to stop; it is never the
    published interval, since that lives between processes.

    Raises:
        ValueError: fewer than three values, or one that is not positive.
    """
    count = effective_count([math.log(value) for value in values])
    return t_quantile_975(count - 1) * log_standard_deviation(values) / math.sqrt(count)
