"""What a page is made of, before any markup: sections of parts, each with text, a chart and tables."""

from __future__ import annotations

from laptime.charts import Drawing
from laptime.frozen import Frozen

RATIO_COLOURS = (("good", "faster"), ("bad", "slower"), ("ours", "same"), ("muted", "undecided"))
"""Legend of a chart of ratios: the colour, and the verdict that has it."""


class Table(Frozen, frozen=True, kw_only=True):
    """Rows of text; the first cell of each names it."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    """Columns that hold figures, from 0 on: they are set to the right."""
    ours: tuple[int, ...] = ()
    """Rows of the machine that the page is about."""
    is_folded: bool = False
    """Whether it is opened by whoever wants it; it is read without scripts all the same."""


class Fact(Frozen, frozen=True):
    """A name and what stands beside it."""

    name: str
    text: str


class Flagged(Frozen, frozen=True, kw_only=True):
    """A warning once, with everything that it touches."""

    sentence: str
    remedy: str
    touched: tuple[str, ...]


class Part(Frozen, frozen=True, kw_only=True):
    """A piece of a section."""

    title: str | None = None
    is_folded: bool = False
    """Whether only its title is seen until somebody opens it; on paper all of it is."""
    texts: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    cards: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Questions with their answers."""
    flags: tuple[Flagged, ...] = ()
    problems: tuple[str, ...] = ()
    chart: Drawing | None = None
    legend: tuple[tuple[str, str], ...] = ()
    """Of the chart: a colour's name, and what it stands for."""
    tables: tuple[Table, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    """What each does, and the line."""


class Section(Frozen, frozen=True, kw_only=True):
    """A heading with what is below it."""

    id: str
    title: str
    lead: tuple[str, ...] = ()
    parts: tuple[Part, ...]
