"""What this machine scored just before: slow drift shows between probes, and not within one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from laptime.probes.record import Probe
from laptime.probes.scores import Name, scores
from laptime.stats import median
from laptime.summary import machine_key

RECENT_H = 24.0
"""Probes older than this say nothing of the machine as it is now."""


def earlier_scores(probe: Probe, kept: Sequence[Probe], *, frozen: Probe) -> dict[Name, float]:
    """The median of each score over recent probes of this machine with the same engines.

    Args:
        probe: the new one.
        kept: all of the store; the new one may be among them.
        frozen: against which scores are held.
    """
    alike = [each for each in kept if each.id != probe.id and _is_alike(each, probe)]
    found: dict[Name, list[float]] = {}
    for each in alike:
        for score in scores(each, frozen=frozen):
            if score.score is not None:
                found.setdefault(score.name, []).append(score.score)
    return {name: median(values) for name, values in found.items()}


def _is_alike(one: Probe, other: Probe) -> bool:
    age = abs(datetime.fromisoformat(one.created) - datetime.fromisoformat(other.created))
    return (
        one.outcome == "ok"
        and age <= timedelta(hours=RECENT_H)
        and machine_key(one.machine) == machine_key(other.machine)
        and (one.versions, one.environment) == (other.versions, other.environment)
    )
