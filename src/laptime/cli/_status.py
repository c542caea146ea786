"""One line that says what is done just now, for commands that go through many small things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Watch(NamedTuple):
    """Told what is done."""

    looking: Callable[[str], None]
    """At each thing: shown on a terminal alone."""
    waiting: Callable[[str], None]
    """For something that takes long."""
    say: Callable[[str], None]
    """A line that stays."""


@contextmanager
def status(*, refreshes_per_s: float = 12.5) -> Iterator[Watch]:
    """A line that changes, on a terminal; elsewhere a line for what takes long alone.

    Args:
        refreshes_per_s: each costs a millisecond of a core.
    """
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False)

    def say(line: str) -> None:
        console.print(line, soft_wrap=True, markup=False)

    if not console.is_terminal or console.is_dumb_terminal:
        yield Watch(looking=lambda _: None, waiting=say, say=say)
        return
    with console.status("", refresh_per_second=refreshes_per_s) as shown:

        def update(line: str) -> None:
            shown.update(escape(line))

        yield Watch(looking=update, waiting=update, say=say)
