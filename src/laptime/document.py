"""The one JSON document that a command prints for programs."""

from __future__ import annotations

from typing import Any

import msgspec

import laptime


def document(content: dict[str, Any]) -> str:
    """Indented JSON with a newline at its end; the laptime that wrote it comes last."""
    encoded = msgspec.json.encode(content | {"laptime": laptime.__version__})
    return msgspec.json.format(encoded, indent=2).decode() + "\n"
