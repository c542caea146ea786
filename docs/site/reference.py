"""The generated reference: page name -> Markdown."""

from __future__ import annotations

from docs.site import commands, flags, names, rooms

from laptime import registry


def generate() -> dict[str, str]:
    """Every page of the reference, in the order of the navigation."""
    found = {room: rooms.render(room) for room in registry.ROOMS}
    checks = {"checks": found.pop("doctor")}
    return {
        "command-line": commands.render(),
        "python": names.render(),
        **found,
        **checks,
        "flags": flags.render(),
    }
