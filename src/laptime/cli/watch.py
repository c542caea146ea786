"""`laptime watch`: a training of one's own, with the sensors beside it and the same report."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laptime.errors import LaptimeError, StoreError

if TYPE_CHECKING:
    from laptime.record import Result
    from laptime.store import Store


@click.command(
    name="watch",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Exit code: the command's own; 128 + N where signal N ended it; 127 where there is no such "
    "command, 126 where it cannot be run.",
)
@click.option("--name", help="What the training is called; its script's file name by default.")
@click.option(
    "--json-file",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write the answer as JSON there; stdout is the command's.",
)
@click.option("--quiet", "-q", is_flag=True, help="Save the result, and print one line only.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def command(
    *, name: str | None, json_file: Path | None, quiet: bool, words: tuple[str, ...]
) -> int:
    """Run a training of one's own, and say what it took.

    The command has the terminal and every signal, as if laptime was not there; what laptime says
    comes after it, on stderr. Epochs, steps and waits are told by a callback for Keras, Lightning or
    Transformers, or by two lines of laptime.Timer: see docs/watch.md.
    """
    from laptime.store import open_store
    from laptime.watching.command import watch

    store = open_store()
    store.check_writable()
    answer = partial(_answer, store=store, json_file=json_file, is_quiet=quiet)
    return watch(words, name=name, keep=answer).exit_code


def _answer(result: Result, *, store: Store, json_file: Path | None, is_quiet: bool) -> None:
    """Whatever goes wrong here is told; the exit code stays the command's."""
    from laptime.cli._answer import answer_of, report_text
    from laptime.cli._screen import screen
    from laptime.cli._whole_files import write_whole

    shown = screen(sys.stderr)
    answer = answer_of([result], is_fresh=True)
    is_saved = True
    try:
        store.save(result)
    except StoreError as problem:
        is_saved = False
        print(f"laptime: {problem}", file=sys.stderr)
    if json_file is not None:
        try:
            write_whole(json_file, report_text(answer, report="json", screen=shown).encode())
        except LaptimeError as problem:
            print(f"laptime: {problem}", file=sys.stderr)
    if is_quiet:
        if is_saved:
            print(f"laptime: saved {result.id}", file=sys.stderr)
        return
    text = report_text(answer, report="terminal", screen=shown)
    print(f"\n{text}", end="", file=sys.stderr)
