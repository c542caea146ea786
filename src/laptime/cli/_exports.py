"""`laptime run --export`: after everything was saved and printed, to the programs that were named."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from laptime.errors import LaptimeError

if TYPE_CHECKING:
    from laptime.exchange.envelope import Record
    from laptime.exchange.sending import Way


def ways_of(names: Sequence[str]) -> list[Way]:
    """The exporters that were named; one that will not work is told at once, and stops nothing.

    Raises:
        UnknownNameError: there is no such exporter.
    """
    if not names:
        return []
    from laptime.exchange.sending import check, read_way

    ways = [read_way(name) for name in names]
    for problem in check(ways):
        print(f"laptime: {problem}", file=sys.stderr)
    return ways


def export_after(ways: Sequence[Way], records: Sequence[Record]) -> bool:
    """Export what was saved, each line on stderr; a failure changes nothing but that line.

    Returns:
        Whether it was interrupted.
    """
    if not ways or not records:
        return False
    from laptime.exchange.envelope import export_of
    from laptime.exchange.private import cleaned
    from laptime.exchange.sending import send
    from laptime.exporters import Outgoing

    name = ""
    try:
        outgoing = Outgoing(export=cleaned(export_of(records))[0])
        for way in ways:
            name = way.name
            try:
                print(f"laptime: --export {name}: wrote {send(way, outgoing)}", file=sys.stderr)
            except LaptimeError as error:
                print(f"laptime: --export {name}: {error}; the results are saved", file=sys.stderr)
    except LaptimeError as error:
        print(f"laptime: --export: {error}; the results are saved", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"laptime: --export {name}: interrupted; the results are saved", file=sys.stderr)
        return True
    return False
