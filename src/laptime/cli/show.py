"""`laptime show`: results again, as they were printed after their run."""

from __future__ import annotations

import click

from laptime.errors import UsageError


@click.command(name="show")
@click.argument("results", nargs=-1, metavar="[ID...]")
@click.option("--raw", is_flag=True, help="The record itself: every block and epoch, as JSON.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
@click.option("--report", metavar="NAME", help="terminal, markdown, json or a plug-in's.")
def command(*, results: tuple[str, ...], raw: bool, as_json: bool, report: str | None) -> None:
    """Show results again, with everything that was printed after their run.

    ID is a result's id, the start of one, 'latest' (the default), or the path of a record file.
    """
    from laptime.cli._answer import answer_of, show_answer
    from laptime.store import open_store

    if sum((raw, as_json, report is not None)) > 1:
        raise UsageError("--raw, --json and --report exclude each other; give one of them")
    store = open_store()
    found = [store.load(name) for name in results or ("latest",)]
    if raw and len(results) > 1:
        raise UsageError("--raw shows one record; name one result")
    if raw:
        from laptime.record import encode

        for result in found:
            print(encode(result).decode(), end="")
        return
    show_answer(answer_of(found), report="json" if as_json else report or "terminal")
