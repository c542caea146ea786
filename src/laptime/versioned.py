"""JSON records with a format number, read strictly: those of the tests that are no training."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from laptime.errors import RecordError

Kind = TypeVar("Kind", bound=msgspec.Struct)
_REMEDY = "delete it or restore a copy"


def encode(record: msgspec.Struct) -> bytes:
    """As indented JSON text in UTF-8, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def decode(text: bytes, kind: type[Kind], *, called: str, newest: int) -> Kind:
    """Read one back.

    Args:
        text: as `encode` writes it.
        kind: what it has to be.
        called: 'probe', for messages.
        newest: format that this laptime reads.

    Raises:
        RecordError: damaged, no such record, or written by a newer laptime.
    """
    try:
        found: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"not a record of a {called} ({error}); {_REMEDY}") from error
    version = found.get("format") if isinstance(found, dict) else None
    if not isinstance(version, int):
        raise RecordError(f"not a record of a {called} (it names no format); {_REMEDY}")
    if version > newest:
        raise RecordError(
            f"written by a newer laptime ({called} format {version}, this one reads up to {newest}); "
            "upgrade laptime to read it"
        )
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise RecordError(f"a damaged record of a {called} ({error}); {_REMEDY}") from error
