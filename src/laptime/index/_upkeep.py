"""The file of the index: brought up to date, made anew where it is damaged, or gone round."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from laptime.index import _tables as tables
from laptime.index._rows import code, row
from laptime.store import Seen, Store

FILE = ".index.sqlite"
LOCKED_S = 2.0
"""So long is waited for another process that writes."""
AT_ONCE = 1_000
"""Results in a transaction. Each is whole by itself, so what was read before a Ctrl-C is kept."""
PAGE_BYTES = 16_384
"""An entry has some 2,500 bytes: of the usual pages each would fill one."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


def current(
    store: Store, files: Mapping[str, Seen], tell: Callable[[int], None]
) -> sqlite3.Connection:
    """A connection in whose snapshot everything stands: on disk, on disk anew, or in memory."""
    path = store.folder / FILE
    for _ in range(2 if files else 0):  # a store without results gets no index
        connection: sqlite3.Connection | None = None
        try:
            _touch(path)
            connection = _connected(path)
            _bring_up(connection, store, files, tell)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF not in _DAMAGED:
                break
            with suppress(OSError):
                path.unlink()
        else:
            return connection
    return in_memory(path, store, files, tell)


def _touch(path: Path) -> None:
    """Make it as the records are made: for its owner alone."""
    with suppress(OSError):  # SQLite will tell
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))


def _connected(path: Path | str) -> sqlite3.Connection:
    """Autocommit: every transaction is begun by hand."""
    connection = sqlite3.connect(path, timeout=LOCKED_S, isolation_level=None, uri=True)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a file that is made now
    return connection


def in_memory(
    path: Path, store: Store, files: Mapping[str, Seen], tell: Callable[[int], None]
) -> sqlite3.Connection:
    """Without writing anything; what the file on disk already knows is taken from there."""
    connection = _connected(":memory:")
    _make(connection)
    if files:
        with suppress(sqlite3.Error):  # it cannot be read either: then every record is
            connection.execute("ATTACH ? AS disk", (f"{path.absolute().as_uri()}?mode=ro",))
            with _transaction(connection):
                if connection.execute("SELECT code FROM disk.state").fetchall() == [(code(),)]:
                    connection.execute("INSERT INTO files SELECT * FROM disk.files")
                    connection.execute("INSERT INTO bodies SELECT * FROM disk.bodies")
    _bring_up(connection, store, files, tell)
    return connection


def _bring_up(
    connection: sqlite3.Connection,
    store: Store,
    files: Mapping[str, Seen],
    tell: Callable[[int], None],
) -> None:
    """Read what is new or changed, forget what is gone, and stay in a snapshot of the outcome."""
    if not _is_ours(connection):
        with _transaction(connection):
            _make(connection)
    listed = _digest(files)
    if connection.execute("SELECT folder FROM state").fetchall() != [(listed,)]:
        _read_changes(connection, store, files, tell)
        if all(seen.mtime_ns >= 0 for seen in _known(connection).values()):
            connection.execute("UPDATE state SET folder = ?", (listed,))
    connection.execute("BEGIN")  # what is read from here on is of one moment
    if not _is_ours(connection):
        raise sqlite3.OperationalError("another version took the index over just now")


def _known(connection: sqlite3.Connection) -> dict[str, Seen]:
    return {os.fsdecode(name): Seen(*seen) for name, *seen in connection.execute(tables.KNOWN)}


def _read_changes(
    connection: sqlite3.Connection,
    store: Store,
    files: Mapping[str, Seen],
    tell: Callable[[int], None],
) -> None:
    known = _known(connection)
    gone = [name for name in known if name not in files]
    fresh = [name for name, seen in files.items() if known.get(name) != seen]
    if fresh:
        tell(len(fresh))
    if gone:
        _write(connection, gone, [])
    for start in range(0, len(fresh), AT_ONCE):
        now_s = time.time()
        rows = [
            row(store.folder / name, files[name], now_s=now_s)
            for name in fresh[start : start + AT_ONCE]
        ]
        _write(connection, [], rows)


def _digest(files: Mapping[str, Seen]) -> str:
    """Of everything that the folder tells of the files: where it is equal, none has changed."""
    told = "\n".join([f"{name}/{a}/{b}/{c}/{d}" for name, (a, b, c, d) in files.items()])
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether this very code wrote it."""
    asked = "SELECT count(*) FROM sqlite_master WHERE name = 'state'"
    if connection.execute(asked).fetchone() == (0,):
        return False
    return connection.execute("SELECT code FROM state").fetchall() == [(code(),)]


def _make(connection: sqlite3.Connection) -> None:
    """Empty tables in place of whatever tables there are."""
    for statement in filter(str.strip, f"{tables.NOTHING}{tables.TABLES}".split(";")):
        connection.execute(statement)
    connection.execute("INSERT INTO state VALUES (?, NULL)", (code(),))


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; whoever comes second waits."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _write(
    connection: sqlite3.Connection,
    gone: Sequence[str],
    rows: Sequence[tuple[tuple[object, ...], bytes | None]],
) -> None:
    """Files that are gone, and files with their columns and entries, in one transaction."""
    with _transaction(connection):
        # Whoever looked at the folder later may have said that all is up to date: not any more.
        connection.execute("UPDATE state SET folder = NULL")
        names = [os.fsencode(name) for name in gone] + [columns[0] for columns, _ in rows]
        for name in names:  # also what another process wrote of them meanwhile
            connection.execute(tables.DROP_BODY, (name,))
            connection.execute(tables.DROP_FILE, (name,))
        for columns, body in rows:
            number = connection.execute(tables.ADD_FILE, columns).lastrowid
            if body is not None:
                connection.execute(tables.ADD_BODY, (number, body))
