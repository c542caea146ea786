"""The document in which results travel: whole records of any kind, in one JSON file."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

import laptime
from laptime.frozen import Frozen
from laptime.probes.record import Probe
from laptime.record import Result
from laptime.video.record import VideoResult

VERSION = 1
"""Of the envelope; the records in it have formats of their own."""
MARK = "laptime_export"

Record = Result | Probe | VideoResult
_NO_FILE_NAME = re.compile(r"[^0-9A-Za-z._-]+")


class Export(Frozen, frozen=True):
    """Results on their way to somebody else."""

    laptime_export: int
    """Version of this envelope."""
    laptime: str
    """Version of laptime that wrote it."""
    results: tuple[Result, ...] = ()
    """Trainings, raw; their figures are computed from them."""
    probes: tuple[Probe, ...] = ()
    videos: tuple[VideoResult, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them, whatever their kind."""
        return (*self.results, *self.probes, *self.videos)


def export_of(records: Iterable[Record]) -> Export:
    """An envelope around records, in their order."""
    found = list(records)
    return Export(
        laptime_export=VERSION,
        laptime=laptime.__version__,
        results=tuple(each for each in found if isinstance(each, Result)),
        probes=tuple(each for each in found if isinstance(each, Probe)),
        videos=tuple(each for each in found if isinstance(each, VideoResult)),
    )


def encode(export: Export) -> bytes:
    """As indented JSON text in UTF-8, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(export), indent=1) + b"\n"


def file_stem(export: Export) -> str:
    """What a file of it is called where nobody says: the id of its first record."""
    first = export.records[0].id if export.records else "laptime"
    return _NO_FILE_NAME.sub("-", first)


def told(export: Export) -> str:
    """'2 results, 1 probe'."""
    counts = (
        (len(export.results), "result"),
        (len(export.probes), "probe"),
        (len(export.videos), "video export"),
    )
    return ", ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in counts if n) or "nothing"
