"""From the name of a setup to a value for each option, and to the variables its worker needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laptime import registry
from laptime.engines import Option
from laptime.errors import UnknownNameError, UsageError
from laptime.runner.available import holds

Options = dict[str, Option]

FIRST = ("plain", "published")
"""Names of an engine's first setup: by a careful user's hand, or as the articles' authors wrote it."""
WORKERS = "pipeline_workers"
AHEAD = "pipeline_ahead"
SUPPLY: Mapping[str, tuple[Option, ...]] = {
    WORKERS: (0, 1, 2, 4, 8),
    AHEAD: (-1, 0, 2, 4),
}
"""Options of what feeds every engine with photos: threads (0 for as many as there are cores) and
batches made ahead (-1 for the device's own choice)."""


def choose_setup(engine: str, setup: str | None) -> str:
    """The setup asked for, or the engine's first: what a user writes first.

    That one is asked for by 'plain' and by 'published' alike, whichever of these the engine calls it.

    Raises:
        UnknownNameError: the engine has no such setup.
    """
    setups = _facts(engine)["SETUPS"]
    if setup is None or (setup in FIRST and setup not in setups):
        return str(next(iter(setups)))
    if setup not in setups:
        raise UnknownNameError(f"setup of {engine}", setup, setups)
    return setup


def all_options(engine: str) -> dict[str, tuple[Option, ...]]:
    """Every option that a worker with this engine has, and the values that are tried by `tune`."""
    return {**_facts(engine)["OPTIONS"], **SUPPLY}


def resolve(engine: str, setup: str, changes: Mapping[str, Option] | None = None) -> Options:
    """A value for each option.

    Args:
        engine: its key.
        setup: one of its setups.
        changes: options that differ from what the setup says.
    """
    values = {name: among[0] for name, among in all_options(engine).items()}
    return {**values, **_facts(engine)["SETUPS"][setup], **(changes or {})}


def read_changes(engine: str, texts: Sequence[str]) -> Options:
    """Understand 'compile=step', as often as it was said.

    Raises:
        UsageError: it is no 'name=value', or no value of that option.
        UnknownNameError: the engine has no such option.
    """
    known, found = all_options(engine), Options()
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"'{text}' sets nothing; write for example 'threads=one'")
        if name not in known:
            raise UnknownNameError(f"option of {engine}", name, known)
        found[name] = _value(name, value, known[name])
    return found


def _value(name: str, text: str, among: Sequence[Option]) -> Option:
    if type(among[0]) is int and text.lstrip("-").isdecimal():
        return int(text)  # any number: a machine may have more cores than we tried
    for value in among:
        if told(value) == text.lower() or value == text:
            return value
    values = ", ".join(map(told, among))
    raise UsageError(f"the option '{name}' has no value '{text}'; it has {values}")


def told(value: Option) -> str:
    """A value as it is written on the command line and in an engine's literals."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def environment(engine: str, options: Mapping[str, Option]) -> dict[str, str]:
    """Variables that a worker with these options must be started with."""
    chosen = {"", *(f"{name}={told(value)}" for name, value in options.items())}
    found: dict[str, str] = {}
    for key, variables in _effective(engine).items():
        if key in chosen:
            found |= variables
    return found


def by_environment(engine: str) -> frozenset[str]:
    """Options that act here through a worker's variables, so that no session tells of them."""
    return frozenset(key.partition("=")[0] for key in _effective(engine) if key)


def _effective(engine: str) -> dict[str, dict[str, str]]:
    """'' or 'option=value' -> variables, without those whose marker is not true of this system."""
    found = {}
    for key, variables in _facts(engine).get("ENVIRONMENT", {}).items():
        choice, _, marker = key.partition(";")
        if not marker or holds(engine, marker.strip()):
            found[choice.strip()] = variables
    return found


def lines(engine: str, options: Mapping[str, Option]) -> dict[str, str]:
    """What a user writes for each option that has a line, by 'name=value'.

    None for what acts through variables that mean nothing on this system.
    """
    given = _facts(engine).get("LINES", {})
    everywhere = {key.partition(";")[0] for key in _facts(engine).get("ENVIRONMENT", {})}
    elsewhere = everywhere - _effective(engine).keys()
    chosen = [f"{name}={told(value)}" for name, value in options.items()]
    chosen = [each for each in chosen if each not in elsewhere]
    return {each: given[each] for each in chosen if each in given}


def _facts(engine: str) -> dict[str, Any]:
    return registry.peek("engines", engine)
