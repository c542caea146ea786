"""Whether a leaf could work on this system at all, from its literals and without importing it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from laptime import registry
from laptime.errors import BrokenLeafError


def installed(modules: Iterable[str]) -> bool:
    """Whether the packages of all these modules are installed; nothing is imported."""
    return all(find_spec(name.partition(".")[0]) is not None for name in modules)


def unavailable(name: str, *, room: str = "engines") -> str | None:
    """Why it cannot work on this system and Python, and what to do; None where it might.

    Raises:
        BrokenLeafError: its file is no Python, or one of its markers is no marker.
    """
    for text, reason in registry.peek(room, name).get("UNAVAILABLE", {}).items():
        if holds(name, text, room=room):
            return str(reason)
    return None


def holds(name: str, marker: str, *, room: str = "engines") -> bool:
    """Whether a marker of a leaf is true of this system and Python.

    Raises:
        BrokenLeafError: it is no marker.
    """
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate()
    except (InvalidMarker, UndefinedEnvironmentName) as error:
        raise BrokenLeafError(
            f"the {registry.ROOMS[room]} '{name}' has a marker that cannot be read ({marker}); "
            "mend its file"
        ) from error
