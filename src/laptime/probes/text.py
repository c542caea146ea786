"""A probe for people: the scores, then a table for each way in which it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from laptime import words
from laptime.layout import Row as Line
from laptime.layout import Screen, Writer
from laptime.probes.comparing import KindCompared, ProbesCompared, ScoreCompared
from laptime.probes.record import Probe, Row
from laptime.probes.scores import Score
from laptime.probes.table import KINDS, Unit, is_smaller_better, kind_of
from laptime.summary import Flag

if TYPE_CHECKING:
    from laptime.published import Published

UNITS: dict[Unit, str] = {
    "gflop_per_s": "GFLOP/s",
    "gb_per_s": "GB/s",
    "latency_us": "us",
    "images_per_s": "images/s",
}
TITLES = {"single_core": "single core", "multi_core": "multi core", "accelerator": "accelerator"}
THREADS = {"one": "one core", "all": "all cores"}


def render(
    probe: Probe,
    *,
    scores: Sequence[Score],
    flags: Sequence[Flag],
    published: Sequence[Published] = (),
    screen: Screen,
) -> str:
    """Everything, on a screen of any width; other people's ratios below."""
    out = Writer(screen)
    out.say(words.machine(probe.machine), hang=2)
    for device, threads in _ways(probe):
        rows = [row for row in probe.rows if (row.device, row.threads) == (device, threads)]
        _table(out, _heading(probe, device, threads), rows)
    if probe.rows:
        out.blank()
        out.say(
            "Each figure is that of the fastest trial; ± by how much the median one was slower. In "
            "parentheses: the other engines.",
            style="dim",
        )
    _failures(out, probe.rows)
    _libraries(out, probe)
    _scores(out, probe, scores)
    for flag in flags:
        measured = f" ({flag.measured})" if flag.measured else ""
        out.say(f"! {flag.sentence.rstrip('.')}{measured}. {flag.remedy}", style="yellow", hang=2)
    if scores:
        _published(out, published)
    return out.text()


def _published(out: Writer, published: Sequence[Published]) -> None:
    """Ratios between two machines in another program: what one may expect of two scores at most."""
    if not published:
        return
    out.blank()
    for row in published:
        title = row.workload.replace("-", " ")
        out.say(
            f"{title}, grade {row.grade}: {row.machine}, {row.chip}, is {row.value:g} times "
            f"{row.base} ('{row.printed}')",
            style="dim",
            hang=2,
        )
    out.say(
        "Geekbench is another program: for orientation only, and only ratio beside ratio.",
        style="dim",
    )


def _ways(probe: Probe) -> list[tuple[str, str]]:
    return list(dict.fromkeys((row.device, row.threads) for row in probe.rows))


def _heading(probe: Probe, device: str, threads: str) -> str:
    if device == "cpu":
        return f"processor, {THREADS[threads]}"
    name = probe.device_names.get(device)
    return f"{device} ({name})" if name else device


def _table(out: Writer, heading: str, rows: Sequence[Row]) -> None:
    lines = []
    for kind in KINDS:
        for precision in kind.precisions:
            found = [
                row
                for row in rows
                if (row.kind, row.precision) == (kind.name, precision) and row.outcome == "ok"
            ]
            if found:
                found.sort(key=_value, reverse=not is_smaller_better(kind.unit))
                title = kind.title if precision == "float32" else f"{kind.title} {precision}"
                best, *others = found
                told = [f"{row.engine} {_number(row)}" for row in others]
                lines.append(
                    Line(
                        [
                            [title],
                            [f"{_number(best)} {UNITS[kind.unit]}"],
                            [_spread(best)],
                            [best.engine],
                            [f"({', '.join(told)})"] if told else [""],
                        ]
                    )
                )
    if lines:
        out.blank()
        out.table((heading, "best", "±", "by", ""), lines, right=(1,))


def _value(row: Row) -> float:
    return row.value or 0.0


def _number(row: Row) -> str:
    value = _value(row)
    return words.number(value, uncertainty=None if row.spread is None else row.spread * value)


def _spread(row: Row) -> str:
    return "one trial" if row.spread is None else words.percent(row.spread)


def _failures(out: Writer, rows: Sequence[Row]) -> None:
    """Engine by engine: the same reason once, with the kinds it is of."""
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        if row.outcome not in ("ok", "unsupported"):
            told = f"{row.outcome}: {row.message}"
            reasons.setdefault((row.engine, told), {})[row.kind] = None
    if reasons:
        out.blank()
    for (engine, told), kinds in reasons.items():
        out.say(f"{engine}: {', '.join(kinds)}: {told}", style="red", hang=2)


def _libraries(out: Writer, probe: Probe) -> None:
    """What was found for linear algebra, for each engine that multiplies matrices."""
    multiplying = {row.engine for row in probe.rows if row.kind == "matmul" and row.value}
    found = {
        f"{each.engine}: {each.name} {each.version or ''} for {each.architecture or 'any'}": None
        for each in probe.libraries
        if each.api == "blas" and each.engine in multiplying
    }
    if found:
        out.blank()
        out.flow("Linear algebra: ", list(found), separator="; ", style="dim")


def _scores(out: Writer, probe: Probe, scores: Sequence[Score]) -> None:
    out.blank()
    if probe.outcome == "interrupted":
        out.say("Interrupted: no scores.")
        return
    for each in scores:
        title = TITLES[each.name]
        if each.score is not None:
            share = each.spread
            told = words.number(
                each.score, uncertainty=None if share is None else share * each.score
            )
            spread = f" ± {words.percent(share)}" if share is not None else " (one round)"
            out.say(f"{title}: {told}{spread}, of {each.kinds} kinds", style="bold")
        elif each.name != "accelerator" or _has_accelerator(probe):
            out.say(f"{title}: no score; missing: {', '.join(each.missing)}", hang=2)


def _has_accelerator(probe: Probe) -> bool:
    return any(row.device != "cpu" for row in probe.rows)


SCORE_HEADINGS = ("score", "baseline", "it", "ratio", "by its rounds", "verdict")
KIND_HEADINGS = ("kernel", "baseline", "it", "", "ratio", "by")


def render_comparison(compared: Sequence[ProbesCompared], *, baseline: str, screen: Screen) -> str:
    """Each probe beside the baseline: scores, then every kernel in every place.

    Args:
        compared: all with the same baseline.
        baseline: its id.
        screen: of any width.
    """
    out = Writer(screen)
    out.say(f"Baseline {baseline}", style="bold", hang=2)
    for each in compared:
        out.blank()
        out.say(each.id, style="bold", hang=2)
        if each.reason:
            out.say(f"not comparable: {each.reason}", style="yellow", hang=2)
        if each.notes:
            out.say("; ".join(each.notes), style="dim", hang=2)
        if each.scores:
            out.table(SCORE_HEADINGS, list(map(_score_line, each.scores)), right=(1, 2, 3))
        for place in dict.fromkeys(kind.place for kind in each.kinds):
            out.blank()
            lines = [_kind_line(kind) for kind in each.kinds if kind.place == place]
            out.table((place, *KIND_HEADINGS[1:]), lines, right=(1, 2, 4))
    return out.text()


def _score_line(each: ScoreCompared) -> Line:
    shown, band = words.ratio(each.speed_ratio, each.ratio_low, each.ratio_high)
    figures = [words.number(each.baseline), words.number(each.score), shown, band, each.verdict]
    return Line([[TITLES[each.name]], *([figure] for figure in figures)])


def _kind_line(each: KindCompared) -> Line:
    title = kind_of(each.kind).title
    title = title if each.precision == "float32" else f"{title} {each.precision}"
    engines = list(dict.fromkeys((each.baseline_engine, each.engine)))
    figures = [words.number(each.baseline), words.number(each.value), UNITS[each.unit]]
    return Line(
        [
            [title],
            *([figure] for figure in figures),
            [f"{each.speed_ratio:.2f}"],
            [", then ".join(engines)],
        ]
    )
