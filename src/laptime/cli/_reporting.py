"""What `laptime report` is about: which results, what stands beside them, and what else is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from laptime import machine
from laptime.checks import summarized
from laptime.cli._answer import answer_of, probed_roofs
from laptime.errors import LaptimeError, StoreError, UsageError
from laptime.ranking import rankings
from laptime.record import Result
from laptime.reports import Answer
from laptime.reproduce import command
from laptime.store import ENDINGS, PROBES, TRAININGS, VIDEOS, Store
from laptime.summary import machine_key

_Way = tuple[str, ...]


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
    every, damaged = store.load_all()
    problems = [str(problem) for problem in damaged]
    if names:
        chosen, more = _named(names, store=store)
        problems += [problem for problem in more if problem not in problems]
    else:
        chosen = _newest(every, {machine_key(machine.describe())})
    if not chosen:
        raise UsageError("; ".join(["there is nothing to report", *problems]) + _advice(every))
    keys = {machine_key(result.machine) for result in chosen}
    others, more = _other_tests(keys, store=store)
    answer = answer_of(
        chosen, problems=[*problems, *more], probed=probed_roofs(store), others=others
    )
    if not is_for_people:
        return answer
    return _beside(answer, every, keys)


def _advice(every: Sequence[Result]) -> str:
    if every:
        return (
            "; no result is of this machine: name some (laptime list results), or make one with "
            "'laptime run'"
        )
    return "; make a result with 'laptime run'"


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


def _newest(every: Iterable[Result], keys: set[str]) -> list[Result]:
    """Of these machines, the newest of each workload, engine, device, setup and precision."""
    found: dict[_Way, Result] = {}
    for result in every:
        key = machine_key(result.machine)
        if key in keys:
            setup = result.setup
            way = setup.engine, setup.device, setup.name, setup.precision
            found[result.work.workload, *way, key] = result
    return [found[way] for way in sorted(found)]


def _beside(answer: Answer, every: Sequence[Result], keys: set[str]) -> Answer:
    """With the newest of other machines of the same workloads, and what only a whole text has."""
    workloads = {summary.workload for summary in answer.summaries}
    elsewhere = {machine_key(result.machine) for result in every} - keys
    theirs = [each for each in _newest(every, elsewhere) if each.work.workload in workloads]
    beside = tuple(map(summarized, theirs))
    ranked, _ = rankings((*answer.summaries, *beside))
    return replace(
        answer,
        beside=beside,
        beside_machines={
            summary.machine_key: result.machine
            for summary, result in zip(beside, theirs, strict=True)
        },
        rankings=tuple(each for each in ranked if _holds(each.rows, answer)),
        unranked=answer.unranked,
        commands={result.id: command(result) for result in answer.results},
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def _holds(rows: Iterable[Any], answer: Answer) -> bool:
    ours = {summary.id for summary in answer.summaries}
    return any(row.id in ours for row in rows)


def _other_tests(keys: set[str], *, store: Store) -> tuple[dict[str, Any], list[str]]:
    """The newest probe and the newest exports of these machines, and what could not be read."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, read in (("probe", _probe), ("videos", _videos)):
        try:
            content, damaged = read(keys, store)
        except LaptimeError as problem:
            content, damaged = None, [problem]
        problems += [str(problem) for problem in damaged]
        if content is not None:
            found[name] = content
    return found, problems


def _probe(keys: set[str], store: Store) -> tuple[dict[str, Any] | None, Sequence[LaptimeError]]:
    if not store.ids(PROBES):
        return None, []
    from laptime.cli._probing import judged
    from laptime.probes.saved import load_all

    probes, damaged = load_all(store)
    ours = [each for each in probes if machine_key(each.machine) in keys and each.outcome == "ok"]
    return (judged(ours[-1], store=store).content() if ours else None), damaged


def _videos(keys: set[str], store: Store) -> tuple[dict[str, Any] | None, Sequence[LaptimeError]]:
    if not store.ids(VIDEOS):
        return None, []
    from laptime.cli._exporting import Exported
    from laptime.video.record import VideoResult, decode

    results, damaged = store.read_all(VIDEOS, decode)
    newest: dict[_Way, VideoResult] = {}
    for each in results:
        if machine_key(each.machine) in keys:
            newest[each.clip.name, each.setup.codec, each.setup.encoder] = each
    if not newest:
        return None, damaged
    return Exported(tuple(newest.values()), is_named=True).content(), damaged
