"""Joules of a window, from a counter or from power over time. Pure: tracks in, an answer out.

What was measured, what was estimated and what is not known are three types, so that none can pass for
another. laptime multiplies no rated power with a load: such a figure has no basis that could be
documented. An estimate is what a maker's own model says (`Quantity.basis`), and nothing else.
"""

from __future__ import annotations

import bisect
import contextlib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from laptime.frozen import Frozen
from laptime.series import Samples, Scope, Track

AGREEMENT_LIMIT = 0.10
"""Counter and integrated power may differ by this, relative to the counter."""
PERIODS = 55
"""A window lasts at least so many periods of its source: then both of its edges, each up to a period
late, move it by less than 2 %."""
GAP_LIMIT_S = 2.5
"""Power that was not told for longer is not known in between (a bin of zero would be invented)."""
UNKNOWN_PERIOD_S = 1.0
"""Taken for a source that does not say how often it is renewed."""

Window = tuple[float, float]
"""Seconds on the worker's clock, from and to; the device is idle for laptime's part at both."""


class Known(Frozen, frozen=True, kw_only=True):
    """Joules of a window, whatever they rest on: what its kinds have in common."""

    scope: Scope
    part: str | None
    """As the sensor calls it: 'gpu 0', 'package-0'."""
    window_s: float
    energy_j: float
    """Gross: everything in the scope, idle power included."""
    net_energy_j: float | None
    """Less what it draws idle; None where that is not known."""
    idle_power_w: float | None
    source: str
    """'counter', or 'power' for what was integrated."""
    agreement: float | None
    """Integrated power over the counter, 1.0 where they are equal; None where only one is there."""
    reasons: dict[str, str]
    """Field -> why it is None, or 'agreement' -> why it is bad."""

    @property
    def mean_power_w(self) -> float:
        """Gross, over the window."""
        return self.energy_j / self.window_s

    @property
    def is_doubtful(self) -> bool:
        """Whether counter and integrated power contradict each other."""
        return self.agreement is not None and abs(self.agreement - 1) > AGREEMENT_LIMIT


class MeasuredEnergy(Known, frozen=True, tag="measured", tag_field="origin"):
    """Joules that an instrument in the machine measured."""


class EstimatedEnergy(Known, frozen=True, tag="estimated", tag_field="origin"):
    """Joules that a maker's own model says; not for comparing machines of different makers."""

    basis: str
    """What the model is, and who says so."""


class NoEnergy(Frozen, frozen=True, tag="none", tag_field="origin"):
    """Why the joules of a scope are not known."""

    scope: Scope
    part: str | None
    reason: str


Energy = MeasuredEnergy | EstimatedEnergy | NoEnergy


class UnknownError(Exception):
    """A window whose joules a track does not tell; the message says why."""


Place = tuple[Scope, str | None]
"""Scope and part, by which sources of the same joules find each other."""


class Sources(NamedTuple):
    """Where the joules of one place come from."""

    counter: Track | None
    power: Track | None


def sources(samples: Iterable[Samples], *, zero_ns: int) -> dict[Place, Sources]:
    """Counter and power of every place that sensors told anything of.

    Args:
        samples: of all sensors, as `plausible.believed` left them.
        zero_ns: where the worker's clock started, in nanoseconds of `perf_counter`.
    """
    found: dict[Place, Sources] = {}
    for each in samples:
        for quantity in each.quantities:
            if quantity.scope is None:
                continue
            place = quantity.scope, quantity.part
            track = each.track(quantity, zero_ns=zero_ns)
            known = found.get(place, Sources(None, None))
            if quantity.is_counter:
                found[place] = known._replace(counter=known.counter or track)
            else:
                found[place] = known._replace(power=known.power or track)
    return found


def energies(
    samples: Iterable[Samples],
    windows: Sequence[Window],
    *,
    zero_ns: int,
    idle_power_w: Mapping[Place, float] | None = None,
) -> tuple[Energy, ...]:
    """Joules of every place over the measured windows, or why they are not known.

    Args:
        samples: of all sensors beside the training.
        windows: seconds on the worker's clock: of a visit from its first measured block to the end
            of its last one.
        zero_ns: where the worker's clock started, in nanoseconds of `perf_counter`.
        idle_power_w: from `idle_powers`; None where it was not measured.

    Raises:
        ValueError: no window.
    """
    idle = idle_power_w or {}
    return tuple(
        energy(windows, counter=told.counter, power=told.power, idle_power_w=idle.get(place))
        for place, told in sources(samples, zero_ns=zero_ns).items()
    )


def idle_powers(samples: Iterable[Samples]) -> dict[Place, float]:
    """Mean power of each place before a worker started, where it was sampled for long enough."""
    found: dict[Place, float] = {}
    for place, told in sources(samples, zero_ns=0).items():
        for track in (told.counter, told.power):
            if track is not None and place not in found and len(track.times_s) > 1:
                with contextlib.suppress(UnknownError):  # too short: its net energy says so
                    found[place] = mean_power_w(track, (track.times_s[0], track.times_s[-1]))
    return found


def energy(
    windows: Sequence[Window],
    *,
    counter: Track | None,
    power: Track | None,
    idle_power_w: float | None = None,
) -> Energy:
    """Joules of one scope over the measured windows: by its counter, else by its power.

    Args:
        windows: in order and apart; their sum is what is told.
        counter: joules that only grow, as `plausible.believed` left them; None where there are none.
        power: watts of the same scope and part; None where there are none.
        idle_power_w: of the same scope before the worker started; None where it was not measured.

    Raises:
        ValueError: no track, two of different scopes, or no window.
    """
    tracks = [track for track in (counter, power) if track is not None]
    if not tracks or not windows or len({(t.quantity.scope, t.quantity.part) for t in tracks}) != 1:
        raise ValueError("energy needs a window and a track, or two of one scope")
    totals: dict[str, float] = {}
    failures: list[str] = []
    for name, track in (("counter", counter), ("power", power)):
        if track is not None:
            try:
                totals[name] = total(track, windows)
            except UnknownError as error:
                failures.append(f"{name}: {error}")
    quantity = tracks[0].quantity
    scope = quantity.scope
    if scope is None:
        raise ValueError(f"{quantity.key} has no scope")
    if not totals:
        return NoEnergy(scope=scope, part=quantity.part, reason="; ".join(failures))
    return _known(
        tracks[0] if "counter" in totals or counter is None else tracks[-1],
        scope,
        totals,
        window_s=math.fsum(end - start for start, end in windows),
        idle_power_w=idle_power_w,
        failures=failures,
    )


def _known(
    track: Track,
    scope: Scope,
    totals: dict[str, float],
    *,
    window_s: float,
    idle_power_w: float | None,
    failures: Sequence[str],
) -> Energy:
    source = "counter" if "counter" in totals else "power"
    gross_j = totals[source]
    reasons = {}
    net_j = None if idle_power_w is None else gross_j - idle_power_w * window_s
    if idle_power_w is None:
        reasons["net_energy_j"] = reasons["idle_power_w"] = "idle power was not measured before it"
    elif net_j is not None and net_j < 0:
        net_j = None
        reasons["net_energy_j"] = "it drew more before the training than during it"
    agreement = totals["power"] / totals["counter"] if len(totals) == 2 else None
    if agreement is None:
        reasons["agreement"] = "; ".join(failures) or f"there is no other source than its {source}"
    elif abs(agreement - 1) > AGREEMENT_LIMIT:
        reasons["agreement"] = (
            f"integrated power is {100 * agreement:.0f} % of the counter: one of them is wrong"
        )
    known = Known(
        scope=scope,
        part=track.quantity.part,
        window_s=window_s,
        energy_j=gross_j,
        net_energy_j=net_j,
        idle_power_w=idle_power_w,
        source=source,
        agreement=agreement,
        reasons=reasons,
    )
    told = msgspec.structs.asdict(known)
    if track.quantity.origin == "estimated":
        return EstimatedEnergy(basis=track.quantity.basis or "its maker does not say", **told)
    return MeasuredEnergy(**told)


def total(track: Track, windows: Sequence[Window]) -> float:
    """Joules over the windows, by a counter's differences or by power integrated.

    Raises:
        UnknownError: the windows are short against the source's period, or the track does not
            cover them.
    """
    renewed_s = track.quantity.renewed_s
    period_s = UNKNOWN_PERIOD_S if renewed_s is None else renewed_s
    if any(end <= start for start, end in windows):
        raise UnknownError("a window has no length")
    mean_s = math.fsum(end - start for start, end in windows) / len(windows)
    if mean_s < PERIODS * period_s:
        raise UnknownError(
            f"windows of {mean_s:.3g} s are short against a source renewed every {period_s:g} s; "
            f"train for {PERIODS * period_s:.3g} s at a time"
        )
    if not track.quantity.is_counter:
        return math.fsum(_integral(track, *window) for window in windows)
    rise_j = math.fsum(_at(track, end) - _at(track, start) for start, end in windows)
    if rise_j <= 0:
        raise UnknownError("it did not move")
    return rise_j


def mean_power_w(track: Track, window: Window) -> float:
    """Mean power over a window: for idle power, before a worker starts.

    Raises:
        UnknownError: as for `total`.
    """
    return total(track, [window]) / (window[1] - window[0])


def per(known: Known, count: float) -> float:
    """Gross joules for each of `count` things done in the windows: epochs, thousands of images.

    Raises:
        ValueError: nothing was done.
    """
    if not count > 0:
        raise ValueError("energy per nothing")
    return known.energy_j / count


def _at(track: Track, time_s: float) -> float:
    """The value at a time, on the line between its neighbours.

    Raises:
        UnknownError: there is none on one side, or they lie far apart.
    """
    times_s, values = track.times_s, track.values
    right = bisect.bisect_left(times_s, time_s)
    if right < len(times_s) and times_s[right] == time_s:
        return values[right]
    if right == 0 or right == len(times_s):
        raise UnknownError("it was not sampled at both edges of the window")
    left = right - 1
    gap_s = times_s[right] - times_s[left]
    if gap_s > GAP_LIMIT_S:
        raise UnknownError(f"it was not sampled for {gap_s:.1f} s at an edge of the window")
    return values[left] + (values[right] - values[left]) * (time_s - times_s[left]) / gap_s


def _integral(track: Track, start_s: float, end_s: float) -> float:
    """Joules by the trapezoidal rule, its ends on the window's edges.

    Raises:
        UnknownError: a gap in the samples.
    """
    inside = [
        (time_s, value)
        for time_s, value in zip(track.times_s, track.values, strict=True)
        if start_s < time_s < end_s
    ]
    points = [(start_s, _at(track, start_s)), *inside, (end_s, _at(track, end_s))]
    gap_s = max(late[0] - early[0] for early, late in itertools.pairwise(points))
    if gap_s > GAP_LIMIT_S:
        raise UnknownError(f"power was not told for {gap_s:.1f} s")
    return math.fsum(
        (late[0] - early[0]) * (early[1] + late[1]) / 2
        for early, late in itertools.pairwise(points)
    )
