"""What the store's results say, kept beside them in one SQLite file, so that no command reads them all.

The index is a copy and never the truth: it is made from the files, and may be deleted at any time. One
look at the folder tells which files are new, changed or gone, and only those are read. An index that is
damaged, or that another version of the code wrote, is made anew; one that is locked or may not be
written is gone round, in memory. None of this ends a command.

Its key is the code itself: a digest of every module that a summary comes from (`COMPUTED_BY`). A
constant to be raised by hand would be forgotten, and a summary of older code served as if it were new.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, NamedTuple

import msgspec

from laptime.index import _tables as tables
from laptime.index._rows import COMPUTED_BY, MERITS, Entry, entry_of
from laptime.index._upkeep import FILE, current, in_memory
from laptime.record import Machine
from laptime.store import TRAININGS, Seen, Store

__all__ = ["COMPUTED_BY", "EVER", "FILE", "Between", "Entry", "Index", "opened"]


class Between(NamedTuple):
    """Times of results, in seconds since 1970. One whose time cannot be read lies at the beginning."""

    since_s: float = -math.inf
    until_s: float = math.inf


EVER = Between()


class Index:
    """The results of a store as they were at one moment. Opened by `opened`.

    Args:
        store: whose results they are.
        files: that its folder held then.
        tell: called with the number of results that have to be read first.
    """

    def __init__(
        self, store: Store, files: Mapping[str, Seen], tell: Callable[[int], None]
    ) -> None:
        self._store, self._files, self._tell = store, files, tell
        self._connection = current(store, files, tell)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def entries(self, most: int = -1) -> Iterator[Entry]:
        """Of every result that can be read, in the order of their files' names: oldest first.

        Args:
            most: only so many, the newest; -1 for all.

        Raises:
            StoreError: a file that the index knows cannot be read any more.
        """
        return (self._entry(name) for (name,) in reversed(self._ask(tables.NEWEST, most)))

    def names(self) -> list[str]:
        """Of their files, without the ending, in the same order."""
        asked = reversed(self._ask(tables.NEWEST, -1))
        return [os.fsdecode(name).removesuffix(TRAININGS) for (name,) in asked]

    def machines(self) -> dict[str, Machine]:
        """Every machine by its key, as its newest result tells it."""
        newest = [self._entry(name) for (name,) in self._ask(tables.MACHINES)]
        return {entry.owner: entry.machine for entry in newest}

    def best_of_machines(self, when: Between = EVER) -> list[Entry]:
        """Of each machine and workload the result to compare it by.

        Sound goes before unsound, published work before other work, float32 before another
        precision, then the most thorough profile, then the newest.
        """
        return self._by_merit(tables.BEST_OF_MACHINES, *when)

    def best_of_ways(self, machine_key: str, when: Between = EVER) -> list[Entry]:
        """Of each workload, engine, device, setup and precision of a machine the same."""
        return self._by_merit(tables.BEST_OF_WAYS, machine_key, *when)

    def newest_of_ways(self, machine_key: str, when: Between = EVER) -> list[Entry]:
        """Of each workload, engine, device, setup and precision of a machine the newest."""
        asked = self._ask(tables.NEWEST_OF_WAYS, machine_key, *when)
        return [self._entry(name) for (name,) in asked]

    def last_of_ways(
        self, machine_key: str, when: Between = EVER, *, most: int
    ) -> list[tuple[list[Entry], int]]:
        """Of each of them the last results, oldest first, and how many there are.

        Args:
            machine_key: of the machine.
            when: in which they were made.
            most: so many of each; -1 for all.
        """
        found = []
        for *way, count in self._ask(tables.WAYS, machine_key, *when):
            names = self._ask(tables.LAST_OF_WAY, machine_key, *way, *when, most)
            found.append(([self._entry(name) for (name,) in reversed(names)], count))
        return found

    def _by_merit(self, asked: str, *given: str | float) -> list[Entry]:
        return [self._entry(merit[MERITS:]) for (merit,) in self._ask(asked, *given)]

    def _entry(self, name: bytes) -> Entry:
        """What is kept of a file; where that is damaged, its file still tells."""
        for (body,) in self._ask(tables.BODY, name):
            with suppress(msgspec.DecodeError):
                return msgspec.msgpack.decode(body, type=Entry)
        file = os.fsdecode(name)
        seen = self._files.get(file)
        is_imported = seen is not None and seen.is_imported
        return entry_of(self._store.folder / file, is_imported=is_imported)

    def problems(self) -> list[str]:
        """What is wrong with the files that cannot be read, one line each."""
        return [line for (line,) in self._ask(tables.PROBLEMS)]

    def _ask(self, asked: str, *given: str | bytes | float) -> list[tuple[Any, ...]]:
        """Rows; where the file turns out to be damaged only now, from the records themselves."""
        try:
            return self._connection.execute(asked, given).fetchall()
        except sqlite3.Error:
            self._connection.close()
            path = self._store.folder / FILE
            with suppress(OSError):
                path.unlink()
            self._connection = in_memory(path, self._store, self._files, self._tell)
            return self._connection.execute(asked, given).fetchall()


@contextmanager
def opened(store: Store, *, tell: Callable[[int], None] | None = None) -> Iterator[Index]:
    """The index of a store, up to date.

    Args:
        store: whose results it holds.
        tell: called with the number of results that have to be read first.

    Raises:
        StoreError: the folder cannot be read.
    """
    with closing(Index(store, store.files(TRAININGS), tell or (lambda _: None))) as index:
        yield index
