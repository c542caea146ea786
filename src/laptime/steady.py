"""From which block on a training runs steadily. Pure: block rates in, an index out.

The thresholds are starting values without a source (MEASURE), kept here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from laptime.stats import is_upper_outlier, median, relative_drift

WINDOW_BLOCKS = 5
MEDIAN_TOLERANCE = 0.02
"""How far the medians of the two windows may lie apart, relative."""
DRIFT_TOLERANCE = 0.02
"""How far the rate may drift from the first block of both windows to the last, relative."""


def find_steady(rates: Sequence[float]) -> int | None:
    """Index of the first steady block; None while there is none.

    Steady is the first of two neighbouring windows of five blocks whose medians agree, over both of
    which the rate does not drift, and whose first block is no slow outlier.

    Args:
        rates: samples per second of each block in order, all positive.

    Raises:
        ValueError: a rate is not positive.
    """
    if not all(rate > 0 for rate in rates):
        raise ValueError("block rates must be positive; a block without samples is no block")
    for start in range(len(rates) - 2 * WINDOW_BLOCKS + 1):
        if _is_steady(rates[start : start + 2 * WINDOW_BLOCKS]):
            return start
    return None


def _is_steady(both: Sequence[float]) -> bool:
    """Whether two neighbouring windows, given as one, are steady."""
    ratio = median(both[WINDOW_BLOCKS:]) / median(both[:WINDOW_BLOCKS])
    if abs(ratio - 1.0) > MEDIAN_TOLERANCE or abs(relative_drift(both)) > DRIFT_TOLERANCE:
        return False
    times = [1.0 / rate for rate in both]
    return not is_upper_outlier(times[0], times[1:], tolerance=MEDIAN_TOLERANCE)
