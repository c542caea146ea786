"""The section of a page in which results stand among what others published."""

from __future__ import annotations

from collections.abc import Iterator

from laptime import charts, words
from laptime.ranking import GRADES, Ranking, Standing
from laptime.reports import Answer
from laptime.reports._html_view import Part, Section, Table
from laptime.reports._standings import band_of, legend, owner, placed

FOLDED = 14
"""A table of more rows beside a chart is folded."""


def sections(answer: Answer) -> Iterator[Section]:
    """One, with a chart of the first quantity of each workload."""
    yield Section(
        id="published",
        title="Among published times",
        lead=("Seconds of the same quantity of the same work; shorter is faster.",),
        parts=tuple(_published(answer)),
    )


def _published(answer: Answer) -> Iterator[Part]:
    before: str | None = None
    for number, ranking in enumerate(answer.rankings):
        is_first = ranking.workload != before
        before = ranking.workload
        yield _ranking(ranking, answer, is_first=is_first, number=number)
    grades = legend(answer.rankings)
    if grades:
        yield Part(texts=("; ".join(f"{grade}: {GRADES[grade]}" for grade in grades) + ".",))
    reasons: dict[str, list[str]] = {}
    for left_out in answer.unranked:
        reasons.setdefault(left_out.reason, []).append(left_out.workload)
    if reasons:
        yield Part(texts=tuple(f"{', '.join(names)}: {why}." for why, names in reasons.items()))


def first_rankings(answer: Answer) -> list[Ranking]:
    """Of each workload the one that is drawn."""
    found: dict[str, Ranking] = {}
    for ranking in answer.rankings:
        found.setdefault(ranking.workload, ranking)
    return list(found.values())


def bars_of(ranking: Ranking, answer: Answer) -> list[charts.Bar]:
    """A bar for each row of a ranking."""
    return [
        _bar(standing, answer, figure=placed(standing, answer).figure) for standing in ranking.rows
    ]


def _ranking(ranking: Ranking, answer: Answer, *, is_first: bool, number: int) -> Part:
    ours = {summary.id for summary in answer.summaries}
    shown = [placed(standing, answer) for standing in ranking.rows]
    table = Table(
        caption=f"{ranking.workload}: {ranking.quantity}",
        headings=("machine", "seconds", "grade"),
        rows=tuple((row.label, row.figure, row.grade) for row in shown),
        numbers=(1,),
        ours=tuple(k for k, row in enumerate(ranking.rows) if row.id in ours),
        is_folded=not is_first or len(shown) > FOLDED,
    )
    if not is_first:  # one drawing of a workload is enough; the other quantities are folded tables
        return Part(tables=(table,))
    bars = bars_of(ranking, answer)
    kinds = {bar.kind for bar in bars}
    told = {"ours": "this report", "yours": "your other machines", "others": "published"}
    chart = charts.Drawing(
        spec=charts.bars(bars, axis=ranking.quantity),
        title=f"{ranking.workload} among published times",
        description=f"{ranking.quantity}, a bar for each machine; the table beside it has the figures.",
        name=f"rank{number}",
    )
    return Part(
        title=ranking.workload,
        chart=chart,
        legend=tuple((kind, meaning) for kind, meaning in told.items() if kind in kinds),
        tables=(table,),
    )


def _bar(standing: Standing, answer: Answer, *, figure: str) -> charts.Bar:
    if standing.id is None:
        return charts.Bar(label=standing.label, value=standing.seconds, shown=f"{figure} s")
    is_ours = any(summary.id == standing.id for summary in answer.summaries)
    every = (*answer.summaries, *answer.beside)
    summary = next(each for each in every if each.id == standing.id)
    low, high = band_of(standing.seconds, summary) or (None, None)
    return charts.Bar(
        label=f"{owner(summary, answer)}, {words.way(summary)}",
        value=standing.seconds,
        shown=f"{figure} s",
        low=low,
        high=high,
        kind="ours" if is_ours else "yours",
    )
