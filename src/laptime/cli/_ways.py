"""In which ways a workload is trained: from the words on the command line to engines and options."""

from __future__ import annotations

from typing import NamedTuple

from laptime.errors import UsageError
from laptime.runner import plan, setups


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
    """The ways in which one workload is trained.

    Raises:
        UnknownNameError: no such engine, device, setup or option.
        EngineUnavailableError: a framework is missing.
        UsageError: a precision or option that cannot be meant; several engines with --set.
    """
    engines = plan.choose_engines(wish.engines)
    if wish.changes and len(engines) > 1:
        raise UsageError("--set changes one engine's options; name that one with --engine")
    return [_way(workload, engine, wish) for engine in engines]


def _way(workload: str, engine: str, wish: Wish) -> Way:
    plan.check_choices(engine, device=wish.device, precision=wish.precision)
    setup = setups.choose_setup(engine, wish.setup)
    changes = setups.read_changes(engine, wish.changes)
    return Way(engine, setup, setups.resolve(engine, setup, changes))
