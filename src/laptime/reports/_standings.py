"""Rows of a ranking or of a group in words; terminal and markdown draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from laptime import words
from laptime.comparison import OTHER_PRECISION, Group, Verdict, is_other_precision, unlike
from laptime.naming import names_of
from laptime.ranking import Ranking, Standing
from laptime.reports import Answer
from laptime.summary import Summary


class Placed(msgspec.Struct, frozen=True):
    """One row of a ranking."""

    figure: str
    """Seconds."""
    grade: str
    """Of a published row; 'est.' or 'meas.' for ours."""
    label: str


def placed(standing: Standing, answer: Answer) -> Placed:
    """A row of a ranking in words."""
    if standing.id is None:
        shown = f"{standing.seconds:,.{1 if standing.seconds >= 10 else 2}f}"
        return Placed(shown, standing.grade or "", standing.label)
    summary = next(s for s in (*answer.summaries, *answer.beside) if s.id == standing.id)
    label = f"{owner(summary, answer)}, {standing.label}"
    band = band_of(standing.seconds, summary)
    if band is None:
        grade = "est." if standing.is_estimate else "meas."
        return Placed(words.number(standing.seconds), grade, label)
    half = (band[1] - band[0]) / 2
    low, high = (words.number(end, uncertainty=half) for end in band)
    shown = words.number(standing.seconds, uncertainty=half)
    return Placed(shown, "est.", f"{label} ({low}-{high})" if low != high else label)


def owner(summary: Summary, answer: Answer) -> str:
    """What one of our own rows is called."""
    if any(flag.name == "fake" for flag in summary.flags):
        return "no machine, a scripted clock"
    if answer.is_fresh:
        return "this machine"
    return machine_name(summary.machine_key, answer)


def machine_name(key: str, answer: Answer) -> str:
    """A machine's name, as `laptime compare` gives it: no two alike."""
    return names_of(answer.machines | answer.beside_machines)[key]


def whole_name(key: str, answer: Answer) -> str:
    """A machine in a line, with its name where another one's line is the same."""
    told = words.machine(answer.machines[key])
    is_shared = sum(words.machine(each) == told for each in answer.machines.values()) > 1
    return f"{told} ({machine_name(key, answer)})" if is_shared else told


def remarks(first: Summary, other: Summary) -> list[str]:
    """What weakens a row beside the first one of its group and is in no column of it."""
    precision = [OTHER_PRECISION] if is_other_precision(other) else []
    hidden = [name for name in unlike(first, other) if name in ("data", "weights", "profile")]
    return [*precision, *([f"other {', '.join(hidden)}"] if hidden else [])]


def touched_name(summary: Summary, summaries: Sequence[Summary]) -> str:
    """The workload; where it was trained in several ways, which of them."""
    ways = {words.way(each) for each in summaries if each.workload == summary.workload}
    return f"{summary.workload} {words.way(summary)}" if len(ways) > 1 else summary.workload


def legend(rankings: Sequence[Ranking]) -> list[str]:
    """Grades that occur."""
    return sorted({row.grade for ranking in rankings for row in ranking.rows if row.grade})


def band_of(seconds: float, summary: Summary) -> tuple[float, float] | None:
    """Around one of our times: the band of the whole run, to scale."""
    low, high, total = summary.total_low_s, summary.total_high_s, summary.total_s
    if low is None or high is None or not total:
        return None
    return seconds * low / total, seconds * high / total


def band_kind(verdicts: Iterable[Verdict]) -> str:
    """What stands beside the ratios of a comparison: '95 % interval' or 'indicative'."""
    known = [verdict.is_interval for verdict in verdicts if verdict.ratio_low is not None]
    return "95 % interval" if known and all(known) else "indicative"


def race_band_kind(found: Iterable[Group]) -> str:
    """The same of a race, in which the first of each workload is only compared with itself."""
    return band_kind(verdict for group in found for _, verdict in group.ranked[1:])
