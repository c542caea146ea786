"""Tables to paste into an issue or a forum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from laptime import plain, words
from laptime.comparison import Group, Verdict, groups
from laptime.layout import LONGEST
from laptime.reports import Answer, Comparison, Overview, Screen, _overview, _own, _roofline
from laptime.reports._insights import insights
from laptime.reports._standings import (
    band_kind,
    placed,
    race_band_kind,
    remarks,
    touched_name,
    whole_name,
)
from laptime.summary import Summary
from laptime.verdicts import findings

TITLE = "tables to paste into an issue"

_HEADINGS = ("workload", "setup", "images/s", "s/epoch", "published run", "learned (data)")
_RACE_HEADINGS = ("workload", "setup", "images/s", "ratio", "published run", "learned (data)")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")


def render(answer: Answer, *, screen: Screen) -> str:  # noqa: ARG001 - markdown has no width
    """Machine, figures, flags and ranks."""
    lines = list(_verdict(answer))
    for key in answer.machines:
        ours = [summary for summary in answer.summaries if summary.machine_key == key]
        lines += [f"**{_safe(whole_name(key, answer))}**", ""]
        lines += [f"- {_safe(line)}" for line in dict.fromkeys(map(words.setup, ours))]
        own = [summary for summary in ours if summary.script is not None]
        others = [summary for summary in ours if summary.script is None]
        lines += ["", *(_figures(others) if others else []), ""]
        if own:
            lines += [*_table(_own.HEADINGS, map(_own.cells, own)), "", _own.LEGEND, ""]
            told = [each for s in own for each in _own.sentences(s, is_alone=len(own) == 1)]
            lines += [f"- **{_safe(label)}**: {_safe(sentence)}" for label, sentence in told]
    lines += [f"- {_safe(problem)}" for problem in answer.problems]
    said = insights(answer.summaries, answer.estimate_checks)
    lines += [f"- **{_safe(label)}**: {_safe(sentence)}" for label, sentence in said]
    lines += _flags(answer.summaries)
    for line in answer.rooflines:
        lines += ["", _safe(_roofline.heading(line)), "", "```text"]
        lines += [*_roofline.chart(line, width=_roofline.MOST_WIDTH), "```", ""]
        lines += [*_table(_roofline.HEADINGS, _roofline.cells(line)), "", _roofline.LEGEND]
    for ranking in answer.rankings:
        rows = [placed(standing, answer) for standing in ranking.rows]
        lines += ["", f"{_safe(ranking.workload)}: {_safe(ranking.quantity)}", ""]
        lines += _table(
            ("seconds", "machine", "grade"), ((row.figure, row.label, row.grade) for row in rows)
        )
    lines += ["", *(f"{_safe(u.workload)}: {_safe(u.reason)}.  " for u in answer.unranked)]
    lines += _again(answer)
    return "\n".join(lines).strip() + "\n" if answer.summaries or lines[1:] else "No results.\n"


def _verdict(answer: Answer) -> Iterator[str]:
    """In plain words, above a text that is read by itself."""
    if answer.commands:
        yield from ("**In plain words**", "")
        for found in findings(answer.summaries, answer.rankings):
            yield f"- **{_safe(found.question)}** {_safe(' '.join(found.sentences))}"
        yield ""


def _again(answer: Answer) -> Iterator[str]:
    if answer.commands:
        yield from ("", "**How to reproduce**", "", "```sh")
        yield from (plain.cut(line, LONGEST) for line in dict.fromkeys(answer.commands.values()))
        yield from ("```", "")
        for name in answer.commands:
            yield f"- raw blocks: `laptime show --raw {plain.cut(name, LONGEST).replace('`', '')}`"
        if answer.made:
            yield from ("", f"Put together {answer.made}.")


def _figures(summaries: Sequence[Summary]) -> list[str]:
    found = groups(summaries)
    told = f"±: {words.plus_minus(summaries)}."
    if not any(group.is_race for group in found):
        return [*_table(_HEADINGS, map(_cells, summaries)), "", told]
    ranked = [_ranked(group, *each) for group in found for each in group.ranked]
    apart = [(*_cells(s)[:2], reason) for group in found for s, reason in group.apart]
    lines = _table(_RACE_HEADINGS, ranked) if ranked else []
    if apart:
        lines += ["", "Apart, since they cannot be compared:", ""]
        lines += _table(("workload", "setup", "why"), apart)
    told = (
        f"{told} ratio: images/s over those of the first of the same work, {race_band_kind(found)}."
    )
    return [*lines, "", told]


def _ranked(group: Group, summary: Summary, verdict: Verdict) -> Sequence[str]:
    workload, setup, speed, _, *rest = _cells(summary)
    first = group.ranked[0][0]
    told = remarks(first, summary)
    shown, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
    ratio = "1" if summary == first else f"{shown} ({band})"
    setup = f"{setup} ({'; '.join(told)})" if told else setup
    return workload, setup, speed, ratio, *rest


def _cells(summary: Summary) -> Sequence[str]:
    setup = words.way(summary)
    failure = words.failure(summary)
    if summary.samples_per_s is None:
        return summary.workload, setup, "-", "-", failure or "-", "-"
    run = " ".join(words.whole_run(summary))
    learned = " ".join(words.learned(summary))
    return (
        summary.workload,
        setup,
        words.speed(summary),
        words.per_epoch(summary),
        f"{run}; {failure}" if failure else run,
        learned,
    )


def _flags(summaries: Sequence[Summary]) -> list[str]:
    touched: dict[tuple[str, str], list[str]] = {}
    for summary in summaries:
        for flag in summary.flags:
            figure = f" ({flag.measured})" if flag.measured else ""
            touched.setdefault((flag.sentence, flag.remedy), []).append(
                touched_name(summary, summaries) + figure
            )
    return [
        f"- {_safe(sentence)} {_safe(remedy)} ({_safe(', '.join(names))})"
        for (sentence, remedy), names in touched.items()
    ]


def render_comparison(comparison: Comparison, *, screen: Screen) -> str:  # noqa: ARG001 - the same
    """One row for each other result."""
    base = comparison.baseline
    head = (
        f"{base.workload}, baseline: {words.setup(base)}, {words.speed(base)} {_own.noun(base)}/s"
    )
    rows = []
    for other, verdict in zip(comparison.others, comparison.verdicts, strict=True):
        ratio, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
        why = verdict.reason or "; ".join(verdict.notes)
        rows.append((words.setup(other), words.speed(other), ratio, band, verdict.verdict, why))
    table = _table(
        ("result", "images/s", "speed", band_kind(comparison.verdicts), "verdict", "notes"), rows
    )
    return "\n".join([_safe(head), "", *table]) + "\n"


def render_overview(overview: Overview, *, screen: Screen) -> str:  # noqa: ARG001 - the same
    """A table for each part, and below it what changed."""
    lines = [f"**{_safe(_overview.title(overview))}**", ""]
    for part in overview.parts:
        by, speed, ratio, band, _, verdict = _overview.headings(overview, part)
        head = [by, speed, ratio, band, verdict, "notes"]
        told = _overview.told(overview, part)
        rows = [
            [each.label, each.speed, each.ratio, each.band, each.verdict, each.note or ""]
            for each in told
        ]
        if overview.by == "date":  # what changed stands before what moved
            head.insert(1, "changed")
            for row, each in zip(rows, told, strict=True):
                row.insert(1, each.changed or "")
        table = _table(head, rows)
        lines += [_safe(_overview.heading(part)), "", *table, ""]
        lines += [f"{_safe(left)}.", ""] if (left := _overview.left_out(part)) else []
    return "\n".join([*lines, _safe(_overview.legend(overview))]) + "\n"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [headings, ["---"] * len(headings), *([_safe(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _safe(text: str) -> str:
    """Text that markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", plain.cut(text, LONGEST))
