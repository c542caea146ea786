"""`laptime show`: results again, as they were printed after their run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from laptime.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command(name="show")
@click.argument("results", nargs=-1, metavar="[ID...]")
@click.option("--raw", is_flag=True, help="The record itself: every block and epoch, as JSON.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
@click.option("--report", metavar="NAME", help="terminal, markdown, json or a plug-in's.")
def command(
    *, results: tuple[str, ...], raw: bool, as_json: bool, report: str | None
) -> int | None:
    """Show results again, with everything that was printed after their run.

    ID is a result's id, the start of one, 'latest' (the default: the newest training), or the path
    of a record file. Probes and video exports are shown too: 'laptime list probes', 'list videos'.
    """
    from laptime.cli._kinds import find, load_some
    from laptime.store import TRAININGS, open_store

    if sum((raw, as_json, report is not None)) > 1:
        raise UsageError("--raw, --json and --report exclude each other; give one of them")
    store = open_store()
    kind, paths = find(results or ("latest",), store=store)
    if raw and len(results) > 1:
        raise UsageError("--raw shows one record; name one result")
    shown = "json" if as_json else report or "terminal"
    if kind != TRAININGS:
        _show_other(kind, paths, raw=raw, report=shown)
        return None
    from laptime.cli._answer import answer_of, probed_roofs, show_answer

    found, problem = load_some(paths, store=store)
    if raw:
        from laptime.record import encode

        for result in found:
            print(encode(result).decode(), end="")
        return None
    show_answer(answer_of(found, probed=probed_roofs(store)), report=shown)
    return problem.exit_code if problem else None


def _show_other(kind: str, paths: Sequence[Path], *, raw: bool, report: str) -> None:
    from laptime.cli import _others

    if raw:
        print(_others.raw(kind, paths[0]), end="")
    else:
        _others.show(kind, paths, report=report)
