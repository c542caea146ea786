"""Exporters: one file each, handing results to another program after they were saved.

To add one, write `exporters/<name>.py` with the literals of `ExporterModule` and one function,
`export`. `laptime run --export <name>` and `laptime export --to <name>` find it by its file's name. It
runs in a process of its own, so it imports its library plainly and fails as it likes: a failure is one
line, and the results are saved already. What it is given holds nothing private any more. An exporter
with an `ENDING` writes one file to the place it is given, which is renamed when all of it is there; one
without knows itself what a place is.
"""

from __future__ import annotations

from typing import Literal, Protocol

from laptime.exchange.envelope import Export, Record
from laptime.frozen import Frozen

__all__ = ["Export", "ExporterModule", "Outgoing", "Record", "Rows"]

Rows = Literal["results", "blocks"]


class Outgoing(Frozen, frozen=True):
    """What goes out."""

    export: Export
    rows: Rows = "results"
    """Of a table: one for each result, or one for each of their blocks."""


class ExporterModule(Protocol):
    """What a leaf of this room holds."""

    TITLE: str
    """What it makes, in one line."""
    MODULES: tuple[str, ...]
    """Of its library; all frameworks beside them are hidden from it."""
    EXTRA: str | None
    """Extra of laptime that installs them."""
    ENDING: str | None
    """Of the one file that it writes; None where a place is something else."""
    PLACE: str | None
    """Where it writes unless somebody says; None for a file beside, called after the first result."""
    ENVIRONMENT: dict[str, str]
    """Variables that its process is started with, where the user has not set them."""
    KINDS: tuple[str, ...]
    """Of 'results', 'probes' and 'videos': what it takes. The others are left out, and told."""

    HAS_ROWS: bool
    """Whether it is a table, of which the rows can be chosen; may be left out."""

    def export(self, outgoing: Outgoing, *, place: str) -> str:
        """Write it there; gives what was written, in a word or two: '3 rows'."""
