"""Whether the answer fits the screen."""

from __future__ import annotations

from collections.abc import Iterator

from laptime.doctor import Case, Finding
from laptime.doctor._shell import given
from laptime.layout import Screen

TITLE = "screen"
ORDER = 140
FAST = True

NARROW = 72
"""Below so many columns the table of a run stands as lists, one under the other."""


def check(case: Case) -> Iterator[Finding]:
    """Columns and characters."""
    yield judged(case.screen)


def judged(screen: Screen) -> Finding:
    """What is to be said of a screen."""
    told = f"{screen.width} columns" + ("" if screen.has_unicode else ", ASCII alone")
    if screen.width < NARROW:
        return Finding(
            outcome="warn",
            evidence=f"{told}: tables become lists",
            fix=f"Widen the window to {NARROW} columns or more; where there is none:",
            command=given("COLUMNS", "100"),
        )
    if not screen.has_unicode:
        return Finding(
            outcome="warn",
            evidence=f"{told}: bars are drawn with #",
            fix="Let the terminal use UTF-8:",
            command=given("PYTHONIOENCODING", "utf-8"),
        )
    return Finding(outcome="ok", evidence=told)
