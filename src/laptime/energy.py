"""Joules of a window, from a counter or from power over time. Pure: tracks in, an answer out.

What was measured, what was estimated and what is not known are three types, so that none can pass for
another. laptime multiplies no rated power with a load: such a figure has no basis that could be
documented. An estimate is what a maker's own model says (`Quantity.basis`), and nothing else.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from laptime.frozen import Frozen
from laptime.joules import (
    PERIODS,
    UnknownError,
    Window,
    covered,
    long_enough,
    mean_power_w,
    period_s,
    total,
)
from laptime.series import Samples, Scope, Track

AGREEMENT_LIMIT = 0.10
"""Counter and integrated power may differ by this, relative to the counter."""


class Known(Frozen, frozen=True, kw_only=True):
    """Joules of a window, whatever they rest on: what its kinds have in common."""

    scope: Scope
    part: str | None
    """As the sensor calls it: 'gpu 0', 'package-0'."""
    window_s: float
    """Of those windows that are long enough for the source."""
    samples: int
    """Images that were trained in them."""
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
        windows: of a visit from its first measured block to the end of its last one.
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
                    found[place] = mean_power_w(track, track.times_s[0], track.times_s[-1])
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
        windows: in order and apart; the sum of those that are long enough is what is told.
        counter: joules that only grow, as `plausible.believed` left them; None where there are none.
        power: watts of the same scope and part; None where there are none.
        idle_power_w: of the same scope before the worker started; None where it was not measured.

    Raises:
        ValueError: no track, two of different scopes, or no window.
    """
    tracks = [track for track in (counter, power) if track is not None]
    if not tracks or not windows or len({(t.quantity.scope, t.quantity.part) for t in tracks}) != 1:
        raise ValueError("energy needs a window and a track, or two of one scope")
    failures: list[str] = []
    found: Known | None = None
    for name, track in (("counter", counter), ("power", power)):
        if track is not None and found is None:
            try:
                found = _known(name, track, windows, idle_power_w=idle_power_w)
            except UnknownError as error:
                failures.append(f"{name}: {error}")
    quantity = tracks[0].quantity
    if quantity.scope is None:
        raise ValueError(f"{quantity.key} has no scope")
    if found is None:
        return NoEnergy(scope=quantity.scope, part=quantity.part, reason="; ".join(failures))
    told = msgspec.structs.asdict(
        _witnessed(found, windows, counter=counter, power=power, failures=failures)
    )
    quantity = tracks[0 if found.source == "counter" else -1].quantity
    if quantity.origin == "estimated":
        return EstimatedEnergy(basis=quantity.basis or "its maker does not say", **told)
    return MeasuredEnergy(**told)


def _known(
    source: str, track: Track, windows: Sequence[Window], *, idle_power_w: float | None
) -> Known:
    """By one source, over those windows that are long enough for it.

    Raises:
        UnknownError: none is, or the track does not cover them.
    """
    if track.quantity.scope is None:
        raise ValueError(f"{track.quantity.key} has no scope")
    used = covered(track, long_enough(windows, track.quantity))
    window_s = math.fsum(window.length_s for window in used)
    gross_j = total(track, used)
    net_j = None if idle_power_w is None else gross_j - idle_power_w * window_s
    reasons = {}
    if idle_power_w is None:
        reasons["net_energy_j"] = reasons["idle_power_w"] = "idle power was not measured before it"
    elif net_j is not None and net_j < 0:
        net_j = None
        reasons["net_energy_j"] = "it drew more before the training than during it"
    return Known(
        scope=track.quantity.scope,
        part=track.quantity.part,
        window_s=window_s,
        samples=sum(window.samples for window in used),
        energy_j=gross_j,
        net_energy_j=net_j,
        idle_power_w=idle_power_w,
        source=source,
        agreement=None,
        reasons=reasons,
    )


def _witnessed(
    known: Known,
    windows: Sequence[Window],
    *,
    counter: Track | None,
    power: Track | None,
    failures: Sequence[str],
) -> Known:
    """With what its other source says, over the windows that are long enough for both."""
    agreement = None
    reason = "; ".join(failures) or f"there is no other source than its {known.source}"
    if counter is not None and power is not None and not failures:
        try:
            both = long_enough(long_enough(windows, counter.quantity), power.quantity)
            both = covered(counter, covered(power, both))
            agreement, reason = total(power, both) / total(counter, both), ""
        except UnknownError as error:
            reason = f"power: {error}"
        if agreement is not None and abs(agreement - 1) > AGREEMENT_LIMIT:
            reason = (
                f"integrated power is {100 * agreement:.0f} % of the counter: one of them is wrong"
            )
    reasons = known.reasons | ({"agreement": reason} if reason else {})
    return msgspec.structs.replace(known, agreement=agreement, reasons=reasons)


def stretch_s(samples: Iterable[Samples]) -> float:
    """How long to train without a rest, so that the joules of every place are known; 0 for none.

    By the counter of a place where it has one.
    """
    tracks = [told.counter or told.power for told in sources(samples, zero_ns=0).values()]
    return max((PERIODS * period_s(t.quantity) for t in tracks if t is not None), default=0.0)
