"""Tables for notebooks: small, escaped, without a script or a style sheet of their own."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from laptime import plain

LONGEST = 160
"""Letters of a cell; the rest is cut."""
MOST_ROWS = 200
"""Of a table; what lies behind is counted."""


def table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as HTML; every text in it may be anybody's.

    Args:
        caption: what it shows.
        headings: one for each column.
        rows: their cells, as text.
    """
    lines = ["<table>", f"<caption>{safe(caption)}</caption>", _row("th", headings)]
    lines += [_row("td", row) for row in rows[:MOST_ROWS]]
    lines.append("</table>")
    if len(rows) > MOST_ROWS:
        lines.append(paragraph(f"... and {len(rows) - MOST_ROWS} more"))
    return "\n".join(lines)


def paragraph(text: str) -> str:
    """A paragraph as HTML."""
    return f"<p>{safe(text, most=4 * LONGEST)}</p>"


def safe(text: str, *, most: int = LONGEST) -> str:
    """Text of whoever's, on one line, cut, and no markup any more."""
    return html.escape(plain.cut(text, most))


def _row(tag: str, cells: Iterable[str]) -> str:
    style = ' style="text-align:left"'
    return f"<tr>{''.join(f'<{tag}{style}>{safe(cell)}</{tag}>' for cell in cells)}</tr>"
