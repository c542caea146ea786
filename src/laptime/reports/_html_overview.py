"""The sections of a page of many results: a chart and a table for each workload, then their records."""

from __future__ import annotations

from collections.abc import Iterator

from laptime import charts, words
from laptime.comparison import Verdict
from laptime.reports import Overview, _html_view
from laptime.reports import Part as Group
from laptime.reports._html_view import RATIO_COLOURS, Section, Table
from laptime.reports._overview import Told, heading, left_out, legend, title, told
from laptime.reports._standings import band_kind


def headline(overview: Overview) -> str:
    """What is compared, and how much of it."""
    count = sum(len(part.lines) for part in overview.parts)
    return f"{title(overview)}: {count:,} result{'' if count == 1 else 's'} compared"


def sections(overview: Overview) -> list[Section]:
    """A part for each workload, what could not be read, and where the raw blocks are."""
    parts = [part for group in overview.parts for part in _group(overview, group)]
    problems = _html_view.Part(problems=overview.problems)
    return [
        Section(
            id="compared",
            title=title(overview),
            lead=(legend(overview),),
            parts=(*parts, *([problems] if overview.problems else [])),
        ),
        Section(id="raw", title="The raw blocks", parts=(_raw(overview),) if parts else ()),
    ]


def _group(overview: Overview, group: Group) -> Iterator[_html_view.Part]:
    lines = list(zip(group.lines, told(overview, group), strict=True))
    verdicts = [line.verdict for line in group.lines if line.verdict]
    kind = band_kind(verdicts)
    drawn = [
        _ratio(line.verdict, said)
        for line, said in lines
        if line.verdict and line.verdict.speed_ratio
    ]
    table = Table(
        caption=f"{heading(group)}: images/s and their ratios",
        headings=(overview.by, "images/s", "ratio", kind, "verdict", "what changed, and notes"),
        rows=tuple(_row(said) for _, said in lines),
        numbers=(1, 2, 3),
    )
    chart = (
        charts.Drawing(
            spec=charts.ratios(drawn, axis="images/s over those it is compared with"),
            title=f"{heading(group)}: ratios of speed",
            description=f"A dot for each result, with its {kind}; right of 1 is faster.",
            name=f"overview-{overview.parts.index(group)}",
        )
        if drawn
        else None
    )
    more = left_out(group)
    yield _html_view.Part(
        title=heading(group),
        chart=chart,
        legend=RATIO_COLOURS if drawn else (),
        texts=(more,) if more else (),
    )
    yield _html_view.Part(tables=(table,))


def _ratio(found: Verdict, said: Told) -> charts.Ratio:
    return charts.Ratio(
        label=said.label,
        value=found.speed_ratio or 1.0,
        shown=said.ratio if said.band in ("", "-") else f"{said.ratio} ({said.band})",
        low=found.ratio_low,
        high=found.ratio_high,
        kind=found.verdict,
    )


def _row(said: Told) -> tuple[str, ...]:
    changed = f"changed: {said.changed}" if said.changed else ""
    notes = "; ".join(filter(None, (changed, said.note)))
    return said.label, said.speed, said.ratio or "-", said.band or "-", said.verdict or "-", notes


def _raw(overview: Overview) -> _html_view.Part:
    lines = [line for part in overview.parts for line in part.lines]
    rows = tuple(
        (
            f"{line.summary.workload}, {words.way(line.summary)}",
            f"laptime show --raw {line.summary.id}",
        )
        for line in lines
    )
    caption = "Each result's record"
    return _html_view.Part(
        tables=(Table(caption=caption, headings=("result", "shown by"), rows=rows, is_folded=True),)
    )
