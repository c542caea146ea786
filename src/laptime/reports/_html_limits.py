"""The sections of a page about what limits: the verdicts, the roofline, and energy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from laptime import charts, words
from laptime.reports import Answer, _roofline
from laptime.reports._html_view import Part, Section, Table
from laptime.reports._insights import TOLD, estimate, kept
from laptime.reports._standings import touched_name
from laptime.roofline import Roofline
from laptime.summary import Summary

_NOT_QUICK = "not measured; joules need a standard run, and a sensor that tells of them"


def sections(answer: Answer) -> Iterator[Section]:
    """In the order in which they are read."""
    title = "What limits it, and what to change"
    yield Section(id="limits", title=title, parts=tuple(_limits(answer)))
    yield Section(id="roofline", title="Roofline", parts=tuple(_rooflines(answer)))
    yield Section(id="energy", title="Energy", parts=tuple(_energy(answer)))


def _limits(answer: Answer) -> Iterator[Part]:
    found = [summary for summary in answer.summaries if summary.limit is not None]
    if found:
        rows = tuple(
            (
                touched_name(summary, answer.summaries),
                f"{summary.limit.sentence}." if summary.limit else "",
                summary.limit.advice if summary.limit else "",
            )
            for summary in found
        )
        yield Part(
            tables=(
                Table(
                    caption="The limit of each workload",
                    headings=("workload", "limit", "what to change"),
                    rows=rows,
                ),
                _evidence(answer.summaries, found),
            )
        )
    soaked = [s for s in answer.summaries if s.retention is not None]
    if soaked:
        yield Part(
            title="What is left of its speed when it is warm",
            texts=tuple(f"{s.workload}: {kept(s)}." for s in soaked),
        )
    if answer.summaries and not found:
        yield Part(
            texts=(
                "Not looked for, since a quick run is too short for it: laptime run --profile standard",
            )
        )
    checks = [(each.workload, estimate(each)) for each in answer.estimate_checks]
    if checks:
        yield Part(texts=tuple(f"{workload}, estimate: {told}." for workload, told in checks))


def _evidence(every: Sequence[Summary], found: Sequence[Summary]) -> Table:
    def share(value: float | None) -> str:
        return "-" if value is None else words.percent(max(0.0, value))

    return Table(
        caption="What that follows from",
        headings=(
            *("workload", "lost to the input", "step twice as large", "of its arithmetic"),
            *("of its memory", "GFLOP/s", "GB/s"),
        ),
        rows=tuple(
            (
                touched_name(s, every),
                share(
                    s.evidence.input_stall
                    if s.evidence.input_stall is not None
                    else s.evidence.data_wait_share
                ),
                f"{s.evidence.doubled_ratio:.2f}x" if s.evidence.doubled_ratio else "-",
                share(s.evidence.compute_share),
                share(s.evidence.memory_share),
                words.number(s.evidence.gflop_per_s) if s.evidence.gflop_per_s else "-",
                words.number(s.evidence.gb_per_s) if s.evidence.gb_per_s else "-",
            )
            for s in found
        ),
        numbers=(1, 2, 3, 4, 5, 6),
    )


def _rooflines(answer: Answer) -> Iterator[Part]:
    for number, line in enumerate(answer.rooflines):
        yield _roofline_part(line, number)


def _roofline_part(line: Roofline, number: int) -> Part:
    rows = _roofline.cells(line)
    spec = spec_of(line)
    chart = charts.Drawing(
        spec=spec,
        title=_roofline.heading(line),
        description="Both axes are logarithmic; each letter is a workload of the table beside it.",
        name=f"roof{number}",
    )
    return Part(
        title=_roofline.heading(line),
        texts=(_roofline.LEGEND,),
        chart=chart,
        tables=(
            Table(
                caption="Workloads under the roof",
                headings=("workload", "letter", *_roofline.HEADINGS[2:]),
                rows=tuple((name, letter, *rest) for letter, name, *rest in rows),
                numbers=(2, 3, 4),
            ),
        ),
    )


def _energy(answer: Answer) -> Iterator[Part]:
    rows = []
    for summary in answer.summaries:
        for drawn in summary.energy:
            net = drawn.net_energy_j_per_1000_samples
            place = " ".join(filter(None, (drawn.scope.replace("_", " "), drawn.part)))
            doubt = (
                ", doubtful: counter and power contradict each other" if drawn.is_doubtful else ""
            )
            rows.append(
                (
                    touched_name(summary, answer.summaries),
                    place,
                    words.number(drawn.energy_j_per_1000_samples),
                    words.number(net) if net is not None else "-",
                    words.number(drawn.energy_j_per_epoch) if drawn.energy_j_per_epoch else "-",
                    words.number(drawn.power_w),
                    drawn.origin + doubt,
                )
            )
    if rows:
        yield Part(
            tables=(
                Table(
                    caption="Joules for what was trained",
                    headings=(
                        *("workload", "of what", "J per 1,000 images", "beyond idle", "J an epoch"),
                        *("mean W", "origin"),
                    ),
                    rows=tuple(rows),
                    numbers=(2, 3, 4, 5),
                ),
            )
        )
    reasons: dict[str, list[str]] = {}
    for summary in answer.summaries:
        if not summary.energy:
            why = summary.reasons["energy"] if summary.profile in TOLD else _NOT_QUICK
            reasons.setdefault(why, []).append(summary.workload)
    told = [f"{', '.join(dict.fromkeys(names))}: {why}." for why, names in reasons.items()]
    if told:
        yield Part(texts=tuple(told))


def spec_of(line: Roofline) -> charts.Spec:
    """The drawing of a roofline."""
    spots = [
        charts.Spot(
            label=each.workload, flop_per_byte=each.flop_per_byte, gflop_per_s=each.gflop_per_s
        )
        for each in line.points
    ]
    return charts.roofs(spots, peak_gflop_per_s=line.peak_gflop_per_s, gb_per_s=line.gb_per_s)
