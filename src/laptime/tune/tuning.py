"""One workload tuned in real workers, and what came of it, row by row."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import psutil

from laptime.datasets import Found
from laptime.engines import Option
from laptime.record import Machine
from laptime.runner import plan, setups
from laptime.runner.parent import HELD_SHARE
from laptime.tune.field import Field
from laptime.tune.ladder import Rung
from laptime.tune.ratios import Ratio
from laptime.tune.search import Final, Search
from laptime.tune.space import Candidate, Key, Space, setting
from laptime.tune.winners import Winner
from laptime.tune.worker import Worker

MOST_HELD = 8
START_SHARE = 0.125
"""Of the budget, that one start may take, compilation included ..."""
START_LIMIT_S = 30.0
"""... but never less than this."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A workload to be tuned."""

    workload: str
    device: str
    """'auto' for each engine's own choice."""
    precisions: tuple[str, ...]
    spaces: tuple[Space, ...]
    """Engines by preference."""
    found: Found | None
    """Where the real data lies; None for the synthetic twin."""
    subset: int | None = None
    """Files of a photo twin at most."""
    batch_size: int | None = None
    """None for the published one; any other is other work."""
    weights: str | None = None
    """File of the pretrained weights; None for random ones."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One setup that was tried."""

    workload: str
    batch_size: int | None
    """None for the published one."""
    engine: str
    device: str
    precision: str
    setup: str
    """'tuned + threads=one'."""
    options: dict[str, Option]
    samples_per_s: float | None
    """The machine's drift during the search taken out; None where it was not measured."""
    ratio_to_plain: float | None
    """To its engine's first setup in the first precision."""
    learned: bool | None
    """None where it was not judged, or not trained for long enough to tell."""
    outcome: str
    reason: str | None
    is_winner: bool
    """Of its precision."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the ladder."""

    workload: str
    batch_size: int | None
    engine: str
    device: str
    precision: str
    setup: str
    changes: tuple[str, ...]
    """'threads=one', since the step before; none for the first."""
    samples_per_s: float
    """Median of the rounds."""
    gain: Ratio | None
    """Over the step before; None for the first."""
    to_plain: Ratio | None
    """Over the first."""
    lines: dict[str, str]
    """Change -> what does the same in a script of one's own, for those that have it."""


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """What tuning a workload came to."""

    task: Task
    rows: tuple[Row, ...]
    ladder: tuple[Step, ...]
    finals: tuple[Final, ...]
    versions: dict[str, dict[str, str]]
    """Engine -> versions that its workers told."""
    winners: tuple[Winner, ...]
    """To be remembered: each engine's best of every precision that came to its final."""
    interrupted: bool


def tune(
    task: Task, *, machine: Machine, budget_s: float, today: str, tell: Callable[[str], None]
) -> Tuned:
    """Search, for about `budget_s`; Ctrl-C ends it and keeps what is known.

    Args:
        task: what is tuned.
        machine: where.
        budget_s: kept to about one start.
        today: ISO date, for what is remembered.
        tell: told what goes on, a line each.
    """
    limit_s = max(START_LIMIT_S, START_SHARE * budget_s)
    field = Field(
        lambda candidate: Worker(_item(task, candidate), machine=machine, limit_s=limit_s),
        now_s=time.monotonic,
        tell=tell,
    )
    search = Search(
        field,
        spaces=task.spaces,
        precisions=task.precisions,
        capacity=_capacity(task, machine),
        now_s=time.monotonic,
        budget_s=budget_s,
    )
    search.execute()
    return _told(task, search, today=today)


def _item(task: Task, candidate: Candidate) -> plan.Item:
    return plan.Item(
        workload=task.workload,
        engine=candidate.engine,
        device=task.device,
        precision=candidate.precision,
        setup=candidate.setup,
        options=candidate.options,
        found=task.found,
        subset=task.subset,
        batch_size=task.batch_size,
        weights=task.weights,
    )


def _capacity(task: Task, machine: Machine) -> int:
    """Workers that memory holds at once; a comparison needs two, whatever the memory."""
    space = task.spaces[0]
    need = plan.need_bytes(_item(task, space.named(space.first, task.precisions[0])))
    available = psutil.virtual_memory().available
    available = min(available, machine.memory_limit_bytes or available)
    return max(2, min(MOST_HELD, int(HELD_SHARE * available / need)))


def _told(task: Task, search: Search, *, today: str) -> Tuned:
    field = search.field
    winners = {final.key for final in search.finals}
    spaces = {space.engine: space for space in task.spaces}
    keys = sorted(field.candidates, key=lambda key: -(field.speed(key) or 0.0))
    rows = tuple(_row(task, field, spaces[key[0]], key, winners) for key in keys)
    return Tuned(
        task=task,
        rows=rows,
        ladder=tuple(_step(task, field, rung) for rung in search.ladder),
        finals=tuple(search.finals),
        versions={key[0]: told.versions for key, told in field.standings.items() if told.versions},
        winners=_winners(task, search, today=today),
        interrupted=search.interrupted,
    )


def _row(task: Task, field: Field, space: Space, key: Key, winners: set[Key]) -> Row:
    candidate, standing = field.candidates[key], field.standings[key]
    speed = field.speed(key)
    plain = field.speed(space.named(space.first, task.precisions[0]).key)
    return Row(
        workload=task.workload,
        batch_size=task.batch_size,
        engine=candidate.engine,
        device=standing.device or task.device,
        precision=candidate.precision,
        setup=candidate.name,
        options=candidate.options,
        samples_per_s=speed,
        ratio_to_plain=speed / plain if speed and plain else None,
        learned=field.standings[field.identity(key)].learned,
        outcome=standing.outcome,
        reason=standing.reason,
        is_winner=key in winners,
    )


def _step(task: Task, field: Field, rung: Rung) -> Step:
    candidate = field.candidates[rung.key]
    return Step(
        workload=task.workload,
        batch_size=task.batch_size,
        engine=candidate.engine,
        device=field.standings[rung.key].device or task.device,
        precision=candidate.precision,
        setup=candidate.name,
        changes=tuple(setting(name, value) for name, value in rung.changes.items()),
        samples_per_s=rung.samples_per_s,
        gain=rung.gain,
        to_plain=rung.to_plain,
        lines=setups.lines(candidate.engine, rung.changes),
    )


def _winners(task: Task, search: Search, *, today: str) -> tuple[Winner, ...]:
    """Each engine's best; the overall one is what the final said, however close it was."""
    field, found = search.field, []
    for final in search.finals:
        precision = final.key[1]
        best = [field.best(space.engine, precision) for space in task.spaces]
        others = [key for key in best if key is not None and key[0] != final.key[0]]
        found += [_winner(task, field, key, today=today) for key in others]
        found.append(_winner(task, field, final.key, today=today))
    return tuple(found)


def _winner(task: Task, field: Field, key: Key, *, today: str) -> Winner:
    candidate, standing = field.candidates[key], field.standings[key]
    return Winner(
        workload=task.workload,
        batch_size=task.batch_size,
        engine=candidate.engine,
        asked=task.device,
        device=standing.device or task.device,
        precision=candidate.precision,
        setup=candidate.name,
        options=candidate.options,
        samples_per_s=field.speeds()[key],
        versions=standing.versions,
        found=today,
    )
