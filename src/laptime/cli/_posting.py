"""Pictures of a report, to be posted: a card with the figures, and each chart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from laptime import charts, registry
from laptime.cli._whole_files import write_whole
from laptime.errors import EnvironmentUnfitError
from laptime.reports import Answer

WIDTH = 1200
"""Pixels."""


def card_png(answer: Answer) -> bytes:
    """The card alone.

    Raises:
        EnvironmentUnfitError: vl-convert is not installed.
    """
    page = cast("Any", registry.load("reports", "html"))
    return charts.png(page.card(answer), width=WIDTH)


def write_pictures(answer: Answer, folder: Path) -> list[Path]:
    """The card and every chart, each a file of its own in the folder, which is made.

    Raises:
        EnvironmentUnfitError: vl-convert is not installed, or the folder cannot be made.
        LaptimeError: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise EnvironmentUnfitError(f"cannot make {folder}: {why}; name another") from error
    written = []
    for name, drawn in _drawn(answer):
        path = folder / f"{name}.png"
        write_whole(path, drawn)
        written.append(path)
    return written


def _drawn(answer: Answer) -> Iterator[tuple[str, bytes]]:
    yield "card", card_png(answer)
    page = cast("Any", registry.load("reports", "html"))
    for number, (name, spec) in enumerate(page.drawings(answer), start=1):
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
        yield f"{number:02}-{plain}", charts.png(spec, width=WIDTH)
