"""When a process has been measured for long enough. Pure: block speeds in, a reason out.

What it stops on is never published: an interval lives between processes, this one within. More blocks
of one process narrow the wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from laptime.stats import log_half_width, log_standard_deviation

LEAST_BLOCKS = 20
LEAST_S = 20.0
"""A process is measured for at least so many blocks and seconds, whatever they show."""
HALF_WIDTH = 0.01
"""Good enough: half the 95 % interval of the mean speed, corrected for what neighbours share."""
CONVERGED_BLOCKS = 10
"""Noise has converged where it was about the same after each of the last so many blocks,"""
CONVERGED_SHARE = 0.05
"""within this share, and twice the least blocks are there: more of them tell nothing new."""

Stop = Literal["precise", "noise_converged", "budget"]


def why_stop(
    speeds: Sequence[float], *, measured_s: float, budget_s: float | None = None
) -> Stop | None:
    """Why a process need not be measured any longer; None while it should go on.

    Args:
        speeds: samples per second of each measured block so far, in order, all positive.
        measured_s: seconds of these blocks.
        budget_s: seconds it may take at most; None for any.

    Returns:
        'precise' where its mean is known to 1 %; 'noise_converged' where it is not, and its blocks
        differ as much as ever; 'budget' where the time is spent, known or not.

    Raises:
        ValueError: a speed is not positive.
    """
    if len(speeds) >= LEAST_BLOCKS and measured_s >= LEAST_S:
        if log_half_width(speeds) <= HALF_WIDTH:
            return "precise"
        if _is_converged(speeds):
            return "noise_converged"
    return "budget" if budget_s is not None and measured_s >= budget_s else None


def _is_converged(speeds: Sequence[float]) -> bool:
    if len(speeds) < 2 * LEAST_BLOCKS:
        return False
    ends = range(len(speeds) - CONVERGED_BLOCKS, len(speeds) + 1)
    noises = [log_standard_deviation(speeds[:end]) for end in ends]
    return max(noises) <= (1 + CONVERGED_SHARE) * min(noises)
