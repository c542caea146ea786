"""What is kept of a result, and by which code it was computed."""

from __future__ import annotations

import hashlib
import math
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec

from laptime import __version__
from laptime.checks import summarized
from laptime.comparison import is_other_precision
from laptime.errors import RecordError, StoreError
from laptime.frozen import Frozen
from laptime.naming import owner_key
from laptime.record import Machine, Setup, decode
from laptime.store import Seen, read
from laptime.summary import Summary, is_sound

SCHEMA = 1
"""Of the tables. Of what stands in them the digest of the code tells."""
COMPUTED_BY = (
    *("bands", "checks", "comparison", "conditions", "consumption", "energy", "errors"),
    *("figures", "frozen", "index", "joules", "limits", "naming", "passes", "plain"),
    *(
        "reasons",
        "record",
        "scripts",
        "series",
        "soaking",
        "stats",
        "steady",
        "store",
        "summary",
        "trend",
        "words",
    ),
)
"""Modules and rooms that a summary comes from; a test holds them against the imports."""
UNSETTLED_S = 2.0
"""A file that was younger when it was looked at is read again: two writes may bear the same time."""
_PROFILES = ("watch", "quick", "soak", "standard", "full")
"""The least thorough first."""
MERITS = 4
"""Bytes of a merit before the name."""


class Entry(Frozen, frozen=True, kw_only=True):
    """What is kept of a result: its summary, and what changes between two dates."""

    summary: Summary
    machine: Machine
    setup: Setup
    laptime: str
    """That measured it."""
    file: bytes
    """Name of its file, as the system has it."""
    is_imported: bool
    """Whether somebody else measured it."""

    @property
    def owner(self) -> str:
        """Key of the machine; an imported one is never ours, however equal it may be."""
        return owner_key(self.machine, is_imported=self.is_imported)


def row(path: Path, seen: Seen, *, now_s: float) -> tuple[tuple[object, ...], bytes | None]:
    """Columns of a file, and its entry; of one that cannot be read, what is wrong with it."""
    is_unsettled = abs(now_s - seen.mtime_ns / 1e9) < UNSETTLED_S
    mtime_ns = -1 if is_unsettled else seen.mtime_ns
    stamp = (os.fsencode(path.name), mtime_ns, seen.size, seen.inode, seen.is_imported)
    try:
        entry = entry_of(path, is_imported=seen.is_imported)
        body = msgspec.msgpack.encode(entry)
    except StoreError as problem:
        line = str(problem).encode("utf-8", "replace").decode()
        return (*stamp, line, *[None] * 8), None
    except OverflowError:
        line = (
            f"{path.name}: a damaged record (a count beyond 64 bits); delete it or restore a copy"
        )
        return (*stamp, line, *[None] * 8), None
    found = entry.summary
    columns = (
        *(entry.owner, found.workload, found.engine, found.device, found.setup),
        *(found.precision, _merit(found) + stamp[0], _moment(found.created)),
    )
    return (*stamp, None, *columns), body


def _merit(summary: Summary) -> bytes:
    """Larger for the result by which others are rather compared."""
    profile = _PROFILES.index(summary.profile) if summary.profile in _PROFILES else 0
    return bytes(
        (
            is_sound(summary),
            not summary.deviations,
            not is_other_precision(summary),
            profile,
        )
    )


def entry_of(path: Path, *, is_imported: bool) -> Entry:
    """What is kept of the result in a file.

    Raises:
        RecordError: it is damaged, from a newer laptime, or holds what no figures can be computed of.
        StoreError: it cannot be read.
    """
    result = read(path, decode)
    try:
        summary = summarized(result)
    except Exception as error:  # somebody else's record may hold 1e308 images or 5e-324 s
        raise _absurd(path, f"{type(error).__name__}: {error}") from error
    speeds = (summary.samples_per_s or 0.0, *summary.process_speeds)
    if not all(map(math.isfinite, speeds)):
        raise _absurd(path, "a speed without end")
    return Entry(
        summary=summary,
        machine=result.machine,
        setup=result.setup,
        laptime=result.laptime,
        file=os.fsencode(path.name),
        is_imported=is_imported,
    )


def _absurd(path: Path, why: str) -> RecordError:
    return RecordError(
        f"{path.name}: its figures cannot be computed ({why}); delete it or restore a copy"
    )


def _moment(created: str) -> float:
    """A record's time in seconds since 1970; without an offset it is UTC."""
    try:
        told = datetime.fromisoformat(created)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):  # an imported record may tell any time
        return -math.inf


@cache
def code() -> str:
    """Digest of the code that a summary comes from."""
    found = hashlib.sha256(f"{__version__} {SCHEMA}".encode())
    root = Path(__file__).parents[1]
    for name in COMPUTED_BY:
        room = root / name
        for path in sorted(room.glob("*.py")) if room.is_dir() else [room.with_suffix(".py")]:
            found.update(path.read_bytes())
    return found.hexdigest()
