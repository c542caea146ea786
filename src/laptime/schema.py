"""The JSON Schemas of what laptime writes: of a record, and of what `laptime export` makes of several.

Generated from the types by which records are read, so neither can drift from the other:

    python -m laptime.schema docs/schema
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from laptime.exchange.envelope import VERSION, Export
from laptime.record import BANDS_SINCE, FORMAT, RUNS_SINCE, Result

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HOME = "https://raw.githubusercontent.com/laptime/laptime/main/docs/schema/"
SINCE = {"bands": BANDS_SINCE, "run": RUNS_SINCE}
"""Fields that must be there from a format on; every later one has a default instead."""
_KINDS: dict[str, tuple[type[msgspec.Struct], str, str]] = {
    "record": (Result, f"laptime-record-{FORMAT}.json", f"A laptime record, format {FORMAT}"),
    "export": (Export, f"laptime-export-{VERSION}.json", "Results that 'laptime export' wrote"),
}


def schema(which: str) -> dict[str, Any]:
    """One of them, as a document.

    Args:
        which: 'record' or 'export'.
    """
    kind, name, title = _KINDS[which]
    found = msgspec.json.schema(kind)
    for struct in _structs(kind):
        _describe(found["$defs"], struct)
    _since(found["$defs"]["Result"])
    return {"$schema": DIALECT, "$id": HOME + name, "title": title, **found}


def text(which: str) -> str:
    """The same as indented JSON with a newline at its end."""
    return json.dumps(schema(which), indent=1, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[Path]:
    """All of them into a folder, in place of those of older formats."""
    folder.mkdir(parents=True, exist_ok=True)
    for which, (_, name, _) in _KINDS.items():
        for old in folder.glob(f"laptime-{which}-*.json"):
            old.unlink()
        (folder / name).write_text(text(which), encoding="utf-8")
    return [folder / name for _, name, _ in _KINDS.values()]


def _structs(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """A record and everything that is reached by its fields, each once."""
    found: dict[type[msgspec.Struct], None] = {}
    waiting = [kind]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = None
            waiting += _inside(msgspec.inspect.type_info(each))
    return list(found)


def _inside(info: msgspec.inspect.Type) -> list[type[msgspec.Struct]]:
    """The records that a type holds."""
    if isinstance(info, msgspec.inspect.StructType):
        types: Iterable[msgspec.inspect.Type] = [field.type for field in info.fields]
    else:
        names = ("types", "item_type", "value_type")
        parts = [getattr(info, name, ()) for name in names]
        types = [t for part in parts for t in (part if isinstance(part, tuple) else [part])]
    found = []
    for each in types:
        if isinstance(each, msgspec.inspect.StructType):
            found.append(each.cls)
        else:
            found += _inside(each)
    return found


def _describe(definitions: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    """Give every field the words that stand below it in the source."""
    properties = definitions[struct.__name__]["properties"]
    for base in reversed(struct.__mro__):
        if issubclass(base, msgspec.Struct) and base.__module__.startswith("laptime"):
            for field, words in _words(base).items():
                properties.get(field, {}).setdefault("description", words)


def _words(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Field -> the docstring below it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(struct)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            told = below.value if isinstance(below, ast.Expr) else None
            if isinstance(told, ast.Constant) and isinstance(told.value, str):
                found[field.target.id] = " ".join(told.value.split())
    return found


def _since(result: dict[str, Any]) -> None:
    """What older formats did not have is needed in newer ones alone."""
    result["required"] = [name for name in result["required"] if name not in SINCE]
    result["allOf"] = [
        {
            "if": {"properties": {"format": {"minimum": since}}},
            "then": {"required": [name]},
        }
        for name, since in SINCE.items()
    ]
    result["properties"]["format"] |= {"minimum": 1, "maximum": FORMAT}


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema"))
