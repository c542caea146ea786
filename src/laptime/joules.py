"""Joules of stretches of training, from a counter or from power over time: one track in, a sum out.

How long a stretch must be for that, and how near to its ends a reading, is decided here.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from laptime.series import Quantity, Track

PERIODS = 55
"""A window lasts at least so many periods of its source: then both of its edges, each up to a period
late, move it by less than 2 %."""
IDLE_PERIODS = 10
"""And so many at rest: what is subtracted may be known less well."""
SLACK_SHARE = 0.01
"""Of a window: an edge that was sampled so much beside it, or a period of the source, is told."""
GAP_LIMIT_S = 2.5
"""Power that was not told for longer is not known in between (a bin of zero would be invented)."""
UNKNOWN_PERIOD_S = 1.0
"""Taken for a source that does not say how often it is renewed."""


class Window(NamedTuple):
    """A stretch of training without a rest."""

    start_s: float
    """On the worker's clock; the device is synchronised at both ends."""
    end_s: float
    samples: int
    """Images that were trained in it."""

    @property
    def length_s(self) -> float:
        """From end to end."""
        return self.end_s - self.start_s


class UnknownError(Exception):
    """A window whose joules a track does not tell; the message says why."""


def long_enough(windows: Sequence[Window], quantity: Quantity) -> list[Window]:
    """Those windows that tell a quantity to 2 %.

    Raises:
        UnknownError: none does.
    """
    least_s = PERIODS * period_s(quantity)
    found = [window for window in windows if window.length_s >= least_s]
    if not found:
        longest_s = max((window.length_s for window in windows), default=0.0)
        raise UnknownError(
            f"{longest_s:.3g} s without a rest are short against a source renewed every "
            f"{period_s(quantity):g} s: it takes {least_s:.3g} s, as in --profile standard"
        )
    return found


def period_s(quantity: Quantity) -> float:
    """How often its source has a new value; a second where nobody says."""
    return UNKNOWN_PERIOD_S if quantity.renewed_s is None else quantity.renewed_s


def total(track: Track, windows: Sequence[Window]) -> float:
    """Joules over the windows, by a counter's differences or by power integrated.

    Raises:
        UnknownError: a window has no length, or the track does not cover it.
    """
    found_j = 0.0
    for window in windows:
        if window.length_s <= 0:
            raise UnknownError("a window has no length")
        slack_s = max(period_s(track.quantity), SLACK_SHARE * window.length_s)
        start, end = (_at(track, edge_s, slack_s) for edge_s in (window.start_s, window.end_s))
        if track.quantity.is_counter:
            found_j += end - start
        else:
            found_j += _integral(track, window, start, end)
    if track.quantity.is_counter and found_j <= 0:
        raise UnknownError("it did not move")
    return found_j


def covered(track: Track, windows: Sequence[Window]) -> list[Window]:
    """Those windows that a track tells.

    Raises:
        UnknownError: it tells none; why not the last one.
    """
    found, reason = [], ""
    for window in windows:
        try:
            total(track, [window])
            found.append(window)
        except UnknownError as error:
            reason = str(error)
    if not found:
        raise UnknownError(reason)
    return found


def mean_power_w(track: Track, start_s: float, end_s: float) -> float:
    """Mean power at rest, before a worker starts.

    Raises:
        UnknownError: too short against the source's period; else as for `total`.
    """
    if end_s - start_s < IDLE_PERIODS * period_s(track.quantity):
        raise UnknownError(f"{end_s - start_s:.3g} s of rest are short against its source")
    return total(track, [Window(start_s, end_s, 0)]) / (end_s - start_s)


def _at(track: Track, time_s: float, slack_s: float) -> float:
    """The value at a time, on the line between its neighbours; or the nearest within the slack.

    Raises:
        UnknownError: there is none on one side, or they lie far apart.
    """
    times_s, values = track.times_s, track.values
    right = bisect.bisect_left(times_s, time_s)
    if right < len(times_s) and times_s[right] == time_s:
        return values[right]
    if right == 0 or right == len(times_s):
        nearest = 0 if right == 0 else -1
        if times_s and abs(times_s[nearest] - time_s) <= slack_s:
            return values[nearest]
        raise UnknownError("it was not sampled at both edges of the window")
    left = right - 1
    gap_s = times_s[right] - times_s[left]
    if gap_s > GAP_LIMIT_S:
        raise UnknownError(f"it was not sampled for {gap_s:.1f} s at an edge of the window")
    return values[left] + (values[right] - values[left]) * (time_s - times_s[left]) / gap_s


def _integral(track: Track, window: Window, first: float, last: float) -> float:
    """Joules by the trapezoidal rule, its ends on the window's edges.

    Raises:
        UnknownError: a gap in the samples.
    """
    inside = [
        (time_s, value)
        for time_s, value in zip(track.times_s, track.values, strict=True)
        if window.start_s < time_s < window.end_s
    ]
    points = [(window.start_s, first), *inside, (window.end_s, last)]
    gap_s = max(late[0] - early[0] for early, late in itertools.pairwise(points))
    if gap_s > GAP_LIMIT_S:
        raise UnknownError(f"power was not told for {gap_s:.1f} s")
    return math.fsum(
        (late[0] - early[0]) * (early[1] + late[1]) / 2
        for early, late in itertools.pairwise(points)
    )
