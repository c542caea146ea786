"""Whole records in one document, which 'laptime import' reads."""

from __future__ import annotations

from pathlib import Path

from laptime.exchange.envelope import encode, told
from laptime.exporters import Outgoing

TITLE = "whole records, for 'laptime import'"
MODULES = ()
EXTRA = None
ENDING = ".json"
PLACE = None
ENVIRONMENT: dict[str, str] = {}
KINDS = ("results", "probes", "videos")


def export(outgoing: Outgoing, *, place: str) -> str:
    """One document."""
    Path(place).write_bytes(encode(outgoing.export))
    return told(outgoing.export)
