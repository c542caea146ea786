"""An overview in words and a drawing of its intervals; terminal and markdown lay them out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from laptime import words
from laptime.history import Change
from laptime.reports import Line, Overview, Part
from laptime.reports._standings import band_kind

CHART = 21
"""Columns of a drawing; the middle one is 1."""
LEAST_SPAN = math.log(1.05)
"""A drawing reaches at least 5 % either way, so that noise does not look like a difference."""
MOST_NOTE = 300
MOST_CHANGES = 8


class Told(msgspec.Struct, frozen=True):
    """A line in words."""

    label: str
    speed: str
    ratio: str
    band: str
    chart: str
    verdict: str
    changed: str | None
    """What is not the same any more as in the result that it is compared with."""
    note: str | None


def title(overview: Overview) -> str:
    """What is compared."""
    name = f" of {overview.machine}" if overview.machine else ""
    return {"machine": "Machines", "setup": f"Setups{name}", "date": f"History{name}"}[overview.by]


def heading(part: Part) -> str:
    """The workload, and how it was trained where that is the same for all."""
    return ", ".join(words.cut(name) for name in (part.workload, part.way) if name)


def headings(overview: Overview, part: Part) -> tuple[str, ...]:
    """Of the columns of `cells`."""
    verdicts = [line.verdict for line in part.lines if line.verdict]
    scale = f"{words.number(1 / reach(part))}x .. 1 .. {words.number(reach(part))}x"
    return (overview.by, "images/s", "ratio", band_kind(verdicts), scale, "verdict")


def told(overview: Overview, part: Part) -> list[Told]:
    """Every line of a part in words."""
    span = reach(part)
    return [_told(overview, line, span=span) for line in part.lines]


def legend(overview: Overview) -> str:
    """What the ratios are of."""
    if overview.by == "date":
        return (
            "ratio: images/s over those of the last sound result before it. What changed since that "
            "one stands with it; that it is the cause is not said."
        )
    return "ratio: images/s over those of the line without one, same work only."


def left_out(part: Part) -> str | None:
    """What is not shown of it, and how it is."""
    if not part.left_out:
        return None
    return f"{part.left_out:,} older not shown; all of them: --since with a date"


def reach(part: Part) -> float:
    """The ratio at the right end of the drawings of a part; one over it is at the left end."""
    ends = [
        abs(math.log(end))
        for line in part.lines
        if line.verdict
        for end in (line.verdict.speed_ratio, line.verdict.ratio_low, line.verdict.ratio_high)
        if end and end > 0 and math.isfinite(end)
    ]
    return math.exp(min(max([LEAST_SPAN, *ends]), 50.0))


def chart(line: Line, *, span: float) -> str:
    """A dot for the ratio, a line for its interval, and '│' for 1; nothing where there is none."""
    found = line.verdict
    if found is None or found.speed_ratio is None or found.speed_ratio <= 0:
        return ""
    drawn = [" "] * CHART
    low, high = found.ratio_low, found.ratio_high
    if low is not None and high is not None:
        for place in range(_place(low, span), _place(high, span) + 1):
            drawn[place] = "─"
    drawn[CHART // 2] = "│"
    drawn[_place(found.speed_ratio, span)] = "●"
    return "".join(drawn)


def changed(changes: Sequence[Change]) -> str | None:
    """'python 3.11.7 → 3.12.1; option threads 8 → 4'."""
    if not changes:
        return None
    parts = [
        f"{words.cut(each.name)} {words.cut(each.before)} → {words.cut(each.after)}"
        for each in changes[:MOST_CHANGES]
    ]
    more = len(changes) - MOST_CHANGES
    return "; ".join([*parts, *([f"and {more} more"] if more > 0 else [])])


def _told(overview: Overview, line: Line, *, span: float) -> Told:
    found = line.verdict
    ratio, band = ("", "")
    if found is not None:
        ratio, band = words.ratio(found.speed_ratio, found.ratio_low, found.ratio_high)
    return Told(
        label=words.cut(line.label),
        speed=words.speed(line.summary),
        ratio=ratio,
        band=band,
        chart=chart(line, span=span),
        verdict=found.verdict if found else "",
        changed=changed(line.changes),
        note="; ".join(_notes(overview, line)) or None,
    )


def _notes(overview: Overview, line: Line) -> list[str]:
    """Below a line: what is wrong with it, and the setup where the label does not tell it."""
    notes = []
    if line.summary.id in overview.crossed:
        notes.append("beyond the threshold")
    if line.verdict and line.verdict.reason:
        notes.append(words.cut(line.verdict.reason, MOST_NOTE))
    elif words.failure(line.summary):
        notes.append(words.cut(words.failure(line.summary) or "", MOST_NOTE))
    if overview.by == "machine":
        date = line.summary.created[:10]
        notes.append(words.cut(f"{words.setup(line.summary)}, {date}", MOST_NOTE))
    elif overview.by == "setup":
        notes.append(words.cut(line.summary.created[:10]))
    if line.summary.profile == "quick":
        notes.append("quick")
    if line.verdict and line.verdict.comparable:
        notes += [words.cut(note, MOST_NOTE) for note in line.verdict.notes]
    elif flags := [flag.name for flag in line.summary.flags]:
        notes.append(words.cut(f"flags: {', '.join(flags)}", MOST_NOTE))
    return notes


def _place(ratio: float, span: float) -> int:
    """The column of a ratio; beyond the ends it is the last one."""
    half = CHART // 2
    if ratio <= 0:
        return 0
    return half + round(half * min(1.0, max(-1.0, math.log(ratio) / math.log(span))))
