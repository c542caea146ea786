"""Which results are comparable, and how they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

from laptime import published
from laptime.published import Published
from laptime.record import Frozen
from laptime.summary import FEWEST_PROCESSES, Summary, on_region

# What a published region that says nothing is taken to hold: the usual `fit` with validation data.
_KNOWN = {"yes": True, "no": False}


class Standing(Frozen):
    """One row of a ranking on one quantity."""

    label: str
    seconds: float
    """Of the quantity that the ranking is about."""
    ours: bool
    grade: str | None
    """Of the published row; None for ours."""
    is_estimate: bool
    source: str | None
    deviation: str | None


class Ranking(Frozen):
    """This machine among the published ones, on the same quantity, fastest first."""

    workload: str
    quantity: str
    """In words: what was timed."""
    rows: tuple[Standing, ...]


class Verdict(Frozen):
    """How one result compares with the baseline."""

    id: str
    comparable: bool
    reason: str | None
    """Why not, or what weakens the comparison."""
    speed_ratio: float | None
    """Images/s over the baseline's: 1.2 is 20 % faster."""
    ratio_low: float | None
    ratio_high: float | None
    """Indicative, from the visits of both; not an interval between processes."""
    verdict: str
    """'faster', 'slower', 'undecided' or 'not comparable'."""


def rankings(summary: Summary, *, epochs: int) -> tuple[Ranking, ...]:
    """Ours among the published times, one ranking for each quantity that somebody published.

    Args:
        summary: ours.
        epochs: of the workload's recipe.
    """
    if summary.outcome not in ("ok", "interrupted"):
        return ()
    groups: dict[tuple[str, bool, bool, int], list[Published]] = {}
    for row in published.comparable(summary.workload):
        if row.startup in _KNOWN and row.validation in _KNOWN:
            key = row.quantity, _KNOWN[row.startup], _KNOWN[row.validation], row.epochs or epochs
            groups.setdefault(key, []).append(row)
    found = (_ranking(summary, key, rows) for key, rows in groups.items())
    return tuple(ranking for ranking in found if ranking is not None)


def _ranking(
    summary: Summary, key: tuple[str, bool, bool, int], rows: Sequence[Published]
) -> Ranking | None:
    quantity, startup, validation, epochs = key
    seconds = on_region(
        summary, epochs=epochs, startup=startup, validation=validation, quantity=quantity
    )
    if seconds is None:
        return None
    ours = Standing(
        label="this machine",
        seconds=seconds,
        ours=True,
        grade=None,
        is_estimate=bool(summary.total_is_estimate),
        source=None,
        deviation=None,
    )
    standings = [ours, *(_standing(row) for row in rows if row.value is not None)]
    return Ranking(
        workload=summary.workload,
        quantity=describe(quantity, startup=startup, validation=validation, epochs=epochs),
        rows=tuple(sorted(standings, key=lambda standing: standing.seconds)),
    )


def _standing(row: Published) -> Standing:
    names = [name for name in (row.machine, row.gpu or row.chip) if name]
    return Standing(
        label=", ".join(names),
        seconds=row.value or math.nan,
        ours=False,
        grade=row.grade,
        is_estimate=False,
        source=row.source,
        deviation=row.deviation,
    )


def describe(quantity: str, *, startup: bool, validation: bool, epochs: int) -> str:
    """A timed region in words."""
    what = {
        "total": f"seconds for {epochs} epochs",
        "epoch_mean": "seconds per epoch, mean",
        "epoch_mean_after_first": "seconds per epoch, from the second on",
    }.get(quantity, quantity)
    inside = [name for name, held in (("start-up", startup), ("validation", validation)) if held]
    return f"{what}, {' and '.join(inside) or 'training only'}{' included' if inside else ''}"


def judge(baseline: Summary, other: Summary) -> Verdict:
    """How one result compares with a baseline; only equal work is compared."""
    reason = _incomparable(baseline, other)
    if reason or baseline.samples_per_s is None or other.samples_per_s is None:
        return Verdict(
            id=other.id,
            comparable=False,
            reason=reason,
            speed_ratio=None,
            ratio_low=None,
            ratio_high=None,
            verdict="not comparable",
        )
    ratio = other.samples_per_s / baseline.samples_per_s
    low, high = _band(ratio, baseline, other)
    verdict = "undecided"
    if low is not None and high is not None:
        verdict = "faster" if low > 1 else "slower" if high < 1 else "undecided"
    return Verdict(
        id=other.id,
        comparable=True,
        reason=f"one process each: indicative, an interval needs {FEWEST_PROCESSES}",
        speed_ratio=ratio,
        ratio_low=low,
        ratio_high=high,
        verdict=verdict,
    )


def _incomparable(baseline: Summary, other: Summary) -> str | None:
    for summary in (baseline, other):
        if summary.samples_per_s is None or summary.outcome not in ("ok", "interrupted"):
            return f"{summary.id} ended with '{summary.outcome}'" + (
                f": {summary.message}" if summary.message else ""
            )
    if baseline.work_key != other.work_key:
        if baseline.workload != other.workload:
            return f"another workload: {other.workload}, not {baseline.workload}"
        return "the same workload's name with other work (batch, epochs, data size or network)"
    return None


def _band(
    ratio: float, baseline: Summary, other: Summary
) -> tuple[float, float] | tuple[None, None]:
    """Twice the standard error of the ratio's logarithm, from the visits of both."""
    if baseline.spread is None or other.spread is None:
        return None, None
    variance = baseline.spread**2 / baseline.visits + other.spread**2 / other.visits
    half = 2 * math.sqrt(variance)
    return ratio * math.exp(-half), ratio * math.exp(half)
