"""How much faster one is than another, with a 95 % interval; on logarithms, so it can be turned over.

Three ways, by how the measurements hang together:
    welch   each in its own time: nothing but the two spreads is known
    paired  the n-th of one ran beside the n-th of the other (processes of an interleaved run)
    turns   slices of two running processes that took turns, in one sitting
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median, stdev, variance
from typing import Literal, NamedTuple

from laptime.stats.intervals import t_quantile_975
from laptime.stats.robust import OUTLIER_SIGMAS, robust_deviation

FEWEST_WAVES = 4
MOST_WAVES = 6
"""Of the slow waves from which the noise of a mean is taken (`turns_ratio`)."""

FEWEST_TO_JUDGE = 20
"""Pairs from which on it can be told which of them are far from the others."""
LEAST_DEVIATION = 1e-6
"""Log ratios that differ by less differ by rounding."""
MOST_STALLED = 0.10
"""More pairs than this share far from the others are no exceptions: then nothing is moved."""

CLEAR = 0.25
"""Of the margin: so far beyond 1 the whole interval of a ratio must lie that it is called different."""

Word = Literal["faster", "slower", "same", "undecided"]


class Ratio(NamedTuple):
    """Speed over the baseline's: 1.2 is 20 % faster."""

    value: float
    low: float
    high: float
    """Ends of the 95 % interval."""


def welch_ratio(speeds: Sequence[float], base: Sequence[float]) -> Ratio:
    """Of two sets of processes that did not run beside each other: Welch's t on logarithms.

    Args:
        speeds: throughput of each process.
        base: the same of the baseline; as many or not.

    Raises:
        ValueError: fewer than two of either, or one that is not positive.
    """
    ours, theirs = _logs(speeds), _logs(base)
    first, second = variance(ours) / len(ours), variance(theirs) / len(theirs)
    both = first + second
    half = 0.0
    if both:
        degrees = both**2 / (first**2 / (len(ours) - 1) + second**2 / (len(theirs) - 1))
        half = t_quantile_975(max(1.0, degrees)) * math.sqrt(both)
    return _ratio(fmean(ours) - fmean(theirs), half)


def paired_ratio(speeds: Sequence[float], base: Sequence[float]) -> Ratio:
    """Of processes that ran beside each other, pair by pair: a paired t on log ratios.

    What a moment of the machine did to both is gone; pairs must not depend on each other.

    Raises:
        ValueError: fewer than two pairs, not as many of both, or one that is not positive.
    """
    logs = _log_ratios(speeds, base)
    half = t_quantile_975(len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return _ratio(fmean(logs), half)


def turns_ratio(speeds: Sequence[float], base: Sequence[float]) -> Ratio:
    """Of slices in turns: a paired t on log ratios that knows that neighbouring pairs are alike.

    What two processes do not share of a machine's drift lasts longer than a slice, so a plain paired
    t is too narrow (`benchmarks/coverage.py`: it covers 85 times in 100). The noise of the mean is
    therefore taken from the slow waves of the series alone: the mean square of its first cosine
    coefficients, with as many degrees of freedom as there are of them (Lazarus, Lewis, Stock, Watson
    2018, 'HAR inference', equally weighted cosines). With all waves it would be the paired t itself.

    A pair of which one slice stalled for reasons of the machine says nothing about the two, and one
    such pair can outweigh all others. Pairs further than 3.5 robust standard deviations from the
    median are therefore moved to that edge, not left out, unless they are more than a tenth;
    `stalled_turns` counts them for each side, since stalls that belong to one of the two are of
    interest, and are weighed less here.

    It is about these two processes. Another pair of them may differ by what processes differ.

    Args:
        speeds: samples per second of each slice, in the order of time.
        base: of the baseline's slice beside it, before or after by `order_of_turn`.

    Raises:
        ValueError: fewer than two pairs, not as many of both, or one that is not positive.
    """
    logs = _log_ratios(speeds, base)
    low, high = _edges(logs)
    count, moved = len(logs), sum(not low <= log <= high for log in logs)
    if moved <= MOST_STALLED * count:
        logs = [min(high, max(low, log)) for log in logs]
    else:
        moved = 0
    waves = waves_of(count)
    power = fmean(_cosine(logs, wave) ** 2 for wave in range(1, waves + 1))
    # What was moved tells less than it seems: the factor of Dixon and Tukey 1968 for such means.
    factor = (count - 1) / (count - moved - 1)
    return _ratio(fmean(logs), factor * t_quantile_975(waves) * math.sqrt(power / count))


def stalled_turns(speeds: Sequence[float], base: Sequence[float]) -> tuple[int, int]:
    """How many slices of the one, and of the baseline, were far slower than their partner for once.

    Args and errors are those of `turns_ratio`.
    """
    logs = _log_ratios(speeds, base)
    low, high = _edges(logs)
    return sum(log < low for log in logs), sum(log > high for log in logs)


def _edges(logs: Sequence[float]) -> tuple[float, float]:
    """Between which log ratios are usual; everything is where too few or too equal ones are there."""
    deviation = robust_deviation(logs)
    if len(logs) < FEWEST_TO_JUDGE or deviation < LEAST_DEVIATION:
        return -math.inf, math.inf
    centre = median(logs)
    return centre - OUTLIER_SIGMAS * deviation, centre + OUTLIER_SIGMAS * deviation


def waves_of(pairs: int) -> int:
    """How many waves so many pairs carry: 0.4 n**(2/3) by Lazarus et al., from four to six.

    No more than six, because what lasts does not become shorter when slices do.
    """
    usual: int = round(0.4 * math.pow(pairs, 2 / 3))
    return min(pairs - 1, max(FEWEST_WAVES, min(MOST_WAVES, usual)))


def _cosine(values: Sequence[float], wave: int) -> float:
    """Coefficient of a cosine with `wave` half periods over the series, of unit length."""
    angle = math.pi * wave / len(values)
    total = math.fsum(value * math.cos(angle * (k + 0.5)) for k, value in enumerate(values))
    return math.sqrt(2 / len(values)) * total


def order_of_turn(count: int, number: int) -> list[int]:
    """In which order `count` contestants run in round `number` (0, 1, 2 ...).

    Forward and backward by the Thue-Morse sequence (A B, B A, B A, A B ...): over four rounds a
    linear and a quadratic drift cancel, and so does whatever comes every second slice.
    """
    order = list(range(count))
    return order[::-1] if number.bit_count() % 2 else order


def verdict(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    margin: float,
    is_interval: bool = True,
) -> Word:
    """What a ratio says: large enough to matter, and surely there.

    The ratio itself must lie beyond the margin, and the whole of its interval beyond `CLEAR` of it: by
    chance equal setups pass both in less than 5 of 100. What is no interval must lie beyond the margin
    itself.

    Args:
        value: the ratio.
        low: end of its interval; None where there is none, which decides nothing.
        high: the other end.
        margin: speeds that differ by less are the same: 0.02 is 2 %.
        is_interval: False for a band that may hold the truth in fewer than 95 of 100.
    """
    if value is None or low is None or high is None:
        return "undecided"
    edge = CLEAR * margin if is_interval else margin
    if value > 1 + margin and low > 1 + edge:
        return "faster"
    if value < 1 / (1 + margin) and high < 1 / (1 + edge):
        return "slower"
    return "same" if low > 1 / (1 + margin) and high < 1 + margin else "undecided"


def widened(ratio: Ratio, *, log_shift: float) -> Ratio:
    """The same with both ends moved out: by what else may lie between the two, on logarithms."""
    factor = math.exp(abs(log_shift))
    return Ratio(ratio.value, ratio.low / factor, ratio.high * factor)


def _ratio(log: float, half: float) -> Ratio:
    return Ratio(math.exp(log), math.exp(log - half), math.exp(log + half))


def _logs(values: Sequence[float]) -> list[float]:
    if len(values) < 2:
        raise ValueError("an interval needs at least two measurements of each")
    return [math.log(value) for value in values]


def _log_ratios(speeds: Sequence[float], base: Sequence[float]) -> list[float]:
    if len(speeds) != len(base):
        raise ValueError(f"{len(speeds)} and {len(base)} measurements make no pairs")
    return [ours - theirs for ours, theirs in zip(_logs(speeds), _logs(base), strict=True)]
