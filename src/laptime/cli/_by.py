"""`laptime compare --by machine`, `--by setup` and `--by date`: results of the index, side by side."""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from laptime import naming, registry, words
from laptime.cli._answer import show_overview
from laptime.comparison import Threshold, Verdict, groups, incomparable, judge
from laptime.errors import EXIT_OK, EXIT_THRESHOLD, EXIT_USAGE, UsageError
from laptime.history import Course, Dated, Step, courses, facts_of, way
from laptime.index import EVER, Between, Entry, Index, opened
from laptime.reports import Line, Overview, Part
from laptime.store import open_store
from laptime.summary import Summary, machine_key

SHOWN = 12
"""Results of a history, unless a date is given from which on all are shown."""
MANY = 2_000
"""So many unread records take a while, and it is said."""
LONGEST_PROBLEM = 300


class Asked(NamedTuple):
    """Which results, compared how."""

    by: str
    patterns: tuple[str, ...] = ()
    """Names or globs of workloads; none for all."""
    machine: str | None = None
    """Name of a machine; None for this one, and for all of them by machine."""
    baseline: str | None = None
    """Name of the machine or setup that the others are compared with; None for the fastest."""
    when: Between = EVER
    threshold: Threshold | None = None


class Found(NamedTuple):
    """What the index told."""

    entries: list[Entry]
    """By machine or setup the best of each; of a history all that are shown, oldest first."""
    left_out: dict[tuple[str, ...], int]
    """Of a history: workload and way -> older results that are not shown."""
    names: dict[str, str]
    """Of every machine in the store, by its key."""
    key: str | None
    """Of the one machine that is asked for."""
    problems: list[str]


def compare(asked: Asked, *, report: str) -> int:
    """Print an overview; the exit code.

    Raises:
        UnknownNameError: no such workload, machine, setup or report.
        UsageError: there is no such result yet.
        StoreError: the store cannot be read.
    """
    with opened(open_store(), tell=tell) as index:
        found = _found(index, asked)
    complain(found.problems)
    if not found.entries:
        raise UsageError(nothing(asked, found))
    if asked.by == "date":
        steps = courses([_dated(entry) for entry in found.entries])
        parts = [_course(each, found) for each in steps]
        crossed, code = _gate(steps, asked.threshold)
    else:
        parts = _machines(found, asked) if asked.by == "machine" else _setups(found, asked)
        crossed, code = (), EXIT_OK
    overview = Overview(
        by=asked.by,
        machine=found.names[found.key] if found.key else None,
        parts=tuple(parts),
        problems=tuple(found.problems),
        crossed=crossed,
    )
    show_overview(overview, report=report)
    return code


def tell(count: int) -> None:
    """Say that many records have to be read first."""
    if count >= MANY:
        print(
            f"laptime: reading {count:,} results into the index; the next time it will be there",
            file=sys.stderr,
        )


def complain(problems: Sequence[str]) -> None:
    """Name on stderr what could not be read, one line each."""
    for problem in problems:
        print(f"laptime: {words.cut(problem, LONGEST_PROBLEM)}", file=sys.stderr)


def between(since: str | None, until: str | None) -> Between:
    """The times that two dates mean, both days included, in UTC.

    Args:
        since: '2026-11-22', or with a time of day.
        until: the same.

    Raises:
        UsageError: one is no date, or nothing lies between them.
    """
    found = Between(
        since_s=_moment(since).timestamp() if since is not None else EVER.since_s,
        until_s=_moment(until, is_end=True).timestamp() if until is not None else EVER.until_s,
    )
    if found.since_s > found.until_s:
        raise UsageError(f"nothing lies between --since {since} and --until {until}; swap them")
    return found


def _moment(text: str, *, is_end: bool = False) -> datetime:
    try:
        day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        return day + timedelta(days=1, microseconds=-1) if is_end else day
    except (ValueError, OverflowError):
        pass
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{words.cut(text)}' is no date; write one as 2026-11-22") from None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def nothing(asked: Asked, found: Found) -> str:
    """That there is no such result, and how to make one."""
    whose = f"of {found.names.get(found.key, 'this machine')}" if found.key else "stored"
    which = f" is of {' '.join(asked.patterns)}" if asked.patterns else " yet"
    dated = " between these dates" if asked.when != EVER else ""
    return f"no result {whose}{which}{dated}; make some with: laptime run"


def _found(index: Index, asked: Asked) -> Found:
    """Everything that is shown, in one look at the index."""
    names = naming.names_of(index.machines())
    key = None if asked.by == "machine" else key_asked(asked.machine, names)
    left_out: dict[tuple[str, ...], int] = {}
    if key is None:
        entries = index.best_of_machines(asked.when)
    elif asked.by != "date":
        entries = index.best_of_ways(key, asked.when)
    else:
        entries, most = [], -1 if asked.when.since_s != EVER.since_s else SHOWN
        for members, count in index.last_of_ways(key, asked.when, most=most):
            entries += members
            left_out[way(members[0].summary)] = count - len(members)
    return Found(of_workloads(entries, asked.patterns), left_out, names, key, index.problems())


def of_workloads(entries: Sequence[Entry], patterns: Sequence[str]) -> list[Entry]:
    """Those of some workloads, also of such as only somebody else has.

    Args:
        entries: of any workloads.
        patterns: names or globs; none for all.

    Raises:
        UnknownNameError: one matches neither a result nor a workload.
    """
    if not patterns:
        return list(entries)
    stored = {entry.summary.workload for entry in entries}
    wanted: set[str] = set()
    for pattern in patterns:
        wanted |= set(fnmatch.filter(stored, pattern)) or set(
            registry.select("workloads", [pattern])
        )
    return [entry for entry in entries if entry.summary.workload in wanted]


def key_asked(name: str | None, names: dict[str, str]) -> str:
    """The key of a machine by its name; of this one without a name.

    Raises:
        UnknownNameError: none is called so.
        UsageError: several are.
    """
    if name is None or name == naming.HERE:
        from laptime import machine  # opens psutil, which only this needs

        return machine_key(machine.describe())
    return naming.key_of(name, names)


def _machines(found: Found, asked: Asked) -> list[Part]:
    """A part for each workload: the best of every machine, the fastest first."""
    key = naming.key_of(asked.baseline, found.names) if asked.baseline else None
    summaries = [replace(entry.summary, machine_key=entry.owner) for entry in found.entries]
    first = [each for each in summaries if each.machine_key == key]
    return _parts(summaries, first=first, labels=found.names, by="machine")


def _setups(found: Found, asked: Asked) -> list[Part]:
    """A part for each workload, engine and device: the best of every setup and precision."""
    parts = []
    ours = [entry.summary for entry in found.entries]
    baselines = {summary.setup for summary in ours}
    if asked.baseline is not None and asked.baseline not in baselines:
        raise UsageError(
            f"no result has the setup '{words.cut(asked.baseline)}'; "
            f"there are: {', '.join(sorted(map(words.cut, baselines)))}"
        )
    for engine, device in dict.fromkeys((each.engine, each.device) for each in ours):
        members = [each for each in ours if (each.engine, each.device) == (engine, device)]
        first = [each for each in members if each.setup == asked.baseline]
        parts += _parts(members, first=first, labels={}, by="setup", trained=f"{engine} {device}")
    return sorted(parts, key=lambda part: part.workload)


def _parts(
    summaries: Sequence[Summary],
    *,
    first: Sequence[Summary],
    labels: dict[str, str],
    by: str,
    trained: str | None = None,
) -> list[Part]:
    """A part for each workload, compared with the one of `first`, else with the fastest."""
    parts = []
    for group in groups(summaries):
        ranked = [summary for summary, _ in group.ranked]
        base = next((each for each in first if each.workload == group.workload), None)
        is_unlike = base is not None and base not in ranked
        base = base or (ranked[0] if ranked else None)
        judged: list[tuple[Summary, Verdict | None]] = [
            (each, None if each == base or base is None else judge(base, each)) for each in ranked
        ]
        judged += [
            (each, None if each == base else _apart(base, each, reason, is_unlike=is_unlike))
            for each, reason in group.apart
        ]
        lines = [
            Line(
                label=_label(each, labels, by=by),
                summary=each,
                verdict=verdict,
                against=base.id if base and verdict else None,
            )
            for each, verdict in judged
        ]
        parts.append(Part(workload=group.workload, way=trained, lines=tuple(lines)))
    return parts


def _apart(base: Summary | None, other: Summary, reason: str, *, is_unlike: bool) -> Verdict:
    """What did not stand among the ranked; beside a baseline of other work it may yet be equal."""
    if is_unlike and base is not None:
        found = judge(base, other)
        return found if found.comparable else incomparable(other, found.reason or reason)
    return incomparable(other, reason)


def _label(summary: Summary, names: dict[str, str], *, by: str) -> str:
    if by == "machine":
        return names[summary.machine_key]
    is_plain = summary.precision == "float32"
    return summary.setup if is_plain else f"{summary.setup} {summary.precision}"


def _dated(entry: Entry) -> Dated:
    facts = facts_of(entry.summary, machine=entry.machine, setup=entry.setup, laptime=entry.laptime)
    return Dated(summary=entry.summary, facts=facts)


def _course(course: Course, found: Found) -> Part:
    summary = course.last.after.summary
    return Part(
        workload=course.workload,
        way=words.way(summary),
        lines=tuple(map(_step, course.steps)),
        left_out=found.left_out.get(way(summary), 0),
    )


def _step(step: Step) -> Line:
    summary = step.after.summary
    return Line(
        label=summary.created[:16].replace("T", " "),
        summary=summary,
        verdict=step.verdict,
        against=step.before.summary.id if step.before else None,
        changes=step.changes,
    )


def _gate(found: Sequence[Course], threshold: Threshold | None) -> tuple[tuple[str, ...], int]:
    """The newest of each course against the one before it: ids beyond the threshold, and the code."""
    if threshold is None:
        return (), EXIT_OK
    last = [course.last.verdict for course in found]
    crossed = tuple(each.id for each in last if each and threshold.is_crossed(each))
    if crossed:
        return crossed, EXIT_THRESHOLD
    is_known = all(verdict is not None and verdict.comparable for verdict in last)
    return (), EXIT_OK if is_known else EXIT_USAGE
