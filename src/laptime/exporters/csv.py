"""A table for spreadsheets: one row for each result, or each block."""

from __future__ import annotations

import csv
from pathlib import Path

from laptime.exporters import Outgoing
from laptime.exporters._rows import Value, columns, rows, told

TITLE = "a table for spreadsheets"
MODULES = ()
EXTRA = None
ENDING = ".csv"
PLACE = None
ENVIRONMENT: dict[str, str] = {}
KINDS = ("results",)
HAS_ROWS = True

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(outgoing: Outgoing, *, place: str) -> str:
    """UTF-8, comma, header; numbers with all their digits, nothing for what is not known."""
    count = 0
    with Path(place).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns(outgoing)), lineterminator="\n")
        writer.writeheader()
        for row in rows(outgoing):
            writer.writerow({name: _cell(value) for name, value in row.items()})
            count += 1
    return told(count)


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # A spreadsheet would compute what begins so, and a record may be somebody else's.
        return f"'{value}" if value.startswith(_FORMULA) else value
    return repr(value)
