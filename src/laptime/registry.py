"""Finds the files of a room by name; the only importer of leaves.

A scanned room is a package whose modules each hold one thing: a workload, an engine, a dataset, a
report, a sensor. The file name is the key (`cifar10_tinyvgg.py` is `cifar10-tinyvgg`). Modules that
start with an underscore are shared pieces of the room and no leaves.

Facts that must be known before a leaf may be imported (its one-line description, the framework it
needs, the environment its worker wants) stand in it as literals and are read from its source without
running it: `peek`. So nothing heavy is imported until the process that needs it does so.
"""

from __future__ import annotations

import ast
import fnmatch
import importlib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from laptime.errors import BrokenLeafError, UnknownNameError

# Room -> what one of its leaves is called in a message.
ROOMS = {
    "workloads": "workload",
    "engines": "engine",
    "datasets": "dataset",
    "reports": "report",
    "sensors": "sensor",
    "doctor": "check",
    "exporters": "exporter",
}


NEEDED = {
    "engines": ("TITLE", "MODULES", "EXTRA", "DEVICES", "PRECISIONS", "OPTIONS", "SETUPS"),
    "sensors": ("TITLE", "MODULES", "EXTRA", "UNAVAILABLE", "PERIOD_S", "LIMIT_S"),
    "doctor": ("TITLE", "ORDER", "FAST"),
    "exporters": ("TITLE", "MODULES", "EXTRA", "ENDING", "PLACE", "ENVIRONMENT", "KINDS"),
}
"""Room -> literals that each of its leaves must have."""


def _folders(room: str) -> list[tuple[str, Path]]:
    """Packages that hold the leaves of a room: ours first, then those of plug-ins.

    A plug-in is any importable package whose name begins with `laptime_` and that has a package of the
    room's name: `laptime_ours/workloads/our_net.py`. Folders are looked through instead of entry
    points because reading those of every installed distribution costs more than a whole `--help`.
    """
    found = [(f"laptime.{room}", Path(__file__).parent / room)]
    for place in dict.fromkeys(sys.path):
        folder = Path(place or ".")
        if folder.is_dir():
            found += [
                (f"{plugin.name}.{room}", plugin / room)
                for plugin in sorted(folder.glob("laptime_*"))
                if (plugin / room).is_dir()
            ]
    return found


@cache
def _leaves(room: str) -> dict[str, tuple[str, Path]]:
    """Key -> (module name, source file) of every leaf of a room; ours win over a plug-in's."""
    leaves: dict[str, tuple[str, Path]] = {}
    for package, folder in _folders(room):
        for path in sorted(folder.glob("*.py")):
            if not path.stem.startswith("_"):
                leaves.setdefault(path.stem.replace("_", "-"), (f"{package}.{path.stem}", path))
    return leaves


def names(room: str) -> list[str]:
    """Keys of every leaf of a room, sorted."""
    return sorted(_leaves(room))


def _find(room: str, name: str) -> tuple[str, Path]:
    try:
        return _leaves(room)[name]
    except KeyError:
        raise UnknownNameError(ROOMS[room], name, names(room)) from None


def select(room: str, patterns: Sequence[str]) -> list[str]:
    """Keys that match any of the names or globs, in the order asked for, each once.

    Raises:
        UnknownNameError: a name or glob that matches nothing.
    """
    chosen: dict[str, None] = {}
    for pattern in patterns:
        matches = fnmatch.filter(names(room), pattern)
        if not matches:
            raise UnknownNameError(ROOMS[room], pattern, names(room))
        chosen.update(dict.fromkeys(matches))
    return list(chosen)


def _broken(room: str, name: str, error: Exception) -> BrokenLeafError:
    return BrokenLeafError(
        f"the {ROOMS[room]} '{name}' cannot be opened ({type(error).__name__}: {error}); "
        "mend its file, or remove it"
    )


def load(room: str, name: str) -> ModuleType:
    """Import a leaf.

    Raises:
        UnknownNameError: no leaf has that name.
        BrokenLeafError: its import failed; the cause is kept.
    """
    module, _ = _find(room, name)
    try:
        return importlib.import_module(module)
    except Exception as error:
        raise _broken(room, name, error) from error


@cache
def peek(room: str, name: str) -> dict[str, Any]:
    """Literal constants of a leaf (upper-case names) and its docstring as `DOC`, without running it.

    Raises:
        UnknownNameError: no leaf has that name.
        BrokenLeafError: it is no Python, or lacks a literal that is needed.
    """
    _, path = _find(room, name)
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise _broken(room, name, error) from error
    facts: dict[str, Any] = {"DOC": ast.get_docstring(tree) or ""}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            target, value = node.target, node.value
        else:
            continue
        if target.id.isupper():
            try:
                facts[target.id] = ast.literal_eval(value)
            except ValueError:  # computed at import: not a fact that may be read beforehand
                continue
    if missing := [each for each in NEEDED.get(room, ()) if each not in facts]:
        raise _broken(room, name, ValueError(f"it has no literal {', '.join(missing)}"))
    return facts
