"""Lays out what Sphinx reads: the pages of docs/, the generated reference, and the navigation."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REPOSITORY = "https://github.com/laptime/laptime/blob/main/"
REFERENCE = "Reference"
"""The section of the map that the generated pages join."""

_SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)
_ROW = re.compile(r"^\| *\[[^\]]+\]\(([\w-]+)\.md\)", re.MULTILINE)
_OUTSIDE = re.compile(r"\]\(\.\./([^)\s]+)\)")


class Section(NamedTuple):
    """A part of the navigation: its title, and its pages by the names of their files."""

    title: str
    pages: list[str]


def sections(index: str) -> list[Section]:
    """The navigation: the headings of the map that have a table of pages below them, in order."""
    _, *parts = _SECTION.split(index)
    found = zip(parts[::2], map(_ROW.findall, parts[1::2]), strict=True)
    return [Section(title, pages) for title, pages in found if pages]


def lay_out(folder: Path, generated: dict[str, str]) -> None:
    """Write every page into a folder; `generated` is name -> Markdown of the reference.

    Raises:
        ValueError: the map has no section for the reference.
    """
    for path in DOCS.glob("*.md"):
        # Source files are no part of the site: links to them lead to the repository.
        text = _OUTSIDE.sub(rf"]({REPOSITORY}\1)", path.read_text("utf-8"))
        (folder / path.name).write_text(text, "utf-8")
    for name in ("schema", "notebooks"):
        shutil.copytree(DOCS / name, folder / name)  # linked as they are
    (folder / "reference").mkdir()
    for name, text in generated.items():
        (folder / "reference" / f"{name}.md").write_text(text, "utf-8")
    index = folder / "index.md"
    text = index.read_text("utf-8")
    index.write_text(text + _navigation(sections(text), list(generated)), "utf-8")


def _navigation(found: list[Section], generated: list[str]) -> str:
    if REFERENCE not in [section.title for section in found]:
        raise ValueError(f"docs/index.md has no section '{REFERENCE}' with a table of pages")
    trees = []
    for title, pages in found:
        extra = [f"reference/{name}" for name in generated] if title == REFERENCE else []
        lines = [f":caption: {title}", ":hidden:", "", *extra, *pages]
        trees.append("\n".join(["```{toctree}", *lines, "```"]))
    return "\n" + "\n\n".join(trees) + "\n"
