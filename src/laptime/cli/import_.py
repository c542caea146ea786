"""`laptime import`: what somebody else measured, to stand beside one's own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from laptime.errors import EXIT_ENVIRONMENT, EXIT_OK, LaptimeError

if TYPE_CHECKING:
    from laptime.exchange.incoming import Tally
    from laptime.store import Store

MOST_SHOWN = 10


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(*, files: tuple[str, ...], as_json: bool) -> int:
    """Take in results of somebody else.

    FILE is what 'laptime export -o results.json' wrote, or a single record. Every record is held
    against what can be true; one that fails is a line, and the others are taken. They keep their ids,
    never replace one of yours, and are never taken for this machine's. Exit code 3 where any was
    refused.
    """
    from laptime.store import open_store

    store = open_store()
    tallies = [_take(name, store) for name in files]
    if as_json:
        from laptime.document import document

        print(document({"results": tallies}), end="")
    else:
        for tally in tallies:
            _tell(tally)
    return EXIT_ENVIRONMENT if any(tally.refused for tally in tallies) else EXIT_OK


def _take(name: str, store: Store) -> Tally:
    """One file, into the store."""
    from laptime.exchange.incoming import Tally, read_file, shown, take

    try:
        return take(read_file(name), store=store, file=shown(name))
    except LaptimeError as error:
        return Tally(file=shown(name), refused=(str(error),))


def _tell(tally: Tally) -> None:
    """What became of a file; problems on stderr."""
    for line in tally.refused:
        print(f"laptime: {tally.file}: {line}", file=sys.stderr)
    counts = ((len(tally.taken), "imported"), (len(tally.here), "already here"))
    parts = [
        f"{count} {what}" for count, what in (*counts, (len(tally.refused), "refused")) if count
    ]
    print(f"{tally.file}: {', '.join(parts) or 'holds no record'}")
    for taken in tally.taken[:MOST_SHOWN]:
        print(f"  {taken}")
    if len(tally.taken) > MOST_SHOWN:
        print(f"  ... all of them: laptime list results ({len(tally.taken) - MOST_SHOWN} more)")
