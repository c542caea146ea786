"""Joules for what was trained: by place, with the origin beside each; never added up across origins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from laptime.energy import EstimatedEnergy, Known, MeasuredEnergy, NoEnergy
from laptime.frozen import Frozen
from laptime.record import Process, Work
from laptime.series import Scope


class Consumption(Frozen, frozen=True, kw_only=True):
    """What one place drew for the training, idle power included, and beyond it."""

    scope: Scope
    part: str | None
    """As the sensor calls it: 'gpu 0', 'package-0'."""
    origin: str
    """'measured' by an instrument in the machine, or 'estimated' by its maker's model."""
    energy_j_per_1000_samples: float
    energy_j_per_epoch: float | None
    """Of the training alone, without the validation after it; None where nobody tells how large an
    epoch is: in the user's own training."""
    net_energy_j_per_1000_samples: float | None
    """Less what it draws idle; None where that was not measured before the run."""
    power_w: float
    """Mean, idle power included."""
    is_doubtful: bool
    """Whether counter and integrated power contradict each other by more than 10 %."""


def consumption(processes: Sequence[Process], work: Work) -> tuple[Consumption, ...]:
    """Of every place whose joules are known, measured ones first.

    Args:
        processes: those that count.
        work: for the size of an epoch.
    """
    found: dict[tuple[str, str | None, str], list[Known]] = {}
    for process in processes:
        for each in process.energy:
            if isinstance(each, Known) and each.samples:
                found.setdefault((each.scope, each.part, _origin(each)), []).append(each)
    told = [_of_place(key, parts, work) for key, parts in found.items()]
    return tuple(sorted(told, key=lambda each: each.origin != "measured"))


def why_none(processes: Iterable[Process]) -> str:
    """In words, why no joules are known."""
    reasons = [
        f"{each.scope}: {each.reason}"
        for process in processes
        for each in process.energy
        if isinstance(each, NoEnergy)
    ]
    if reasons:
        return "; ".join(dict.fromkeys(reasons))
    return "no sensor here tells of power or energy; docs/sensors.md says what would"


def _of_place(key: tuple[str, str | None, str], parts: Sequence[Known], work: Work) -> Consumption:
    energy_j = math.fsum(each.energy_j for each in parts)
    window_s = math.fsum(each.window_s for each in parts)
    count = sum(each.samples for each in parts)
    nets = [each.net_energy_j for each in parts]
    known = [net for net in nets if net is not None]
    first = parts[0]
    return Consumption(
        scope=first.scope,
        part=first.part,
        origin=key[2],
        energy_j_per_1000_samples=1000 * energy_j / count,
        energy_j_per_epoch=work.train_count * energy_j / count if work.train_count else None,
        net_energy_j_per_1000_samples=1000 * math.fsum(known) / count
        if len(known) == len(nets)
        else None,
        power_w=energy_j / window_s,
        is_doubtful=any(each.is_doubtful for each in parts),
    )


def _origin(energy: Known) -> str:
    match energy:
        case MeasuredEnergy():
            return "measured"
        case EstimatedEnergy():
            return "estimated"
        case _:
            raise TypeError(f"energy of no known origin: {type(energy).__name__}")
