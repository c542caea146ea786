"""Hands results to an exporter in a process of its own: whatever becomes of it, all else is safe.

A library for logging may import frameworks, hang on a network, print, or crash. So each exporter is a
fresh process with a limit of time, that reads its job from a file and writes its answer to another.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from laptime import registry, whole
from laptime.errors import BrokenLeafError, ExportError, UsageError
from laptime.exchange.envelope import Export, file_stem
from laptime.exporters import Outgoing
from laptime.redact import clean

LIMIT_S = 300.0
"""An exporter that takes longer is ended: an hour's run is not to wait for a server that is gone."""
JOB, ANSWER, MADE = "job.json", "answer.json", "made"


class Job(msgspec.Struct, frozen=True):
    """What the process is told."""

    name: str
    place: str
    outgoing: Outgoing


class Answer(msgspec.Struct, frozen=True):
    """What it tells: one of the two."""

    told: str | None = None
    problem: str | None = None


class Way(NamedTuple):
    """An exporter and where it writes."""

    name: str
    place: str | None
    """None for the exporter's own choice."""


def read_way(text: str) -> Way:
    """'csv', 'tensorboard=runs' -> the exporter and its place.

    Raises:
        UnknownNameError: there is no such exporter.
        BrokenLeafError: its file cannot be read.
        UsageError: a place is begun and not named.
    """
    name, equals, place = text.partition("=")
    registry.peek("exporters", name)
    if equals and not place:
        raise UsageError(f"'{text}' names no place; write {name}=PLACE, or {name} alone")
    return Way(name, place or None)


def by_ending(file: str) -> str:
    """The exporter that writes files of this ending.

    Raises:
        UsageError: none does.
    """
    endings = {
        registry.peek("exporters", name)["ENDING"]: name
        for name in reversed(registry.names("exporters"))
    }
    found = endings.get(Path(file).suffix.lower())
    if found is None:
        known = ", ".join(sorted(ending for ending in endings if ending))
        raise UsageError(f"no exporter writes '{Path(file).name}'; end its name in one of {known}")
    return found


def missing(name: str) -> str | None:
    """Why an exporter cannot work here, with the line that mends it; None where it has its library."""
    facts = registry.peek("exporters", name)
    absent = [each for each in facts["MODULES"] if importlib.util.find_spec(each) is None]
    if not absent:
        return None
    extra = facts["EXTRA"]
    mend = f"pip install 'laptime[{extra}]'" if extra else f"install {', '.join(absent)}"
    return f"{', '.join(absent)} is not installed; {mend}"


def taken(name: str, export: Export) -> Export:
    """What of it this exporter takes; the rest is left out."""
    kinds = registry.peek("exporters", name)["KINDS"]
    others = [kind for kind in ("results", "probes", "videos") if kind not in kinds]
    return msgspec.structs.replace(export, **dict.fromkeys(others, ()))


def send(way: Way, outgoing: Outgoing) -> str:
    """Export; gives what was written and where: 'runs.csv: 3 rows'.

    Args:
        way: where to.
        outgoing: of records that hold nothing private any more.

    Raises:
        ExportError: it failed; a file of it is there whole, or as it was before.
    """
    if problem := missing(way.name):
        raise ExportError(problem)
    facts = registry.peek("exporters", way.name)
    outgoing = msgspec.structs.replace(outgoing, export=taken(way.name, outgoing.export))
    with _folder() as folder:
        if facts["ENDING"] is None:
            place = way.place if way.place is not None else facts["PLACE"]
            told = _told(Job(way.name, place, outgoing), folder, facts)
            return f"{place}: {told}" if place else told
        target = target_of(way, outgoing.export, ending=facts["ENDING"])
        told = _told(Job(way.name, str(folder / MADE), outgoing), folder, facts)
        _put(folder / MADE, target)
        return f"{target}: {told}"


def written(way: Way, outgoing: Outgoing) -> bytes:
    """The one file of an exporter, for stdout.

    Raises:
        ExportError: it failed.
        UsageError: it writes no file.
    """
    facts = registry.peek("exporters", way.name)
    if facts["ENDING"] is None:
        raise UsageError(f"{way.name} writes no single file; name its place with --to")
    if problem := missing(way.name):
        raise ExportError(problem)
    outgoing = msgspec.structs.replace(outgoing, export=taken(way.name, outgoing.export))
    with _folder() as folder:
        _told(Job(way.name, str(folder / MADE), outgoing), folder, facts)
        return (folder / MADE).read_bytes()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """For the job, its answer and the file that is made.

    Raises:
        ExportError: there is no room for it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="laptime-", ignore_cleanup_errors=True) as name:
            yield Path(name)
    except OSError as error:
        raise ExportError(
            f"no room for a file on its way ({error.strerror or error}); free some space, or set TMPDIR"
        ) from error


def target_of(way: Way, export: Export, *, ending: str) -> Path:
    """The file that is written: the place, or one in the folder that it is, called after a result."""
    own = f"{file_stem(export)}{ending}"
    if way.place is None:
        return Path(own)
    place = Path(way.place).expanduser()
    return place / own if place.is_dir() or way.place.endswith(("/", os.sep)) else place


def _told(job: Job, folder: Path, facts: dict[str, Any]) -> str:
    """What the exporter's process says.

    Raises:
        ExportError: it failed, died or took too long.
    """
    (folder / JOB).write_bytes(msgspec.json.encode(job))
    command = [sys.executable, "-m", "laptime.exchange.worker", str(folder)]
    environment = {**facts["ENVIRONMENT"], **os.environ}  # the user's own word goes first
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"no answer for {LIMIT_S:.0f} s; look at its place") from error
    except OSError as error:
        raise ExportError(f"no process can be started ({error.strerror})") from error
    try:
        answer = msgspec.json.decode((folder / ANSWER).read_bytes(), type=Answer)
    except (OSError, msgspec.DecodeError) as error:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise ExportError(f"ended with exit code {done.returncode}: {clean(lines[-1])}") from error
    if answer.problem is not None:
        raise ExportError(answer.problem)
    return answer.told or "done"


def _put(made: Path, target: Path) -> None:
    """Take a finished file to its place: whole, or not at all.

    Raises:
        ExportError: it cannot be written there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        whole.write(target, made.read_bytes())
    except OSError as error:
        raise ExportError(
            f"cannot write {target} ({error.strerror or error}); name another place"
        ) from error


def check(ways: list[Way]) -> list[str]:
    """A line for each that will not work, before anything is started."""
    problems = []
    for way in ways:
        try:
            problem = missing(way.name)
        except BrokenLeafError as error:
            problem = str(error)
        if problem:
            problems.append(f"--export {way.name}: {problem}")
    return problems
