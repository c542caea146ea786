"""What `laptime report` is about: which results, what stands beside them, and what else is known."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from laptime import machine
from laptime.cli._answer import answer_of, probed_roofs
from laptime.errors import LaptimeError, StoreError, UsageError
from laptime.index import Entry, opened
from laptime.naming import owner_key
from laptime.ranking import rankings
from laptime.record import Result
from laptime.reports import Answer
from laptime.reproduce import command
from laptime.store import ENDINGS, PROBES, TRAININGS, VIDEOS, Store
from laptime.summary import machine_key


def gathered(names: Sequence[str], *, store: Store, is_for_people: bool) -> Answer:
    """Everything that is to be read.

    Args:
        names: ids, beginnings of ids or paths of results; none for the newest of every workload and
            setup of this machine.
        store: in which they lie.
        is_for_people: with the user's other machines, and the lines that measure it again.

    Raises:
        UnknownNameError: a name that no result has.
        UsageError: there is nothing to report.
        StoreError: the store cannot be read.
    """
    imported = store.imported()
    with opened(store) as index:
        known = index.machines()
        problems = index.problems()
        if names:
            chosen, more = _named(names, store=store)
            problems += [problem for problem in more if problem not in problems]
        else:
            mine = index.newest_of_ways(machine_key(machine.describe()))
            chosen = [store.load(str(store.folder / os.fsdecode(each.file))) for each in mine]
        if not chosen:
            told = "; ".join(["there is nothing to report", *problems])
            raise UsageError(told + _advice(is_empty=not known))
        owners = {owner_key(result.machine, is_imported=result.id in imported) for result in chosen}
        others, more = _other_tests(owners, store=store)
        answer = answer_of(
            chosen, problems=[*problems, *more], probed=probed_roofs(store), others=others
        )
        if not is_for_people:
            return answer
        workloads = {summary.workload for summary in answer.summaries}
        elsewhere = (index.newest_of_ways(owner) for owner in known if owner not in owners)
        beside = [e for found in elsewhere for e in found if e.summary.workload in workloads]
    return _beside(answer, beside)


def _advice(*, is_empty: bool) -> str:
    if is_empty:
        return "; make a result with 'laptime run'"
    return (
        "; no result is of this machine: name some (laptime list results), or make one with "
        "'laptime run'"
    )


def _named(names: Sequence[str], *, store: Store) -> tuple[list[Result], list[str]]:
    """Results by name; what is damaged is a problem, and the rest is told."""
    paths = [store.find(name, (TRAININGS,) if name == "latest" else ENDINGS) for name in names]
    found: list[Result] = []
    problems: list[str] = []
    for path in dict.fromkeys(paths):
        if path.suffix in (PROBES, VIDEOS):
            raise UsageError(
                f"{path.name} is no training; the newest probe and exports of its machine are in the "
                "report by themselves. Alone: laptime show"
            )
        try:
            found.append(store.load(str(path)))
        except StoreError as problem:
            problems.append(str(problem))
    return found, problems


def _beside(answer: Answer, entries: Sequence[Entry]) -> Answer:
    """With the newest of other machines of the same workloads, and what only a whole text has."""
    beside = tuple(replace(each.summary, machine_key=each.owner) for each in entries)
    ranked, _ = rankings((*answer.summaries, *beside))
    return replace(
        answer,
        beside=beside,
        beside_machines={each.owner: each.machine for each in entries},
        rankings=tuple(each for each in ranked if _holds(each.rows, answer)),
        unranked=answer.unranked,
        commands={result.id: command(result) for result in answer.results},
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def _holds(rows: Iterable[Any], answer: Answer) -> bool:
    ours = {summary.id for summary in answer.summaries}
    return any(row.id in ours for row in rows)


def _other_tests(owners: set[str], *, store: Store) -> tuple[dict[str, Any], list[str]]:
    """The newest probe and the newest exports of these machines, and what could not be read."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, read in (("probe", _probe), ("videos", _videos)):
        try:
            content, damaged = read(owners, store)
        except LaptimeError as problem:
            content, damaged = None, [problem]
        problems += [str(problem) for problem in damaged]
        if content is not None:
            found[name] = content
    return found, problems


def _probe(owners: set[str], store: Store) -> tuple[dict[str, Any] | None, Sequence[LaptimeError]]:
    if not store.ids(PROBES):
        return None, []
    from laptime.cli._probing import judged
    from laptime.probes.saved import load_all

    probes, damaged = load_all(store)
    imported = store.imported()
    ours = [
        each
        for each in probes
        if each.outcome == "ok"
        and owner_key(each.machine, is_imported=each.id in imported) in owners
    ]
    return (judged(ours[-1], store=store).content() if ours else None), damaged


def _videos(owners: set[str], store: Store) -> tuple[dict[str, Any] | None, Sequence[LaptimeError]]:
    if not store.ids(VIDEOS):
        return None, []
    from laptime.cli._exporting import Exported
    from laptime.video.record import VideoResult, decode

    results, damaged = store.read_all(VIDEOS, decode)
    imported = store.imported()
    newest: dict[tuple[str, ...], VideoResult] = {}
    for each in results:
        if owner_key(each.machine, is_imported=each.id in imported) in owners:
            newest[each.clip.name, each.setup.codec, each.setup.encoder] = each
    if not newest:
        return None, damaged
    return Exported(tuple(newest.values()), is_named=True).content(), damaged
