"""Which results are comparable, and how they differ."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from laptime.errors import UsageError
from laptime.frozen import Frozen
from laptime.stats import Ratio, paired_ratio, t_quantile_975, verdict, welch_ratio, widened
from laptime.summary import FEWEST_PROCESSES, Summary, is_sound

NOT_OF_SPEED = ("partial_validation", "random_weights")
"""Flags that leave the speed alone."""
MARGIN = 0.02
"""Speeds that differ by less than this are the same."""
PROVED_PRECISION = "float32"
OTHER_PRECISION = "same recipe, other precision"


class Verdict(Frozen, frozen=True, kw_only=True):
    """How one result compares with the baseline."""

    id: str
    comparable: bool
    verdict: str
    """'faster', 'slower', 'same', 'undecided' or 'not comparable'."""
    reason: str | None
    """Why they cannot be compared; None where they can."""
    speed_ratio: float | None
    """Images/s over the baseline's: 1.2 is 20 % faster."""
    ratio_low: float | None
    ratio_high: float | None
    """Widened by what the machine itself drifted between them."""
    is_interval: bool
    """Whether it is a 95 % interval between the processes of both; else a band from the visits of one
    process each, which is indicative only."""
    notes: tuple[str, ...]
    """What differs beside the speed, and what weakens the comparison."""


class Group(Frozen, frozen=True, kw_only=True):
    """Results of one workload, however it was trained: those of the same work, and all others."""

    workload: str
    ranked: tuple[tuple[Summary, Verdict], ...]
    """Equal work that was learned, fastest first, each compared with the first; other precisions than
    float32 below, since they are the same recipe and not the same arithmetic."""
    apart: tuple[tuple[Summary, str], ...]
    """What cannot stand beside these, and why."""

    @property
    def is_race(self) -> bool:
        """Whether there is more than one way of training in it."""
        members = [summary for summary, _ in (*self.ranked, *self.apart)]
        return len({(s.engine, s.device, s.setup, s.precision) for s in members}) > 1


class Banded(Protocol):
    """A ratio of speeds with its band."""

    @property
    def ratio_low(self) -> float | None:
        """Its lower end; None where there is no band."""

    @property
    def ratio_high(self) -> float | None:
        """Its upper end."""


class Threshold(Frozen, frozen=True, kw_only=True):
    """A change that somebody does not want: 'slower by 5%'."""

    direction: str
    """'slower' or 'faster'."""
    share: float

    def is_crossed(self, found: Banded) -> bool:
        """Whether the whole indicative band lies beyond; without a band nothing is ever crossed."""
        if found.ratio_low is None or found.ratio_high is None:
            return False
        if self.direction == "slower":
            return found.ratio_high < 1 - self.share
        return found.ratio_low > 1 + self.share


def read_threshold(text: str) -> Threshold:
    """Understand 'slower by 5%'.

    Raises:
        UsageError: it says something else.
    """
    match = re.fullmatch(r"\s*(slower|faster)\s+by\s+(\d+(?:\.\d+)?)\s*%\s*", text)
    if match is None or (match[1] == "slower" and float(match[2]) >= 100):
        raise UsageError(f"'{text}' is no threshold; write for example 'slower by 5%'")
    return Threshold(direction=match[1], share=float(match[2]) / 100)


def groups(summaries: Sequence[Summary]) -> tuple[Group, ...]:
    """A group for each workload, in the order in which they are met.

    Of different works of one workload's name the published one is ranked, or that of most results.
    """
    return tuple(
        _group(workload, [summary for summary in summaries if summary.workload == workload])
        for workload in dict.fromkeys(summary.workload for summary in summaries)
    )


def _group(workload: str, ours: Sequence[Summary]) -> Group:
    sound = [summary for summary in ours if _unfit(summary, "it") is None]
    if not sound:
        return Group(
            workload=workload, ranked=(), apart=tuple((s, _unfit(s, "it") or "") for s in ours)
        )
    counts = Counter(summary.work_key for summary in sound)
    key = max(sound, key=lambda s: (not s.deviations, counts[s.work_key])).work_key
    alike = [summary for summary in sound if summary.work_key == key]
    alike.sort(key=lambda s: (is_other_precision(s), -(s.samples_per_s or 0.0)))
    left = [summary for summary in ours if summary not in alike]
    return Group(
        workload=workload,
        ranked=tuple((summary, judge(alike[0], summary)) for summary in alike),
        apart=tuple((summary, _why_apart(alike[0], summary)) for summary in left),
    )


def _why_apart(first: Summary, other: Summary) -> str:
    unfit = _unfit(other, "it")
    return unfit or "; ".join(other.deviations) or _incomparable(first, other) or ""


def is_other_precision(summary: Summary) -> bool:
    """Whether it is the same recipe in another precision than the one in which work is proved equal."""
    return summary.precision != PROVED_PRECISION


def judge(baseline: Summary, other: Summary) -> Verdict:
    """How one result compares with a baseline; only equal work is compared."""
    reason = _incomparable(baseline, other)
    if reason or baseline.samples_per_s is None or other.samples_per_s is None:
        return incomparable(other, reason or "one of them has no speed")
    low: float | None
    high: float | None
    interval = _interval(baseline, other)
    if interval:
        ratio, low, high = interval
    else:
        ratio = other.samples_per_s / baseline.samples_per_s
        low, high = _band(ratio, baseline, other)
    return Verdict(
        id=other.id,
        comparable=True,
        verdict="same"
        if baseline == other
        else verdict(ratio, low, high, margin=MARGIN, is_interval=interval is not None),
        reason=None,
        speed_ratio=ratio,
        ratio_low=low,
        ratio_high=high,
        is_interval=interval is not None,
        notes=tuple(_notes(baseline, other, low)),
    )


def incomparable(summary: Summary, reason: str) -> Verdict:
    """What is said of a result that cannot stand beside others.

    Args:
        summary: of the result.
        reason: why not.
    """
    return Verdict(
        id=summary.id,
        comparable=False,
        verdict="not comparable",
        reason=reason,
        speed_ratio=None,
        ratio_low=None,
        ratio_high=None,
        is_interval=False,
        notes=(),
    )


def _unfit(summary: Summary, which: str) -> str | None:
    """Why its speed says nothing; None where it does."""
    told = f": {summary.message}" if summary.message else ""
    if summary.learned is False:
        return f"{which} did not learn{told}"
    if not is_sound(summary) or not summary.samples_per_s:
        return f"{which} ended with '{summary.outcome}'{told}"
    return None


def _incomparable(baseline: Summary, other: Summary) -> str | None:
    for summary, which in ((baseline, "the baseline"), (other, "it")):
        if unfit := _unfit(summary, which):
            return unfit
    if baseline.workload != other.workload:
        return f"another workload: {other.workload}, not {baseline.workload}"
    if baseline.work_key != other.work_key:
        return "the same workload's name with other work (batch, epochs, data size or network)"
    return None


def _interval(baseline: Summary, other: Summary) -> Ratio | None:
    """Between the processes of both; None for too few.

    Those that ran beside each other are paired, and what the machine did to both is gone. Others are
    compared by Welch's t, and the machine's own drift between them widens it.
    """
    pairs = _pairs(baseline, other)
    if len(pairs) >= FEWEST_PROCESSES:
        return paired_ratio([ours for ours, _ in pairs], [theirs for _, theirs in pairs])
    if min(len(baseline.process_speeds), len(other.process_speeds)) < FEWEST_PROCESSES:
        return None
    found = welch_ratio(other.process_speeds, baseline.process_speeds)
    return widened(found, log_shift=math.log(_machine_ratio(baseline, other) or 1.0))


def _pairs(baseline: Summary, other: Summary) -> list[tuple[float, float]]:
    """Speeds of the other and the baseline, of processes that were visited in turns."""
    if baseline.run is None or baseline.run != other.run:
        return []
    theirs = dict(zip(baseline.process_seeds, baseline.process_speeds, strict=True))
    ours = zip(other.process_seeds, other.process_speeds, strict=True)
    return [(speed, theirs[seed]) for seed, speed in ours if seed in theirs]


def _band(
    ratio: float, baseline: Summary, other: Summary
) -> tuple[float, float] | tuple[None, None]:
    """Ends of the ratio: Student's t over the visits of both (Welch), and the machine's own drift."""
    if baseline.spread is None or other.spread is None:
        return None, None
    first, second = (baseline.spread**2 / baseline.visits, other.spread**2 / other.visits)
    variance = first + second
    half = abs(math.log(_machine_ratio(baseline, other) or 1.0))
    if variance:
        degrees = variance**2 / (first**2 / (baseline.visits - 1) + second**2 / (other.visits - 1))
        half += t_quantile_975(max(1.0, degrees)) * math.sqrt(variance)
    return ratio * math.exp(-half), ratio * math.exp(half)


def _machine_ratio(baseline: Summary, other: Summary) -> float | None:
    """How much faster the reference loop ran beside the other; None between two machines."""
    before, after = baseline.reference_gflop_per_s, other.reference_gflop_per_s
    if baseline.machine_key != other.machine_key or not before or not after:
        return None
    return after / before


def unlike(baseline: Summary, other: Summary) -> list[str]:
    """In what two results differ, beside their speed, by name."""
    differing = {
        "machine": baseline.machine_key != other.machine_key,
        "engine": baseline.engine != other.engine,
        "version": baseline.engine == other.engine and baseline.versions != other.versions,
        "device": (baseline.device, baseline.device_name) != (other.device, other.device_name),
        "precision": baseline.precision != other.precision,
        "setup": baseline.setup != other.setup,
        "profile": baseline.profile != other.profile,
        "data": baseline.data != other.data,
        "weights": baseline.weights != other.weights,
    }
    names = [name for name, differs in differing.items() if differs]
    if not names and baseline.setup_key != other.setup_key:
        names = ["options of the setup"]
    return names


def _notes(baseline: Summary, other: Summary, low: float | None) -> list[str]:
    if baseline == other:
        return ["the baseline itself"]
    names = unlike(baseline, other)
    notes = [f"they differ in {', '.join(names)}"] if names else ["the same setup, run twice"]
    if "precision" in names:
        notes.append(OTHER_PRECISION)
    machine = _machine_ratio(baseline, other)
    if machine is not None and abs(machine - 1) > MARGIN:
        notes.append(
            f"the machine itself was {100 * abs(machine - 1):.0f} % "
            f"{'faster' if machine > 1 else 'slower'} beside it, by the reference loop"
        )
    for summary, which in ((baseline, "the baseline"), (other, "it")):
        if names := [flag.name for flag in summary.flags if flag.name not in NOT_OF_SPEED]:
            notes.append(f"flags of {which}: {', '.join(names)}")
    if low is None:
        notes.append("undecided: a spread needs two visits or more of each")
    counts = sorted({len(baseline.process_speeds), len(other.process_speeds)})
    told = " and ".join(map(str, counts))
    if counts[0] >= FEWEST_PROCESSES:
        notes.append(f"95 % interval between {told} processes{' each' if len(counts) == 1 else ''}")
    elif counts == [1]:
        notes.append(f"one process each: indicative, an interval needs {FEWEST_PROCESSES}")
    else:
        notes.append(f"{told} processes: indicative, an interval needs {FEWEST_PROCESSES} of each")
    return notes
