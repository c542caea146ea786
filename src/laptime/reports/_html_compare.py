"""The sections of a page that compares results with a baseline."""

from __future__ import annotations

from collections.abc import Iterator

from laptime import charts, pictures, words
from laptime.comparison import Verdict
from laptime.reports import Comparison
from laptime.reports._html_view import RATIO_COLOURS, Fact, Part, Section, Table
from laptime.reports._standings import band_kind
from laptime.summary import Summary


def sections(comparison: Comparison) -> list[Section]:
    """The baseline, then the others."""
    return [
        Section(id="baseline", title="The baseline", parts=(_baseline(comparison.baseline),)),
        Section(id="others", title="Beside it", parts=tuple(_others(comparison))),
        Section(id="raw", title="The raw blocks", parts=(_raw(comparison),)),
    ]


def _baseline(base: Summary) -> Part:
    return Part(
        facts=(
            Fact("Workload", base.workload),
            Fact("Setup", words.setup(base)),
            Fact("Images/s", words.speed(base)),
            Fact("Published run", " ".join(words.whole_run(base))),
            Fact("Measured (UTC)", base.created),
            Fact("Result", base.id),
        ),
        texts=(f"±: {words.plus_minus([base])}.",) if base.samples_per_s else (),
    )


def _others(comparison: Comparison) -> Iterator[Part]:
    pairs = list(zip(comparison.others, comparison.verdicts, strict=True))
    kind = band_kind(comparison.verdicts)
    table = Table(
        caption="Images/s over those of the baseline",
        headings=("result", "images/s", "ratio", kind, "verdict", "notes"),
        rows=tuple(_row(other, verdict, comparison) for other, verdict in pairs),
        numbers=(1, 2, 3),
    )
    known = [(other, verdict) for other, verdict in pairs if verdict.speed_ratio]
    if known:
        chart = charts.Drawing(
            spec=charts.ratios(
                [pictures.ratio(other, verdict) for other, verdict in known],
                axis="images/s over those of the baseline",
            ),
            title="Speed over the baseline's",
            description=f"A dot for each result, with its {kind}; right of 1 is faster.",
            name="ratios",
        )
        yield Part(
            chart=chart,
            legend=RATIO_COLOURS,
        )
    yield Part(tables=(table,))


def _row(other: Summary, verdict: Verdict, comparison: Comparison) -> tuple[str, ...]:
    shown, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
    note = verdict.reason or "; ".join(verdict.notes)
    if other.id in comparison.crossed:
        note = f"beyond the threshold; {note}"
    name = f"{words.setup(other)}, {other.created}"
    return name, words.speed(other), shown, band, verdict.verdict, note


def _raw(comparison: Comparison) -> Part:
    every = (comparison.baseline, *comparison.others)
    return Part(
        tables=(
            Table(
                caption="Each result's record",
                headings=("result", "shown by"),
                rows=tuple(
                    (f"{each.workload}, {words.way(each)}", f"laptime show --raw {each.id}")
                    for each in every
                ),
            ),
        )
    )
