"""Small pieces of Markdown for the pages that are generated."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\*_<>\[\]|#~$&!])")
_CODE = re.compile(r"(`+[^`]+`+)")


def plain(text: str) -> str:
    """Text that Markdown shows as it stands; what is in backticks stays code."""
    parts = _CODE.split(text)
    parts[::2] = [_SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def prose(docstring: str) -> str:
    """A docstring's paragraphs; a block that is indented stays as it was typed."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(docstring))
    return "\n\n".join(
        _fenced(block) if block.startswith(" ") else plain(block) for block in blocks
    )


def _fenced(block: str) -> str:
    return f"```text\n{inspect.cleandoc(block)}\n```"


def code(text: object) -> str:
    """Text as code, also in a cell of a table."""
    return f"`{text}`".replace("|", r"\|")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    lines = [list(headings), ["---"] * len(headings), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace(chr(10), ' ') for cell in row)} |" for row in lines
    )


def page(*blocks: str) -> str:
    """Blocks with an empty line between them; empty ones are left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"
