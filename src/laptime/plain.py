"""Text that somebody else may have written: nothing in it but what can be seen, and not endless."""

from __future__ import annotations


def printable(text: str) -> str:
    """The same with a space for whatever moves a cursor, turns a line round or begins a new one."""
    return "".join(c if c.isprintable() else " " for c in text)


def one_line(text: str) -> str:
    """The same with single spaces, and none at its ends."""
    return " ".join(printable(text).split())


def cut(text: str, most: int) -> str:
    """The same, no longer than `most`; what is missing is told by an ellipsis."""
    if len(text) <= most:
        return printable(text)
    return f"{printable(text[: most - 1]).rstrip()}…"
