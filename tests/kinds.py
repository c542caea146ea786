"""Every kind of thing that a record holds."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import msgspec

from laptime.record import Result


def kinds() -> list[type[msgspec.Struct]]:
    """The result and everything that is reached by its fields, each once."""
    found: dict[type[msgspec.Struct], None] = {}
    waiting: list[type[msgspec.Struct]] = [Result]
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found[kind] = None
            waiting += [s for hint in typing.get_type_hints(kind).values() for s in _structs(hint)]
    return list(found)


def _structs(hint: typing.Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for inside in typing.get_args(hint):
        yield from _structs(inside)
