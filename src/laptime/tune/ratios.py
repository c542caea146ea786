"""Speeds out of rounds: who ran in the same round is compared, so that a machine may drift between."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median, quantiles
from typing import TypeVar

import msgspec

K = TypeVar("K")

SWEEPS = 50
"""Of the median polish at most; what is left to settle halves with each, or faster."""
SETTLED = 1e-5


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """How much faster one was than another, round by round."""

    median: float
    low: float
    high: float
    """Quartiles of the rounds; equal to the median where there was only one."""
    rounds: int


def speeds_of(rounds: Sequence[Mapping[K, float]]) -> dict[K, float]:
    """Samples per second of each contender in a round like the median one.

    Tukey's median polish on logarithms: what a round did to all that ran in it is taken out, so that
    contenders who never met are compared through those who met both. One wild visit moves nothing.

    Args:
        rounds: samples per second by contender, all positive; not everybody is in every round.
    """
    logs = [{key: math.log(speed) for key, speed in each.items()} for each in rounds if each]
    drifts = [0.0] * len(logs)
    speeds: dict[K, float] = {}
    for _ in range(SWEEPS):
        corrected: dict[K, list[float]] = {}
        for drift, each in zip(drifts, logs, strict=True):
            for key, value in each.items():
                corrected.setdefault(key, []).append(value - drift)
        speeds = {key: median(values) for key, values in corrected.items()}
        before = drifts
        drifts = [median(value - speeds[key] for key, value in each.items()) for each in logs]
        centre = median(drifts) if drifts else 0.0
        drifts = [drift - centre for drift in drifts]
        if all(abs(a - b) < SETTLED for a, b in zip(drifts, before, strict=True)):
            break
    return {key: math.exp(value) for key, value in speeds.items()}


def ratio(rounds: Sequence[Mapping[K, float]], of: K, to: K) -> Ratio | None:
    """How much faster `of` was than `to`, over the rounds that both ran in; None where none is.

    Args:
        rounds: samples per second by contender.
        of: the one.
        to: the other.
    """
    both = [each[of] / each[to] for each in rounds if of in each and to in each]
    if not both:
        return None
    low, _, high = quantiles(both, n=4, method="inclusive") if len(both) > 1 else both * 3
    return Ratio(median=median(both), low=low, high=high, rounds=len(both))
