"""Which kind of test a record in the store is of, by the ending of its file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from laptime.errors import StoreError, UsageError
from laptime.store import PROBES, TRAININGS, VIDEOS

if TYPE_CHECKING:
    from pathlib import Path

    from laptime.record import Result
    from laptime.store import Store

_CALLED = {TRAININGS: "a training", PROBES: "a probe", VIDEOS: "a video export"}


def find(names: Sequence[str], *, store: Store) -> tuple[str, list[Path]]:
    """The kind of records, and where they lie.

    Args:
        names: ids, beginnings of ids, paths; 'latest' is the newest training.
        store: in which they lie.

    Raises:
        UnknownNameError: nothing is called so.
        UsageError: several start so, or they are of more than one kind.
        StoreError: the store cannot be read.
    """
    paths = [
        store.find(name, (TRAININGS,) if name == "latest" else tuple(_CALLED)) for name in names
    ]
    kinds = list(
        dict.fromkeys(path.suffix if path.suffix in _CALLED else TRAININGS for path in paths)
    )
    if len(kinds) > 1:
        told = " and ".join(_CALLED[kind] for kind in kinds)
        raise UsageError(f"{told} are different tests; name records of one kind")
    return kinds[0], paths


def load_some(paths: Sequence[Path], *, store: Store) -> tuple[list[Result], StoreError | None]:
    """The trainings that can be read, and the first problem with others; each is told on stderr.

    Raises:
        StoreError: none of them can be read.
    """
    found: list[Result] = []
    problems: list[StoreError] = []
    for path in paths:
        try:
            found.append(store.load(str(path)))
        except StoreError as problem:
            problems.append(problem)
    if problems and not found:
        raise problems[0]
    for each in problems:
        print(f"laptime: {each}", file=sys.stderr)
    return found, problems[0] if problems else None
