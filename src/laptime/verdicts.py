"""What results mean, in words that need no knowledge of benchmarks. Pure: summaries in, sentences out.

Four questions, in the order in which somebody asks them: how fast, where does that stand, what holds
it back, and how sure is it. Every sentence names how many results it rests on; what was not measured
is said to be so, with the command that would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from laptime import words
from laptime.frozen import Frozen
from laptime.ranking import Ranking, Standing
from laptime.stats import geometric_mean
from laptime.summary import FEWEST_PROCESSES, Summary, is_sound

ALIKE = 0.05
"""Times that differ by less are called alike."""
_LIMITS = {
    "input": "getting the next batch of images ready (the input)",
    "launch": "the cost of starting many small operations, not their arithmetic",
    "compute": "arithmetic: it computes about as fast as the device can",
    "memory": "moving numbers to and from memory, not arithmetic",
    "none": "no single thing that was seen",
}


class Finding(Frozen, frozen=True, kw_only=True):
    """An answer to one question."""

    question: str
    sentences: tuple[str, ...]


def headline(summaries: Sequence[Summary], rankings: Sequence[Ranking]) -> str:
    """All of it in one sentence, with the figure of the best known workload."""
    shown = _main(summaries, rankings)
    if shown is None:
        return "Nothing was measured here that has a figure."
    told = f"{shown.workload}: {words.speed(shown)} images a second"
    place = _place(shown, rankings)
    return f"{told}, {place}" if place else told


def findings(summaries: Sequence[Summary], rankings: Sequence[Ranking]) -> tuple[Finding, ...]:
    """Answers to the four questions.

    Args:
        summaries: of the machine that the report is about.
        rankings: in which they stand; rows of other machines of the user's count as other machines.
    """
    found = []
    asked: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("How fast is it?", lambda: _speeds(summaries)),
        ("Where does it stand?", lambda: _standing(summaries, rankings)),
        ("What holds it back?", lambda: _limits(summaries)),
        ("How sure is this?", lambda: _sureness(summaries)),
    )
    for question, answer in asked:
        if sentences := answer():
            found.append(Finding(question=question, sentences=tuple(sentences)))
    return tuple(found)


def _main(summaries: Sequence[Summary], rankings: Sequence[Ranking]) -> Summary | None:
    """Of the sound results the first that stands in a ranking, else the first of all."""
    sound = [s for s in summaries if is_sound(s) and s.samples_per_s]
    ranked = {row.id for ranking in rankings for row in ranking.rows}
    return next((s for s in sound if s.id in ranked), sound[0] if sound else None)


def _place(summary: Summary, rankings: Sequence[Ranking]) -> str | None:
    for ranking in rankings:
        mine = next((row for row in ranking.rows if row.id == summary.id), None)
        theirs = _published(ranking)
        if mine is not None and theirs:
            return _ahead(sum(mine.seconds < row.seconds for row in theirs), len(theirs))
    return None


def _ahead(count: int, every: int) -> str:
    if count == 0:
        return f"slower than all {every} published times"
    if count == every:
        return f"faster than all {every} published times"
    return f"faster than {count} of {every} published times"


def _speeds(summaries: Sequence[Summary]) -> list[str]:
    timed = [s for s in summaries if s.samples_per_s and s.outcome == "ok"]
    if not timed:
        return ["No training came to a figure; the table of results says why."]
    if len(timed) == 1:
        return [_speed(timed[0])]
    workloads = len({s.workload for s in timed})
    of = f"{workloads} workload{'s' if workloads != 1 else ''}"
    told = [f"{len(timed)} results of {of} have figures."]
    whole = [s for s in timed if s.total_s is not None]
    if whole:
        quick = min(whole, key=lambda s: s.total_s or 0.0)
        long = max(whole, key=lambda s: s.total_s or 0.0)
        told.append(
            f"The shortest published training, {quick.workload}, takes {_total(quick)} here; "
            f"the longest, {long.workload}, {_total(long)}."
        )
    return told


def _speed(summary: Summary) -> str:
    told = f"It trains {summary.workload} at {words.speed(summary)} images a second"
    if summary.total_s is None:
        return f"{told}."
    return f"{told}: the whole published training takes {_total(summary)}."


def _total(summary: Summary) -> str:
    """'1 min 16 s (estimated)'."""
    word = "estimated" if summary.total_is_estimate else "measured"
    low, high = summary.total_low_s, summary.total_high_s
    half = None if low is None or high is None else (high - low) / 2
    return f"{words.duration(summary.total_s or 0.0, uncertainty=half)} ({word})"


def _standing(summaries: Sequence[Summary], rankings: Sequence[Ranking]) -> list[str]:
    pairs = _pairs(summaries, rankings)
    if not pairs:
        return ["Nobody published a time of exactly this work that these could be set beside."]
    told = []
    slower = sum(mine < theirs for _, _, mine, theirs in pairs)
    works = len({workload for workload, _, _, _ in pairs})
    of = f"{works} workload{'s' if works != 1 else ''}"
    told.append(f"It is {_ahead(slower, len(pairs))} of {of}.")
    machines: dict[str, dict[str, float]] = {}
    for workload, label, mine, theirs in pairs:
        of_machine = machines.setdefault(label, {})
        of_machine[workload] = max(of_machine.get(workload, 0.0), mine / theirs)
    often = sorted(machines.items(), key=lambda each: -len(each[1]))[:3]
    for label, shares in often:
        told.append(_beside(label, shares))
    return told


def _beside(label: str, shares: dict[str, float]) -> str:
    """`shares`: our time over theirs, by workload."""
    share = geometric_mean(list(shares.values()))
    if len(shares) == 1:
        over = f"on {next(iter(shares))}"
    else:
        over = f"over {len(shares)} workloads (geometric mean)"
    if abs(share - 1) < ALIKE:
        return f"About as fast as the published {label}, {over}."
    if share < 1:
        return f"{words.number(1 / share)} times as fast as the published {label}, {over}."
    return f"The published {label} is {words.number(share)} times as fast, {over}."


def _pairs(
    summaries: Sequence[Summary], rankings: Sequence[Ranking]
) -> list[tuple[str, str, float, float]]:
    """Workload, published machine, our fastest seconds and theirs, in one ranking of each workload."""
    ours = {summary.id for summary in summaries}
    found = []
    first = {ranking.workload: ranking for ranking in reversed(rankings)}
    for ranking in (each for each in rankings if first[each.workload] is each):
        mine = [row.seconds for row in ranking.rows if row.id in ours]
        if mine:
            found += [
                (ranking.workload, row.label, min(mine), row.seconds) for row in _published(ranking)
            ]
    return found


def _published(ranking: Ranking) -> list[Standing]:
    return [row for row in ranking.rows if row.id is None and row.seconds > 0]


def _limits(summaries: Sequence[Summary]) -> list[str]:
    sound = [s for s in summaries if s.samples_per_s]
    if not sound:
        return []
    told = []
    for name, meaning in _LIMITS.items():
        names = list(dict.fromkeys(s.workload for s in sound if s.limit and s.limit.name == name))
        if names:
            told.append(f"{_listed(names)}: {meaning}.")
    unknown = list(dict.fromkeys(s.workload for s in sound if s.limit is None))
    if unknown:
        of = f"Of {_listed(unknown)} it" if told else "It"
        told.append(f"{of} is not known from a quick run: laptime run --profile standard")
    return told


def _sureness(summaries: Sequence[Summary]) -> list[str]:
    if not summaries:
        return []
    told = []
    timed = [s for s in summaries if s.samples_per_s]
    sure = [s for s in timed if s.samples_per_s_low is not None]
    if sure:
        told.append(
            f"{_of(sure, timed)} a 95 % interval, from several fresh processes: measured again, the "
            "figure should fall inside."
        )
    if len(sure) < len(timed):
        rest = [s for s in timed if s not in sure]
        told.append(
            f"{_of(rest, timed)} only the spread within one process behind its ±, which is "
            f"indicative (an interval needs {FEWEST_PROCESSES})."
        )
    lost = [s for s in summaries if s.outcome != "ok"]
    if lost:
        told.append(f"{len(lost)} of {len(summaries)} did not end well; no speed is told of them.")
    unsure = [s for s in summaries if s.flags]
    if unsure:
        kinds = len({flag.name for s in unsure for flag in s.flags})
        told.append(
            f"{len(unsure)} of {len(summaries)} result{'s' if len(summaries) > 1 else ''} "
            f"carr{'y' if len(unsure) > 1 else 'ies'} warnings of {kinds} "
            f"kind{'s' if kinds != 1 else ''}; each stands below, with its remedy."
        )
    elif timed:
        told.append("No warning was raised.")
    return told


def _of(some: Sequence[Summary], every: Sequence[Summary]) -> str:
    """'The figure has', '1 of 3 figures has', '2 of 3 figures have', 'All 3 figures have'."""
    if len(every) == 1:
        return "The figure has"
    if len(some) == len(every):
        return f"All {len(every)} figures have"
    return f"{len(some)} of {len(every)} figures {'has' if len(some) == 1 else 'have'}"


def _listed(names: Sequence[str]) -> str:
    """'a, b and 3 more'."""
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
