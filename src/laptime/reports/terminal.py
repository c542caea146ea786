"""The answer on the screen: this machine, its figures, how far to believe them, its rank."""

from __future__ import annotations

from collections.abc import Sequence

from laptime import words
from laptime.compare import Verdict
from laptime.layout import Row, Writer
from laptime.ranking import GRADES, Ranking
from laptime.reports import Answer, Comparison, Screen
from laptime.reports._standings import legend, placed
from laptime.summary import FEWEST_PROCESSES, Flag, Summary

TITLE = "for people, on any width from 60 columns on"

_HEADINGS = ("workload", "images/s", "s/epoch", "published run", "learned (data)")
_COMPARED = ("result", "speed", "indicative", "verdict")
_VERDICT_STYLES = {"faster": "green", "slower": "red", "not comparable": "yellow"}


def render(answer: Answer, *, screen: Screen) -> str:
    """Machine, table, flags, ranks, and what to do next."""
    out = Writer(screen)
    for key, machine in answer.machines.items():
        ours = [summary for summary in answer.summaries if summary.machine_key == key]
        out.say(words.machine(machine), style="bold", hang=2)
        _figures(out, ours)
    if not answer.summaries:
        out.say("No results." if not answer.problems else "Nothing could be measured.")
    _problems(out, answer.problems)
    _flags(out, answer.summaries)
    for before, ranking in zip((None, *answer.rankings), answer.rankings, strict=False):
        if before is None or before.workload != ranking.workload:
            out.say(f"{ranking.workload} among published times", style="bold")
        _ranking(out, ranking, answer)
    _below_rankings(out, answer)
    _next(out, answer)
    return out.text()


def _figures(out: Writer, summaries: Sequence[Summary]) -> None:
    setups = list(dict.fromkeys(words.setup(summary) for summary in summaries))
    for line in setups:
        out.say(line, style="dim", hang=2)
    out.blank()
    failed = sum(summary.outcome != "ok" for summary in summaries)
    if failed:
        out.say(f"{len(summaries) - failed} of {len(summaries)} ok", style="red")
    rows = [_row(summary, is_mixed=len(setups) > 1) for summary in summaries]
    out.table(_HEADINGS, rows, right=(1, 2))
    if any(summary.samples_per_s is not None for summary in summaries):
        out.say(
            f"±: spread of the visits, and what it means for the whole run in parentheses; indicative "
            f"(an interval needs {FEWEST_PROCESSES} processes). s/epoch: training alone. "
            "published run: start-up, every epoch, validation.",
            style="dim",
        )
    out.blank()


def _row(summary: Summary, *, is_mixed: bool) -> Row:
    name = [summary.workload]
    if is_mixed:
        name.append(f"{summary.engine} {summary.device} {summary.setup}")
    failure = words.failure(summary)
    if summary.samples_per_s is None:
        return Row([name], failure or "no figures", "red")
    cells = [
        name,
        [words.speed(summary)],
        [words.per_epoch(summary)],
        words.whole_run(summary),
        words.learned(summary),
    ]
    return Row(cells, failure, "red")


def _problems(out: Writer, problems: Sequence[str]) -> None:
    for problem in problems:
        out.say(f"! {problem}", style="red", hang=2)
    if problems:
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
        if names := _touched(found, len(summaries)):
            out.flow("  ", names, style="dim")
    if touched:
        out.blank()


def _touched(found: Sequence[tuple[Summary, Flag]], of: int) -> list[str]:
    if of == 1:
        return [flag.measured for _, flag in found if flag.measured]
    if len(found) == of and not any(flag.measured for _, flag in found):
        return [f"all {of} results"]
    return [
        f"{summary.workload} ({flag.measured})" if flag.measured else summary.workload
        for summary, flag in found
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
    steps = [f"laptime show {ids[-1]}" if answer.is_fresh else f"laptime show {ids[-1]} --raw"]
    if first.profile == "quick":
        steps.append("laptime run --profile full")
    if first.setup == "plain":
        steps.append("laptime run --setup tuned")
    out.flow("Next: ", steps, separator=" · ")


def render_comparison(comparison: Comparison, *, screen: Screen) -> str:
    """The baseline, then a row for each other result."""
    out = Writer(screen)
    base = comparison.baseline
    out.say(f"{base.workload}, baseline {base.id}", style="bold", hang=2)
    out.say(f"{words.setup(base)}: {words.speed(base)} images/s", style="dim", hang=2)
    out.blank()
    rows = []
    for other, verdict in zip(comparison.others, comparison.verdicts, strict=True):
        note = verdict.reason or "; ".join([words.setup(other), *verdict.notes])
        if other.id in comparison.crossed:
            note = f"beyond the threshold; {note}"
        rows.append(
            Row(_verdict_cells(other, verdict), note, _VERDICT_STYLES.get(verdict.verdict, "dim"))
        )
    out.table(_COMPARED, rows, right=(1,))
    return out.text()


def _verdict_cells(other: Summary, verdict: Verdict) -> list[list[str]]:
    ratio, low, high = verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high
    if ratio is None:
        return [[other.id], ["-"], ["-"], [verdict.verdict]]
    if low is None or high is None:
        return [[other.id], [f"{words.number(ratio)}x"], ["-"], [verdict.verdict]]
    half = (high - low) / 2
    ends = [words.number(end, uncertainty=half) for end in (low, high)]
    shown = words.number(ratio, uncertainty=half)
    return [[other.id], [f"{shown}x"], [f"{ends[0]}-{ends[1]}"], [verdict.verdict]]
