"""Text in columns, wrapped, painted and spelled for the screen it is read on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import msgspec

from laptime import plain

GAP = 2
NARROWEST = 24
LEAST_WRAPPED = 20
LONGEST = 2_000
"""Characters of one piece of text; a name in a record of somebody else's may have a million."""
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_SPELLING = str.maketrans(
    {"±": "+-", "●": "o", "→": "->", "█": "#", "▶": ">", "·": ";", "™": "", "®": ""}
    | {"─": "-", "╱": "/", "│": "|", "└": "+", "┴": "+"}  # noqa: RUF001 - lines of a drawing
)


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """What the text will be read on."""

    width: int = 80
    """Columns. A figure is never cut for it: tables stack instead."""
    has_colour: bool = False
    """Whether escape codes may be used at all."""
    has_unicode: bool = True
    """Whether more than ASCII can be shown."""


class Row(msgspec.Struct, frozen=True):
    """A line of a table. A cell is one or more lines, joined where the screen is wide enough."""

    cells: Sequence[Sequence[str]]
    note: str | None = None
    """Below the cells, over the whole width."""
    note_style: str = "dim"
    lead: str | None = None
    """Above the cells, over the whole width."""


class Writer:
    """Collects lines for a screen."""

    def __init__(self, screen: Screen) -> None:
        self.width = max(screen.width, NARROWEST)
        self._screen = screen
        self._lines: list[str] = []

    def text(self) -> str:
        """Everything, with one newline at its end."""
        return "\n".join(line.rstrip() for line in self._lines).strip("\n") + "\n"

    def blank(self) -> None:
        """An empty line."""
        self._lines.append("")

    def say(self, words: str, *, style: str = "", indent: int = 0, hang: int = 0) -> None:
        """A paragraph, wrapped between words; `hang` more for every line but the first."""
        spelled = self.spell(words)
        wrapped = _wrapped(spelled, self.width, first=" " * indent, later=" " * (indent + hang))
        self._lines += [self.paint(line, style) for line in wrapped]

    def flow(
        self, lead: str, pieces: Sequence[str], *, separator: str = ", ", style: str = ""
    ) -> None:
        """Pieces one after the other, none broken: a command can be copied as it stands.

        Only a piece that no line can hold is broken, between its words.
        """
        lines, current = [], self.spell(lead)
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            spelled = self.spell(piece + ("" if last else separator))
            if current.strip() and len(current) + len(spelled.rstrip()) > self.width:
                lines.append(current)
                current = "  "
            current += spelled
        for line in [*lines, current]:
            text = line.strip()
            start = line[: line.index(text)]
            broken = len(start + text) > self.width
            parts = (
                _wrapped(text, self.width, first=start, later="    ") if broken else [start + text]
            )
            self._lines += [self.paint(part, style) for part in parts]

    def line(self, *parts: tuple[str, str]) -> None:
        """One line of (text, style) parts that were laid out by the caller."""
        self._lines.append("".join(self.paint(self.spell(text), style) for text, style in parts))

    def table(
        self, headings: Sequence[str], rows: Sequence[Row], *, right: Sequence[int] = ()
    ) -> None:
        """A table, in the first of four shapes that fits.

        Cells on one line; on several; the last column wrapped; heading and cell under one another.
        """
        titles = [self.spell(title) for title in headings]
        split = [[[self.spell(part) for part in cell] for cell in row.cells] for row in rows]
        joined = [[[" ".join(cell)] for cell in cells] for cells in split]
        for shape in (joined, split, self._last_wrapped(titles, split)):
            widths = _widths(titles, shape)
            if sum(widths) + GAP * (len(widths) - 1) <= self.width:
                self._columns(titles, rows, shape, widths, right)
                return
        self._stacked(titles, rows, joined)

    def _last_wrapped(
        self, titles: Sequence[str], shape: Sequence[Sequence[Sequence[str]]]
    ) -> list[list[list[str]]]:
        """The same with its last column wrapped into what the others leave, if that is enough."""
        taken = sum(_widths(titles, shape)[:-1]) + GAP * (len(titles) - 1)
        room = max(self.width - taken, LEAST_WRAPPED)
        return [
            [
                *(list(cell) for cell in cells[: len(titles) - 1]),
                *(_wrapped(" ".join(cell), room) for cell in cells[len(titles) - 1 :]),
            ]
            for cells in shape
        ]

    def _columns(
        self,
        titles: Sequence[str],
        rows: Sequence[Row],
        shape: Sequence[Sequence[Sequence[str]]],
        widths: Sequence[int],
        right: Sequence[int],
    ) -> None:
        def fitted(texts: Sequence[str]) -> list[str]:
            return [
                text.rjust(width) if index in right else text.ljust(width)
                for index, (text, width) in enumerate(zip(texts, widths, strict=True))
            ]

        gap = " " * GAP
        self._lines.append(self.paint(gap.join(fitted(titles)).rstrip(), "dim"))
        for row, cells in zip(rows, shape, strict=True):
            self._lead(row)
            for number in range(max(len(cell) for cell in cells)):
                texts = [cell[number] if number < len(cell) else "" for cell in cells]
                padded = fitted([*texts, *[""] * (len(widths) - len(texts))])
                padded[0] = self.paint(padded[0], "bold" if number == 0 else "dim")
                self._lines.append(gap.join(padded).rstrip())
            self._note(row)

    def _stacked(
        self,
        titles: Sequence[str],
        rows: Sequence[Row],
        shape: Sequence[Sequence[Sequence[str]]],
    ) -> None:
        label = max(len(title) for title in titles[1:])
        for row, cells in zip(rows, shape, strict=True):
            self._lead(row)
            self.say(cells[0][0], style="bold")
            for title, cell in zip(titles[1:], cells[1:], strict=False):
                if cell[0]:
                    self.say(f"{title.ljust(label)}  {cell[0]}", indent=2, hang=label + 2)
            self._note(row)

    def _lead(self, row: Row) -> None:
        if row.lead:
            self.say(row.lead, style="cyan", hang=2)

    def _note(self, row: Row) -> None:
        if row.note:
            self.say(row.note, style=row.note_style, indent=2)

    def spell(self, words: str) -> str:
        """The words in what the screen can show; control characters never reach it."""
        told = words if len(words) <= LONGEST else f"{words[:LONGEST]}..."
        clean = plain.printable(told)
        if self._screen.has_unicode:
            return clean
        return clean.translate(_SPELLING).encode("ascii", "replace").decode()

    def paint(self, text: str, style: str) -> str:
        """Escape codes around a text, where the screen takes them."""
        if not style or not text.strip() or not self._screen.has_colour:
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def _wrapped(text: str, width: int, *, first: str = "", later: str = "") -> list[str]:
    """Lines of at most `width`, broken between words only."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _widths(titles: Sequence[str], shape: Sequence[Sequence[Sequence[str]]]) -> list[int]:
    widths = [len(title) for title in titles]
    for cells in shape:
        for index, cell in enumerate(cells):
            widths[index] = max(widths[index], *(len(part) for part in cell))
    return widths
