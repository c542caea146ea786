"""The page of the flags, read from where they are raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from docs.site import marks
from docs.site.pages import ROOT

SOURCES = ROOT / "src" / "laptime"
LATER = "…"
"""Stands for what is known only when a flag is raised."""


class Told(NamedTuple):
    """What a flag says."""

    name: str
    sentence: str
    remedy: str


def found() -> list[Told]:
    """Every flag that the code can raise, sorted by name; one raised in two ways is there twice."""
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted(SOURCES.glob("*.py"))]
    return sorted({flag for tree in trees for flag in _flags(tree)})


def _flags(tree: ast.Module) -> Iterator[Told]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Flag"
        ):
            values = {each.arg: each.value for each in node.keywords}
            yield Told(*(_text(values[field]) for field in Told._fields))


def _text(node: ast.expr) -> str:
    """A literal, or a text with holes where it is put together at run time."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    if isinstance(node, ast.IfExp):
        return f"{_text(node.body)} Or: {_text(node.orelse)}"
    return LATER


def told_later(text: str) -> str:
    """A text of which nothing is known beforehand, in words."""
    return "It is told with the flag, and depends on the figures." if text == LATER else text


def render() -> str:
    """Every flag with its sentence and its remedy."""
    rows = [
        (marks.code(name), marks.plain(sentence), marks.plain(told_later(remedy)))
        for name, sentence, remedy in found()
    ]
    return marks.page(
        "# All flags",
        "A reason not to take a figure at face value, with what to do about it. "
        "[How it measures](../measuring.md#flags) tells when each is raised.",
        marks.table(("flag", "what it says", "what to do"), rows),
    )
