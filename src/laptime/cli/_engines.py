"""What `laptime list engines` tells of each: missing, impossible, broken, or what it finds here."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laptime import registry
from laptime.cli._listings import Listing, first_line
from laptime.errors import BrokenLeafError
from laptime.layout import Row

if TYPE_CHECKING:
    from laptime.runner.messages import Probed

Tries = Mapping[str, "Probed | str"]
"""Engine -> what its own process told, or the reason why it told nothing."""

MOST_DEVICES = 4
"""Of one engine, by name; a server has more."""
_HERE = {"unavailable": "cannot work here", "broken": "does not start"}


def engines(tries: Tries | None = None) -> Listing:
    """Every engine, those that train something first.

    Args:
        tries: what came of starting each installed engine; None where none was started.
    """
    items = [_item(name, tries or {}) for name in registry.names("engines")]
    items.sort(key=lambda item: not item["modules"])
    notes = []
    if tries is None:
        notes.append("Found, not started. Whether each works here: laptime list engines")
    return Listing(
        title="Engines",
        headings=("name", "here", "setups", "what it is"),
        rows=[_row(item) for item in items],
        items=items,
        notes=notes,
    )


def try_all() -> Tries:
    """Start every installed engine in a process of its own, after saying so on stderr."""
    from laptime.runner.probing import LIMIT_S, probe

    found = [name for name in registry.names("engines") if _is_installed(_facts(name))]
    print(
        f"Starting {', '.join(found)}, each in a process of its own, for at most {LIMIT_S:.0f} s; "
        "--no-try lists them at once.",
        file=sys.stderr,
        flush=True,
    )
    return probe(found)


def _item(name: str, tries: Tries) -> dict[str, Any]:
    facts = _facts(name)
    modules = facts.get("MODULES", ())
    versions = {module: version for module in modules if (version := _version(module))}
    told = tries.get(name)
    if told is not None and not isinstance(told, str):
        versions = told.versions
    state, reason, remedy = _state(name, facts, told)
    return {
        "kind": "engine",
        "name": name,
        "title": facts.get("TITLE") or first_line(facts),
        "state": state,
        "reason": reason,
        "remedy": remedy,
        "modules": list(modules),
        "is_installed": _is_installed(facts),
        "version": versions.get(modules[0]) if modules else None,
        "versions": versions,
        "install": remedy if state == "missing" else None,
        "devices": list(facts.get("DEVICES", ())),
        "devices_here": None if told is None or isinstance(told, str) else told.devices,
        "precisions": list(facts.get("PRECISIONS", ())),
        "setups": list(facts.get("SETUPS", ())),
        "options": {name: list(among) for name, among in facts.get("OPTIONS", {}).items()},
    }


def _facts(name: str) -> dict[str, Any]:
    """Its literals; of a file that is no Python the reason as `BROKEN`."""
    try:
        return registry.peek("engines", name)
    except BrokenLeafError as error:
        return {"DOC": "", "BROKEN": str(error)}


def _is_installed(facts: Mapping[str, Any]) -> bool:
    from laptime.runner.available import installed

    return "BROKEN" not in facts and installed(facts["MODULES"])


def _state(
    name: str, facts: Mapping[str, Any], told: Probed | str | None
) -> tuple[str, str | None, str | None]:
    """'works', 'found' (not started), 'missing', 'unavailable' or 'broken'; reason; remedy."""
    if "BROKEN" in facts:
        return "broken", facts["BROKEN"], None
    if told is not None and not isinstance(told, str):
        return "works", None, None
    if told is None and _is_installed(facts):
        return "found", None, None

    from laptime.runner.available import unavailable
    from laptime.runner.plan import install_line

    try:
        impossible = unavailable(name)
    except BrokenLeafError as error:
        return "broken", str(error), None
    if told is not None:
        again = f"install it again: {install_line(name)}" if facts.get("MODULES") else None
        return "broken", told, impossible or again
    if impossible:
        return "unavailable", impossible, None
    return "missing", "not installed", install_line(name)


def _version(module: str) -> str | None:
    """Of the distribution with the module's name, read off the name of its folder of metadata.

    None where there is no such folder. `importlib.metadata` would say the same, and takes as long to
    import as everything else that `laptime list` needs.
    """
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None or spec.origin is None:
        return None
    place = (
        Path(spec.origin).parents[1]
        if spec.submodule_search_locations
        else Path(spec.origin).parent
    )
    found = next(place.glob(f"{module}-*.dist-info"), None)
    return found.name.removesuffix(".dist-info").partition("-")[2] if found else None


def _row(item: Mapping[str, Any]) -> Row:
    note = "; ".join(each for each in (item["reason"], item["remedy"]) if each)
    cells = [[item["name"]], _here(item), [", ".join(item["setups"])], [item["title"]]]
    return Row(cells, note if item["state"] in _HERE else None, "yellow")


def _here(item: Mapping[str, Any]) -> Sequence[str]:
    """['torch 2.13.0', 'on cuda, cpu'], ['missing: pip install ...'], ['does not start']."""
    state = item["state"]
    if state in _HERE:
        return [_HERE[state]]
    if state == "missing":
        return [f"missing: {item['remedy']}"]
    told = ", ".join(f"{module} {version}" for module, version in item["versions"].items())
    if state == "found":
        return [told or ("found" if item["modules"] else "always")]
    keys = [device.key for device in item["devices_here"]]
    more = len(keys) - MOST_DEVICES
    shown = ", ".join(keys[:MOST_DEVICES]) + (f" and {more} more" if more > 0 else "")
    return [told, f"on {shown}"] if told else [f"on {shown}"]
