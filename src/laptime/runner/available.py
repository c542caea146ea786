"""Whether an engine could work on this system at all, from its literals and without importing it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from laptime import registry
from laptime.errors import BrokenLeafError


def installed(modules: Iterable[str]) -> bool:
    """Whether the packages of all these modules are installed; nothing is imported."""
    return all(find_spec(name.partition(".")[0]) is not None for name in modules)


def unavailable(engine: str) -> str | None:
    """Why it cannot work on this system and Python, and what to do; None where it might.

    Raises:
        BrokenLeafError: its file is no Python, or one of its markers is no marker.
    """
    for text, reason in registry.peek("engines", engine).get("UNAVAILABLE", {}).items():
        if holds(engine, text):
            return str(reason)
    return None


def holds(engine: str, marker: str) -> bool:
    """Whether a marker of an engine is true of this system and Python.

    Raises:
        BrokenLeafError: it is no marker.
    """
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate()
    except (InvalidMarker, UndefinedEnvironmentName) as error:
        raise BrokenLeafError(
            f"the engine '{engine}' has a marker that cannot be read ({marker}); mend its file"
        ) from error
