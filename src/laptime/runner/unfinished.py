"""What a run still has to do, beside its results: so that it can go on after whatever ended it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psutil

from laptime.errors import RecordError, StoreError, UnknownNameError, UsageError
from laptime.record import Process, Profile, Result
from laptime.runner.plan import LADDER, Item, Plan, smaller
from laptime.store import Store

FORMAT = 1
SAME_START_S = 1.0
"""The start of one process is told so exactly at two times, or better."""
_PREFIX, _ENDING = ".unfinished-", ".plan"


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """A run that has begun."""

    format: int
    run: str
    """Its name, which its results bear."""
    began: str
    """UTC, ISO 8601."""
    plan: Plan
    results: tuple[str, ...]
    """Ids of those that are saved."""
    spent_s: float = 0.0
    """Of a budget."""
    owner: tuple[int, float] | None = None
    """Number of the process that runs it, and when that was started: a number alone is given again."""

    @property
    def age_s(self) -> float:
        """Seconds since it began, by the calendar."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.began)).total_seconds()

    @property
    def is_going_on(self) -> bool:
        """Whether another process runs it just now."""
        if self.owner is None or self.owner[0] == os.getpid():
            return False
        with contextlib.suppress(psutil.Error):
            return abs(psutil.Process(self.owner[0]).create_time() - self.owner[1]) < SAME_START_S
        return False


def this_process() -> tuple[int, float]:
    """As an owner."""
    return os.getpid(), psutil.Process().create_time()


def write(store: Store, unfinished: Unfinished) -> None:
    """Write it, whole or not at all.

    Raises:
        StoreError: it could not be written.
    """
    store.write_beside(_name(unfinished.run), msgspec.json.encode(unfinished))


def remove(store: Store, run: str) -> None:
    """Forget it: the run is done. Harmless where it is not there."""
    (store.folder / _name(run)).unlink(missing_ok=True)


def newest(store: Store) -> tuple[Unfinished, list[Result]]:
    """The run that was begun last, was not ended and does not go on, and its results so far.

    Raises:
        UsageError: there is none.
        RecordError: it was written by another laptime, or is damaged.
    """
    paths = sorted(store.folder.glob(f"{_PREFIX}*{_ENDING}"), key=lambda path: path.stat().st_mtime)
    if not paths:
        raise UsageError("no run was left unfinished here; start one with 'laptime run'")
    found = next((each for each in map(_read, reversed(paths)) if not each.is_going_on), None)
    if found is None:
        raise UsageError("the run that was begun here is still going on; wait for it, or stop it")
    results = []
    for name in found.results:
        try:
            results.append(store.load(name))
        except (StoreError, UnknownNameError):  # damaged or deleted since: it is measured again
            continue
    return found, results


def processes_done(item: Item, results: Sequence[Result], plan: Plan) -> int:
    """How many processes of an item need not be run again."""
    return sum(
        _is_final(process, result, plan)
        for result in results
        if is_of(result, item, plan.profile)
        for process in result.processes
    )


def _is_final(process: Process, result: Result, plan: Plan) -> bool:
    """Whether it is not to be run again: neither as it was nor with a smaller batch."""
    if process.outcome == "oom" and plan.fallback and (result.work.batch_size or 0) > min(LADDER):
        return False
    return process.outcome != "interrupted"


def as_left(item: Item, results: Sequence[Result], plan: Plan) -> Item:
    """The item with the batch at which memory was enough, or was tried last."""
    sizes = [r.work.batch_size or 0 for r in results if is_of(r, item, plan.profile)]
    while plan.fallback and sizes and (next_one := smaller(item)) is not None:
        if (next_one.batch_size or 0) < min(sizes):
            break
        item = next_one
    return item


def is_of(result: Result, item: Item, profile: Profile) -> bool:
    """Whether a result is of this item: in its own profile, not of a look beside it."""
    setup = result.setup
    return (
        result.profile == profile
        and (result.work.workload, setup.engine, setup.precision, setup.name)
        == (item.workload, item.engine, item.precision, item.setup)
        and item.device in ("auto", setup.device)
        and (item.batch_size is None or item.batch_size == result.work.batch_size)
    )


def _name(run: str) -> str:
    return f"{_PREFIX}{run}{_ENDING}"


def _read(path: Path) -> Unfinished:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Unfinished)
    except (msgspec.DecodeError, OSError) as error:
        raise RecordError(
            f"{path.name} cannot be read ({error}); delete it and run the workloads again"
        ) from error
    if found.format != FORMAT:
        raise RecordError(
            f"{path.name} is of another laptime (format {found.format}); delete it and run again"
        )
    return found
