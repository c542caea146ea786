"""In which ways a workload is trained: from the words on the command line to engines and options."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from laptime import machine
from laptime.errors import RecordError, UsageError
from laptime.runner import plan, setups
from laptime.store import open_store
from laptime.summary import machine_key
from laptime.tune.winners import Winner, Winners, fastest

TUNED = "tuned"
"""The setup that means what was found here, where something was."""


class Wish(NamedTuple):
    """What was said on the command line; nothing of it checked."""

    engines: tuple[str, ...]
    device: str
    precision: str
    setup: str | None
    changes: tuple[str, ...]


class Way(NamedTuple):
    """An engine and how it is used."""

    engine: str
    setup: str
    options: setups.Options


def ways_of(workload: str, wish: Wish) -> list[Way]:
    """The ways in which one workload is trained; says on stderr where one was found by `tune`.

    Raises:
        UnknownNameError: no such engine, device, setup or option.
        EngineUnavailableError: a framework is missing.
        UsageError: a precision or option that cannot be meant; several engines with --set.
        StoreError: what `tune` found cannot be read.
    """
    if plan.ALL in wish.engines:
        engines = plan.choose_able(
            wish.engines, device=wish.device, precision=wish.precision, tell=say_once
        )
    else:
        engines = plan.choose_engines(wish.engines)
    if wish.changes and len(engines) > 1:
        raise UsageError("--set changes one engine's options; name that one with --engine")
    if wish.setup == TUNED and not wish.engines:
        best = _found(workload, wish, plan.choose_engines([plan.ALL]))
        engines = [best.engine] if best else engines
    return [_way(workload, engine, wish) for engine in engines]


def winners_here() -> Winners:
    """What `tune` found on this machine."""
    return Winners(open_store().folder, machine_key=machine_key(machine.describe()))


def _way(workload: str, engine: str, wish: Wish) -> Way:
    plan.check_choices(engine, device=wish.device, precision=wish.precision)
    setup = setups.choose_setup(engine, wish.setup)
    changes = setups.read_changes(engine, wish.changes)
    found = _found(workload, wish, [engine]) if wish.setup == TUNED else None
    name = " + ".join([setup, *(f"{key}={setups.told(value)}" for key, value in changes.items())])
    if found is None:
        return Way(engine, name, setups.resolve(engine, setup, changes))
    say_once(f"{workload}: tuned: as found by laptime tune on {found.found} ({found.setup})")
    return Way(engine, name, setups.resolve(engine, setup, {**found.options, **changes}))


def _found(workload: str, wish: Wish, engines: Sequence[str]) -> Winner | None:
    """The fastest that is remembered of these engines."""
    return fastest(
        remembered(engines),
        workload=workload,
        device=wish.device,
        precision=wish.precision,
        engines=engines,
    )


def remembered(engines: Sequence[str]) -> list[Winner]:
    """All that `tune` found of these engines on this machine and that can still be used."""
    try:
        winners = winners_here().read()
    except RecordError as problem:
        say_once(f"laptime: {problem}; until then 'tuned' is each engine's own")
        return []
    return [winner for winner in winners if winner.engine in engines and _is_usable(winner)]


def _is_usable(winner: Winner) -> bool:
    """Whether the engine still has exactly these options: another laptime may have found it."""
    known = setups.all_options(winner.engine)
    is_same = known.keys() == winner.options.keys()
    if not is_same:
        say_once(
            f"{winner.workload}: {winner.engine} has other options than when it was tuned on "
            f"{winner.found}; run 'laptime tune {winner.workload}' again"
        )
    return is_same


@cache
def say_once(line: str) -> None:
    """On stderr; the same of several workloads once."""
    print(line, file=sys.stderr)
