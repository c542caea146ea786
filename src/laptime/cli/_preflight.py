"""What `laptime run` looks at before it starts: the fast checks of the doctor that touch a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from laptime import machine
from laptime.cli._screen import screen
from laptime.doctor import examine, open_case

CHECKS = ("rosetta", "wheel", "driver", "container", "environment", "power", "load", "memory")
"""The others are about what would end the run, which tells it better itself."""


def warn(engines: Sequence[str], *, device: str, say: Callable[[str], None]) -> None:
    """Say what will touch the figures, a line each; takes about half a second.

    Args:
        engines: that are going to train.
        device: as asked for.
        say: told each line.
    """
    case = open_case(engines, device=device, machine=machine.describe(), screen=screen())
    for row in examine(case, fast=True, only=CHECKS):
        if row.outcome in ("warn", "fail"):
            about = f" ({row.about})" if row.about else ""
            told = (f"! {row.name}{about}: {row.evidence}.", row.fix, row.command)
            say(" ".join(filter(None, told)))
