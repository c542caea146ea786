"""What the speed of a whole series of blocks did: flat, warm-up, slowdown, disturbed, not steady.

The words follow Barrett et al. 2017 ('Virtual machine warmup blows hot and cold'): cut the series into
levels, call levels that hardly differ equal, and read off the order in which they come. Pure: block
speeds in, a word and its figures out. The thresholds live here and nowhere else; they were set by
simulation (`benchmarks/coverage.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Literal

from laptime.frozen import Frozen
from laptime.stats import OUTLIER_SIGMAS, changes, median, robust_deviation

FEWEST_BLOCKS = 20
"""A shorter series is not classed."""
LEVEL_BLOCKS = 5
"""A level lasts at least this long; what is shorter is a stall."""
LEVEL_TOLERANCE = 0.05
"""Levels that differ by less than this are equal."""
STALL_LIMIT = 0.10
"""A series with more than this share of stalled blocks is disturbed."""
CORRELATION = 0.5
"""Of neighbouring blocks, as it was seen on real machines. The noise of a level is larger by it."""
PENALTY = 3.0
"""Of a change of level, times the logarithm of the number of blocks, in squares of that noise."""
LEAST_NOISE = 0.002
"""Of a block, relative: what the clock and the schedule alone do."""
NEIGHBOURS = 7
"""Blocks over which a running median is taken, to tell stalls from levels."""
MOST_POINTS = 300
"""Longer series are put together, neighbour by neighbour, to this many points or fewer."""

Kind = Literal["flat", "warm_up", "slowdown", "disturbed", "not_steady"]


class Trend(Frozen, frozen=True, kw_only=True):
    """What a series did."""

    kind: Kind
    """'flat': one speed. 'warm_up': it rose, to stay. 'slowdown': it fell from its best, to the end.
    'disturbed': it fell and came back, or stalled often. 'not_steady': anything else."""
    change: float
    """Last level over the best one before it (warm_up: the first, disturbed: the lowest over the
    first), less one: -0.15 is 15 % slower. 0 where there is one level."""
    since: int
    """Index of the block at which the last level begins (disturbed: the first change); 0 for flat."""
    stalls: int
    """Blocks that were far slower than their neighbours. They count in every speed."""


def classify(speeds: Sequence[float]) -> Trend | None:
    """What the speeds of a process's blocks did over its whole life; None for fewer than 20 blocks.

    Args:
        speeds: samples per second of each block in order, all positive.

    Raises:
        ValueError: a speed is not positive.
    """
    if not all(speed > 0 for speed in speeds):
        raise ValueError("block speeds must be positive; a block without samples is no block")
    if len(speeds) < FEWEST_BLOCKS:
        return None
    smooth, stalls = _without_stalls([math.log(speed) for speed in speeds])
    size = math.ceil(len(smooth) / MOST_POINTS)
    points = [fmean(smooth[k : k + size]) for k in range(0, len(smooth) - size + 1, size)]
    begins, levels = _levels(points)
    kind, change, since = _read(levels)
    if kind == "flat" and stalls > STALL_LIMIT * len(speeds):
        kind = "disturbed"
    return Trend(kind=kind, change=math.expm1(change), since=size * begins[since], stalls=stalls)


def _without_stalls(logs: Sequence[float]) -> tuple[list[float], int]:
    """The series with outliers moved to the edge of what is usual, and how many were slow."""
    half = NEIGHBOURS // 2
    usual = [median(logs[max(0, k - half) : k + half + 1]) for k in range(len(logs))]
    off = [value - around for value, around in zip(logs, usual, strict=True)]
    limit = OUTLIER_SIGMAS * max(LEAST_NOISE, robust_deviation(off))
    moved = [around + min(limit, max(-limit, by)) for around, by in zip(usual, off, strict=True)]
    return moved, sum(by < -limit for by in off)


def _levels(points: Sequence[float]) -> tuple[list[int], list[float]]:
    """Where each level begins, and its height; neighbours that are equal are one."""
    begins = [0, *changes(points, penalty=_penalty(points), shortest=LEVEL_BLOCKS)]
    while True:
        ends = [*begins[1:], len(points)]
        levels = [fmean(points[begin:end]) for begin, end in zip(begins, ends, strict=True)]
        steps = [abs(after - before) for before, after in pairwise(levels)]
        least = min(steps, default=math.inf)
        if least >= math.log1p(LEVEL_TOLERANCE):
            return begins, levels
        del begins[steps.index(least) + 1]


def _penalty(points: Sequence[float]) -> float:
    """Differences of neighbours know nothing of levels, so the noise is taken from them.

    With correlation r between neighbours the variance of a difference is 2 (1 - r) that of a value,
    and the variance of a mean over n values is (1 + r) / (1 - r) / n that of a value.
    """
    steps = [after - before for before, after in pairwise(points)]
    noise = max(LEAST_NOISE, robust_deviation(steps))
    long_run = noise**2 * (1 + CORRELATION) / (2 * (1 - CORRELATION) ** 2)
    return PENALTY * long_run * math.log(len(points))


def _read(levels: Sequence[float]) -> tuple[Kind, float, int]:
    """The word for levels in their order, the change on logarithms, and which level it is about."""
    last = len(levels) - 1
    if not last:
        return "flat", 0.0, 0
    best = max(range(last + 1), key=lambda k: levels[k])
    falls = [after < before for before, after in pairwise(levels)]
    if not any(falls):
        return "warm_up", levels[-1] - levels[0], last
    if not any(falls[:best]) and all(falls[best:]):
        return "slowdown", levels[-1] - levels[best], last
    is_back = abs(levels[-1] - levels[0]) < math.log1p(LEVEL_TOLERANCE)
    if is_back and max(levels[1:-1]) < max(levels[0], levels[-1]):
        return "disturbed", min(levels) - levels[0], 1
    return "not_steady", levels[-1] - levels[best], last
