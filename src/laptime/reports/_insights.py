"""What there is to say beyond figures: what limits, energy, what was kept, how far an estimate was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from laptime import words
from laptime.consumption import Consumption
from laptime.estimates import EstimateCheck
from laptime.soaking import Course
from laptime.summary import Summary

TOLD = ("standard", "soak", "watch")
"""Profiles of which one may expect joules."""


def insights(
    summaries: Sequence[Summary], checks: Sequence[EstimateCheck]
) -> Iterator[tuple[str, str]]:
    """A label and a sentence for each."""
    is_alone = len(summaries) == 1
    for summary in summaries:
        name = "" if is_alone else f"{summary.workload}, "
        if summary.limit is not None:
            yield f"{name}limit", f"{summary.limit.sentence}. {summary.limit.advice}"
        for drawn in summary.energy:
            yield (
                f"{name}energy",
                _energy(drawn, of="images" if summary.script is None else "samples"),
            )
        if not summary.energy and summary.profile in TOLD:
            yield f"{name}energy", f"not known: {summary.reasons['energy']}"
        if summary.retention is not None:
            yield f"{name}soak", kept(summary)
    for check in checks:
        yield f"{check.workload}, estimate", estimate(check)


def kept(summary: Summary) -> str:
    """What is left of the speed of a soak, and of clocks and power."""
    burst, sustained = summary.burst_samples_per_s or 0.0, summary.sustained_samples_per_s or 0.0
    told = (
        f"kept {100 * (summary.retention or 0.0):.0f} % of its speed: {words.number(burst)} images/s "
        f"at first, {words.number(sustained)} at the end"
    )
    return "; ".join([told, *map(_course, summary.courses)])


COURSES = {"temperature_c": (1.0, "°C"), "frequency_hz": (1e-9, "GHz"), "power_w": (1.0, "W")}


def _course(course: Course) -> str:
    """'cpu: 47 to 83 °C'."""
    factor, unit = COURSES[course.quantity]
    ends = " to ".join(words.number(factor * end) for end in (course.burst, course.sustained))
    return f"{course.part or 'processor'} {ends} {unit}"


def _energy(drawn: Consumption, *, of: str) -> str:
    place = " ".join(filter(None, (drawn.scope.replace("_", " "), drawn.part)))
    each = drawn.energy_j_per_epoch
    epoch = "of the whole script " if each is None else f"{words.number(each)} J an epoch "
    net = drawn.net_energy_j_per_1000_samples
    told = (
        f"{words.number(drawn.energy_j_per_1000_samples)} J per 1,000 {of}, {epoch}"
        f"({place}, {drawn.origin}"
    )
    told += f"; {words.number(net)} J beyond idle)" if net is not None else ", idle power included)"
    return told + (
        ", doubtful: counter and power contradict each other" if drawn.is_doubtful else ""
    )


def estimate(check: EstimateCheck) -> str:
    """How far an estimate was from the whole run."""
    side = "above" if check.error > 0 else "below"
    inside = {True: ", inside its band", False: ", outside its band", None: ""}[check.is_inside]
    return (
        f"from visits in its pauses {100 * abs(check.error):.1f} % {side} the whole run "
        f"({words.number(check.estimated_s)} s for {words.number(check.measured_s)} s{inside})"
    )
