"""Student's t, and the interval of a mean of throughputs that do not depend on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import geometric_mean, stdev


def log_standard_deviation(values: Sequence[float]) -> float:
    """Sample standard deviation of the logarithms: 0.02 is a spread of 2 %.

    Raises:
        ValueError: fewer than two values, or one that is not positive.
    """
    return stdev([math.log(value) for value in values])


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

    Args:
        values: one throughput of each process. Blocks of one process are no substitute: as if they
            were independent they give intervals that hold the truth 63 to 73 times in 100.

    Raises:
        ValueError: fewer than two values, or one that is not positive.
    """
    half = t_quantile_975(len(values) - 1) * log_standard_deviation(values) / math.sqrt(len(values))
    centre = geometric_mean(values)
    return centre * math.exp(-half), centre * math.exp(half)
