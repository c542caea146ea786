"""Whether an engine could work on this system at all, from its literals and without importing it."""

from __future__ import annotations

from laptime import registry
from laptime.errors import BrokenLeafError


def unavailable(engine: str) -> str | None:
    """Why it cannot work on this system and Python, and what to do; None where it might.

    Raises:
        BrokenLeafError: its file is no Python, or one of its markers is no marker.
    """
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    for text, reason in registry.peek("engines", engine).get("UNAVAILABLE", {}).items():
        try:
            if Marker(text).evaluate():
                return str(reason)
        except (InvalidMarker, UndefinedEnvironmentName) as error:
            raise BrokenLeafError(
                f"the engine '{engine}' has a marker that cannot be read ({text}); mend its file"
            ) from error
    return None
