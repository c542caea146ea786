"""Pure functions over floats; no state, no arrays, nothing but the standard library.

Throughputs and times are positive and spread by factors, so what concerns them is done on
logarithms. `benchmarks/coverage.py` shows how often the intervals hold the truth.
"""

from __future__ import annotations

from statistics import geometric_mean, median

from laptime.stats.intervals import log_standard_deviation, t_interval_log, t_quantile_975
from laptime.stats.levels import changes
from laptime.stats.ratios import (
    CLEAR,
    FEWEST_WAVES,
    MOST_STALLED,
    MOST_WAVES,
    Ratio,
    Word,
    order_of_turn,
    paired_ratio,
    stalled_turns,
    turns_ratio,
    verdict,
    waves_of,
    welch_ratio,
    widened,
)
from laptime.stats.robust import (
    OUTLIER_SIGMAS,
    is_upper_outlier,
    relative_drift,
    robust_deviation,
    theil_sen_slope,
)
from laptime.stats.series import effective_count, lag_one_correlation, log_half_width

__all__ = [
    "CLEAR",
    "FEWEST_WAVES",
    "MOST_STALLED",
    "MOST_WAVES",
    "OUTLIER_SIGMAS",
    "Ratio",
    "Word",
    "changes",
    "effective_count",
    "geometric_mean",
    "is_upper_outlier",
    "lag_one_correlation",
    "log_half_width",
    "log_standard_deviation",
    "median",
    "order_of_turn",
    "paired_ratio",
    "relative_drift",
    "robust_deviation",
    "stalled_turns",
    "t_interval_log",
    "t_quantile_975",
    "theil_sen_slope",
    "turns_ratio",
    "verdict",
    "waves_of",
    "welch_ratio",
    "widened",
]
