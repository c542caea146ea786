"""The base of everything that is written down."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_EXTREME = re.compile(rb"[0-9][eE][+-]?[0-9]{3}")


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every record: immutable, compared by value, strict about unknown fields."""


def is_extreme(text: bytes) -> bool:
    """Whether a JSON record holds a figure beyond 1e100 or below 1e-100: nobody measured that."""
    return bool(_EXTREME.search(text)) and _has_extreme(msgspec.json.decode(text))


def _has_extreme(found: Any) -> bool:
    if isinstance(found, float):
        return found != 0 and not 1e-100 < abs(found) < 1e100
    inside = found.values() if isinstance(found, dict) else found
    return isinstance(found, dict | list) and any(map(_has_extreme, inside))
