"""Where results stand among the times that other people published, on the same quantity."""

from __future__ import annotations

from collections.abc import Sequence

from laptime import published
from laptime.frozen import Frozen
from laptime.published import Published
from laptime.summary import RANKED, Summary, is_ranked, on_region

KNOWN = {"yes": True, "no": False}
"""Whether a published region holds start-up or validation; a row that does not tell is not ranked."""
_Region = tuple[str, bool, bool, int]

GRADES = {
    "A": "the same work, timed region known from its author's code",
    "B": "the same work, its network or timed region reconstructed",
    "C": "only a ratio or a rank is known, or a deviation stands between",
    "D": "another program, an unknown network, or nothing learned: for orientation only",
}
"""What each grade promises, in a line; only A and B are ranked."""


class Standing(Frozen, frozen=True, kw_only=True):
    """One row of a ranking on one quantity."""

    label: str
    """The published machine; for ours the setup ('torch cpu plain float32')."""
    seconds: float
    """Of the quantity that the ranking is about."""
    id: str | None
    """Of our result; None for a published row."""
    grade: str | None
    """Of the published row; None for ours."""
    is_estimate: bool
    framework: str | None
    source: str | None


class Ranking(Frozen, frozen=True, kw_only=True):
    """Our results of one workload among the published ones, fastest first."""

    workload: str
    quantity: str
    """In words: what was timed."""
    epochs: int
    rows: tuple[Standing, ...]


class Unranked(Frozen, frozen=True, kw_only=True):
    """A workload of ours that stands in no ranking, and why."""

    workload: str
    reason: str


def rankings(summaries: Sequence[Summary]) -> tuple[tuple[Ranking, ...], tuple[Unranked, ...]]:
    """Rankings for each quantity that somebody published, and what is in none of them.

    Args:
        summaries: ours; several of one workload share its rankings. Those of the user's own training
            are left out: nobody published that work.
    """
    ranked: list[Ranking] = []
    left_out: list[Unranked] = []
    summaries = [summary for summary in summaries if summary.script is None]
    for workload in dict.fromkeys(summary.workload for summary in summaries):
        ours = [summary for summary in summaries if summary.workload == workload]
        found = _of_workload(workload, ours)
        ranked += found
        if not found:
            left_out.append(Unranked(workload=workload, reason=_why_not(workload, ours)))
    return tuple(ranked), tuple(left_out)


def _of_workload(workload: str, ours: Sequence[Summary]) -> list[Ranking]:
    believable = [summary for summary in ours if is_ranked(summary)]
    regions: dict[_Region, list[Published]] = {}
    for row in _absolute(workload) if believable else []:
        region = row.quantity, KNOWN[row.startup], KNOWN[row.validation]
        regions.setdefault((*region, row.epochs or believable[0].epochs or 0), []).append(row)
    found = (_ranking(workload, region, rows, believable) for region, rows in regions.items())
    return [ranking for ranking in found if ranking is not None]


def _absolute(workload: str) -> list[Published]:
    """Published times of which it is known what they hold."""
    return [
        row
        for row in published.comparable(workload)
        if row.value is not None and row.startup in KNOWN and row.validation in KNOWN
    ]


def _ranking(
    workload: str, region: _Region, rows: Sequence[Published], ours: Sequence[Summary]
) -> Ranking | None:
    placed = [standing for summary in ours if (standing := _own(summary, region))]
    if not placed:
        return None
    standings = [*placed, *(_standing(row) for row in rows)]
    return Ranking(
        workload=workload,
        quantity=describe(region),
        epochs=region[3],
        rows=tuple(sorted(standings, key=lambda standing: standing.seconds)),
    )


def _own(summary: Summary, region: _Region) -> Standing | None:
    quantity, startup, validation, epochs = region
    seconds = on_region(
        summary, epochs=epochs, startup=startup, validation=validation, quantity=quantity
    )
    if seconds is None:
        return None
    return Standing(
        label=f"{summary.engine} {summary.device} {summary.setup} {summary.precision}",
        seconds=seconds,
        id=summary.id,
        grade=None,
        # A measured run of other epochs than the published one is scaled, so it is an estimate too.
        is_estimate=summary.total_is_estimate is not False or epochs != summary.epochs,
        framework=" ".join(summary.versions.values()) or None,
        source=None,
    )


def _standing(row: Published) -> Standing:
    return Standing(
        label=", ".join(name for name in (row.machine, row.gpu or row.chip) if name),
        seconds=row.value or 0.0,
        id=None,
        grade=row.grade,
        is_estimate=False,
        framework=row.framework,
        source=row.source,
    )


def _why_not(workload: str, ours: Sequence[Summary]) -> str:
    if not any(map(is_ranked, ours)):
        last = ours[-1]  # of several tries the one that went furthest
        if last.outcome in RANKED and last.deviations:
            return f"no rank: {'; '.join(last.deviations)}"
        why = "did not learn" if last.learned is False else f"ended with {last.outcome}"
        return f"no rank: it {why}"
    if _absolute(workload):
        return f"no rank: {ours[0].reasons.get('total_s', 'a part of the time is missing')}"
    if published.of(workload):
        return "nobody published an absolute time of exactly this work, only ratios and ranks"
    return "nobody published anything about it that we know of"


def describe(region: _Region) -> str:
    """A timed region in words: 'seconds for 10 epochs, start-up and validation included'."""
    quantity, startup, validation, epochs = region
    what = {
        "total": f"seconds for {epochs} epochs",
        "epoch_mean": f"seconds per epoch, mean of {epochs}",
        "epoch_mean_after_first": "seconds per epoch, from the second on",
    }.get(quantity, quantity)
    inside = [name for name, held in (("start-up", startup), ("validation", validation)) if held]
    return f"{what}, {' and '.join(inside) + ' included' if inside else 'training only'}"
