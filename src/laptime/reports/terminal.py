"""The answer on the screen: this machine, its figures, how far to believe them, its rank."""

from __future__ import annotations

from collections.abc import Sequence

from laptime import words
from laptime.comparison import Group, groups
from laptime.layout import Row, Writer
from laptime.ranking import GRADES, Ranking
from laptime.reports import Answer, Comparison, Overview, Screen, _overview, _own, _roofline
from laptime.reports._insights import insights
from laptime.reports._standings import (
    band_kind,
    legend,
    placed,
    race_band_kind,
    remarks,
    touched_name,
    whole_name,
)
from laptime.summary import Flag, Summary
from laptime.verdicts import findings

TITLE = "for people, on any width from 60 columns on"

_HEADINGS = ("workload", "images/s", "s/epoch", "published run", "learned (data)")
_RACE_HEADINGS = ("workload", "images/s", "ratio", "published run", "learned (data)")
_VERDICT_STYLES = {"faster": "green", "slower": "red", "not comparable": "yellow"}


def render(answer: Answer, *, screen: Screen) -> str:
    """Machine, table, flags, ranks, and what to do next."""
    out = Writer(screen)
    _verdict(out, answer)
    for key in answer.machines:
        ours = [summary for summary in answer.summaries if summary.machine_key == key]
        out.say(whole_name(key, answer), style="bold", hang=2)
        _figures(out, ours)
    if not answer.summaries:
        out.say("No results." if not answer.problems else "Nothing could be measured.")
    _problems(out, answer.problems)
    _insights(out, answer)
    _rooflines(out, answer)
    _flags(out, answer.summaries)
    for before, ranking in zip((None, *answer.rankings), answer.rankings, strict=False):
        if before is None or before.workload != ranking.workload:
            out.say(f"{ranking.workload} among published times", style="bold")
        _ranking(out, ranking, answer)
    _below_rankings(out, answer)
    _again(out, answer)
    _next(out, answer)
    return out.text()


def _verdict(out: Writer, answer: Answer) -> None:
    """In plain words, above a text that is read by itself."""
    if answer.commands:
        out.say("In plain words", style="bold")
        for found in findings(answer.summaries, answer.rankings):
            out.say(f"{found.question} {' '.join(found.sentences)}", hang=2)
        out.blank()


def _again(out: Writer, answer: Answer) -> None:
    if answer.commands:
        out.say("How to reproduce", style="bold")
        for line in dict.fromkeys(answer.commands.values()):
            out.line((f"  {line}", ""))
        out.blank()


def _figures(out: Writer, summaries: Sequence[Summary]) -> None:
    setups = list(dict.fromkeys(words.setup(summary) for summary in summaries))
    for line in setups:
        out.say(line, style="dim", hang=2)
    out.blank()
    if scripts := [summary for summary in summaries if summary.script is not None]:
        _watched(out, scripts)
        summaries = [summary for summary in summaries if summary.script is None]
    if summaries:
        _trained(out, summaries, is_mixed=len(setups) > 1)


def _watched(out: Writer, summaries: Sequence[Summary]) -> None:
    """The user's own training: nobody else's stands beside it."""
    rows = [Row([[c] for c in _own.cells(s)], words.failure(s), "red") for s in summaries]
    out.table(_own.HEADINGS, rows, right=(1, 2, 3, 4))
    out.say(_own.LEGEND, style="dim")
    for summary in summaries:
        for label, sentence in _own.sentences(summary, is_alone=len(summaries) == 1):
            out.say(f"{label}: {sentence}", hang=2)
    out.blank()


def _trained(out: Writer, summaries: Sequence[Summary], *, is_mixed: bool) -> None:
    failed = sum(summary.outcome != "ok" for summary in summaries)
    if failed:
        out.say(f"{len(summaries) - failed} of {len(summaries)} ok", style="red")
    found = groups(summaries)
    is_race = any(group.is_race for group in found)
    if is_race:
        _races(out, found)
    else:
        rows = [_row(summary, is_mixed=is_mixed) for summary in summaries]
        out.table(_HEADINGS, rows, right=(1, 2))
    if any(summary.samples_per_s is not None for summary in summaries):
        told = (
            f"ratio: images/s over those of the first of the same work, and its {_band(found)}"
            if is_race
            else "s/epoch: training alone"
        )
        out.say(
            f"±: {words.plus_minus(summaries)}. {told}. "
            "published run: start-up, every epoch, validation.",
            style="dim",
        )
    out.blank()


def _band(found: Sequence[Group]) -> str:
    kind = race_band_kind(found)
    return f"{kind} band" if kind == "indicative" else kind


def _races(out: Writer, found: Sequence[Group]) -> None:
    """Every way of training a workload, fastest first; below what cannot stand beside them."""
    ranked = [row for group in found for row in _ranked(group)]
    if ranked:
        out.table(_RACE_HEADINGS, ranked, right=(1,))
    apart = [
        Row(_cells(summary, is_mixed=True), reason, "yellow")
        for group in found
        for summary, reason in group.apart
    ]
    if apart:
        out.say("Apart, since they cannot be compared:", style="bold")
        out.table(_HEADINGS, apart, right=(1, 2))


def _ranked(group: Group) -> list[Row]:
    rows = []
    for summary, verdict in group.ranked:
        name, speed, _, *rest = _cells(summary, is_mixed=True)
        shown, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
        ratio = ["1"] if summary == group.ranked[0][0] else [shown, f"({band})"]
        failure = words.failure(summary)
        notes = [*([failure] if failure else []), *remarks(group.ranked[0][0], summary)]
        style = "red" if failure else "dim"
        rows.append(Row([name, speed, ratio, *rest], "; ".join(notes) or None, style))
    return rows


def _row(summary: Summary, *, is_mixed: bool) -> Row:
    failure = words.failure(summary)
    cells = _cells(summary, is_mixed=is_mixed)
    if summary.samples_per_s is None:
        return Row(cells[:1], failure or "no figures", "red")
    return Row(cells, failure, "red")


def _cells(summary: Summary, *, is_mixed: bool) -> list[list[str]]:
    name = [summary.workload, *([words.way(summary)] if is_mixed else [])]
    if summary.samples_per_s is None:
        return [name]
    return [
        name,
        [words.speed(summary)],
        [words.per_epoch(summary)],
        words.whole_run(summary),
        words.learned(summary),
    ]


def _problems(out: Writer, problems: Sequence[str]) -> None:
    for problem in problems:
        out.say(f"! {problem}", style="red", hang=2)
    if problems:
        out.blank()


def _insights(out: Writer, answer: Answer) -> None:
    said = list(insights(answer.summaries, answer.estimate_checks))
    for label, sentence in said:
        out.say(f"{label}: {sentence}", hang=2)
    if said:
        out.blank()


def _rooflines(out: Writer, answer: Answer) -> None:
    for line in answer.rooflines:
        out.say(_roofline.heading(line), style="bold", hang=2)
        for drawn in _roofline.chart(line, width=out.width):
            out.line((drawn, ""))
        rows = [Row([[cell] for cell in cells]) for cells in _roofline.cells(line)]
        out.table(_roofline.HEADINGS, rows, right=(2, 3, 4))
        out.blank()
    if answer.rooflines:
        out.say(_roofline.LEGEND, style="dim")
        out.blank()


def _flags(out: Writer, summaries: Sequence[Summary]) -> None:
    """Each distinct flag once, with the workloads that it touches."""
    touched: dict[str, list[tuple[Summary, Flag]]] = {}
    for summary in summaries:
        for flag in summary.flags:
            touched.setdefault(flag.name, []).append((summary, flag))
    for found in touched.values():
        flag = found[0][1]
        out.say(f"! {flag.sentence} {flag.remedy}", style="yellow", hang=2)
        if names := _touched(found, summaries):
            out.flow("  ", names, style="dim")
    if touched:
        out.blank()


def _touched(found: Sequence[tuple[Summary, Flag]], all_of: Sequence[Summary]) -> list[str]:
    if len(all_of) == 1:
        return [flag.measured for _, flag in found if flag.measured]
    if len(found) == len(all_of) and not any(flag.measured for _, flag in found):
        return [f"all {len(all_of)} results"]
    names = [touched_name(summary, all_of) for summary, _ in found]
    return [
        f"{name} ({flag.measured})" if flag.measured else name
        for name, (_, flag) in zip(names, found, strict=True)
    ]


def _ranking(out: Writer, ranking: Ranking, answer: Answer) -> None:
    out.say(ranking.quantity, style="dim")
    lines = [placed(standing, answer) for standing in ranking.rows]
    figures = _aligned([line.figure for line in lines])
    figure = len(figures[0])
    longest = max(standing.seconds for standing in ranking.rows)
    bar = min(24, out.width - (figure + 4 + 8) - max(len(line.label) for line in lines))
    for shown, line, standing in zip(figures, lines, ranking.rows, strict=True):
        drawn = "█" * max(1, round(bar * standing.seconds / longest)) if bar >= 4 else ""
        style = "cyan" if standing.id else ""
        marker = "▶" if standing.id else " "
        head = f"{marker} {shown}  {line.grade.ljust(5)} "
        if len(head) + len(line.label) <= out.width:
            room = out.width - len(head) - bar - 1 if drawn else 0
            label = line.label.ljust(room) if room > 0 else line.label
            out.line((head + label, style), (f" {drawn}", style or "dim"))
        else:
            out.say(head + line.label, style=style, hang=len(head))
    out.blank()


def _aligned(figures: Sequence[str]) -> list[str]:
    """Figures of equal length, one decimal point under the other."""
    parts = [figure.partition(".") for figure in figures]
    before = max(len(whole) for whole, _, _ in parts)
    after = max(len(point + rest) for _, point, rest in parts)
    return [whole.rjust(before) + (point + rest).ljust(after) for whole, point, rest in parts]


def _below_rankings(out: Writer, answer: Answer) -> None:
    grades = legend(answer.rankings)
    if grades:
        out.say("; ".join(f"{grade}: {GRADES[grade]}" for grade in grades), style="dim")
    reasons: dict[str, list[str]] = {}
    for left_out in answer.unranked:
        reasons.setdefault(left_out.reason, []).append(left_out.workload)
    for reason, workloads in reasons.items():
        out.say(f"{', '.join(workloads)}: {reason}.", style="dim", hang=2)
    if answer.unranked or answer.rankings:
        out.say("Sources, ratios and ranks: laptime list published", style="dim")
        out.blank()


def _next(out: Writer, answer: Answer) -> None:
    if not answer.summaries:
        return
    ids = words.short([summary.id for summary in answer.summaries])
    if answer.is_fresh:
        out.flow("Saved: ", ids)
    first = answer.summaries[0]
    ways = {words.way(summary) for summary in answer.summaries}
    steps = [f"laptime show {ids[-1]}" if answer.is_fresh else f"laptime show {ids[-1]} --raw"]
    if first.profile == "quick":
        steps.append("laptime run --profile standard")
    if first.script is not None:
        steps.append("laptime list results")
    elif all(summary.setup != "tuned" for summary in answer.summaries):
        steps.append("laptime run --setup tuned")
    if len(ways) > 1:
        steps.append("laptime compare --by engine")
    out.flow("Next: ", steps, separator=" · ")


def render_comparison(comparison: Comparison, *, screen: Screen) -> str:
    """The baseline, then a row for each other result."""
    out = Writer(screen)
    base = comparison.baseline
    out.say(f"{base.workload}, baseline {base.id}", style="bold", hang=2)
    out.say(f"{words.setup(base)}: {words.speed(base)} {_own.noun(base)}/s", style="dim", hang=2)
    out.blank()
    rows = []
    headings = ("result", "speed", band_kind(comparison.verdicts), "verdict")
    for other, verdict in zip(comparison.others, comparison.verdicts, strict=True):
        note = verdict.reason or "; ".join([words.setup(other), *verdict.notes])
        if other.id in comparison.crossed:
            note = f"beyond the threshold; {note}"
        shown, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
        cells = [[other.id], [shown], [band], [verdict.verdict]]
        rows.append(Row(cells, note, _VERDICT_STYLES.get(verdict.verdict, "dim")))
    out.table(headings, rows, right=(1,))
    return out.text()


def render_overview(overview: Overview, *, screen: Screen) -> str:
    """A table for each part, with its intervals drawn around 1."""
    out = Writer(screen)
    out.say(_overview.title(overview), style="bold", hang=2)
    out.say(_overview.legend(overview), style="dim", hang=2)
    out.blank()
    for part in overview.parts:
        out.say(_overview.heading(part), style="bold", hang=2)
        rows = [_overviewed(each) for each in _overview.told(overview, part)]
        out.table(_overview.headings(overview, part), rows, right=(1, 2))
        if left := _overview.left_out(part):
            out.say(left, style="dim")
        out.blank()
    return out.text()


def _overviewed(told: _overview.Told) -> Row:
    """What changed, the figures, and what weakens them."""
    cells = (told.label, told.speed, told.ratio, told.band, told.chart, told.verdict)
    return Row(
        [[cell] for cell in cells],
        told.note,
        _VERDICT_STYLES.get(told.verdict, "dim"),
        f"changed: {told.changed}" if told.changed else None,
    )
