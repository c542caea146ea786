"""`laptime export`: results for somebody else, with a look at what leaves before it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

from laptime.errors import EXIT_OK, ExportError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from laptime.exchange.envelope import Export, Record
    from laptime.exchange.sending import Way
    from laptime.exporters import Outgoing, Rows
    from laptime.store import Store

STDOUT = "-"


@click.command(name="export")
@click.argument("names", nargs=-1, metavar="[ID...]")
@click.option(
    "-o",
    "output",
    metavar="FILE",
    help="By its ending: .json (whole, for 'laptime import'), .csv, .parquet, .md, .log (MLPerf). "
    "'-' is stdout, with --format.",
)
@click.option(
    "--format", "form", metavar="NAME", help="Exporter, where no ending tells: json, csv ..."
)
@click.option(
    "--to",
    "to",
    multiple=True,
    metavar="NAME[=PLACE]",
    help="Into another program: tensorboard=FOLDER, mlflow=URI, or a plug-in's. As often as wanted.",
)
@click.option(
    "--rows",
    type=click.Choice(["results", "blocks"]),
    default="results",
    show_default=True,
    help="Of a table (.csv, .parquet): one for each result, or for each of their blocks.",
)
@click.option("--all", "everything", is_flag=True, help="Everything that was measured here.")
@click.option("--dry-run", is_flag=True, help="Only show what would leave.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@click.option(
    "--schema",
    type=click.Choice(["record", "export"]),
    help="Print the JSON Schema of a record, or of the .json file, and nothing else.",
)
def command(
    *,
    names: tuple[str, ...],
    output: str | None,
    form: str | None,
    to: tuple[str, ...],
    rows: str,
    everything: bool,
    dry_run: bool,
    yes: bool,
    schema: str | None,
) -> int:
    """Write results for somebody else.

    ID is a result's id, the start of one, 'latest' (the default: the newest training), or the path of
    a record file; probes and video exports go into a .json too. What leaves is shown first, and asked
    for.
    """
    if schema is not None:
        return _print_schema(schema)
    from laptime.cli._leaving import confirm, show_leaving
    from laptime.exchange.envelope import export_of, told
    from laptime.exchange.private import cleaned
    from laptime.exporters import Outgoing
    from laptime.store import open_store

    ways = _ways(output, form, to)
    if not ways and not dry_run:
        raise UsageError(
            "nowhere to write to; name a file with -o results.json, or --dry-run to look"
        )
    _check_rows(rows, ways)
    if everything and names:
        raise UsageError("--all is everything; drop it, or the names")
    export, changes = cleaned(export_of(_records(names, everything=everything, store=open_store())))
    if not export.records:
        raise UsageError("nothing was measured here yet; make a result with: laptime run")
    show_leaving(export, changes, ways=ways)
    _check_taken(ways, export)
    if dry_run:
        return EXIT_OK
    if not yes and not confirm(f"Write {told(export)}?"):
        return EXIT_OK
    return _write(ways, Outgoing(export=export, rows=cast("Rows", rows)))


def _print_schema(which: str) -> int:
    from laptime.schema import text

    print(text(which), end="")
    return EXIT_OK


def _ways(output: str | None, form: str | None, to: Sequence[str]) -> list[Way]:
    """Where to; a file's exporter is told by its ending.

    Raises:
        UsageError: an ending that is none of ours, or stdout without a format.
    """
    from laptime.exchange.sending import Way, by_ending, read_way

    ways = [read_way(each) for each in to]
    if output is None:
        if form is not None:
            raise UsageError("--format says how, not where; add -o FILE, or -o - for stdout")
        return ways
    if output == STDOUT and form is None:
        raise UsageError("stdout has no ending; say --format json, csv ...")
    name = read_way(form).name if form is not None else by_ending(output)
    return [Way(name, output), *ways]


def _check_rows(rows: str, ways: Sequence[Way]) -> None:
    from laptime import registry

    tables = [w for w in ways if registry.peek("exporters", w.name).get("HAS_ROWS")]
    if rows != "results" and len(tables) < max(1, len(ways)):
        raise UsageError("--rows blocks is for tables; write a .csv or a .parquet")


def _check_taken(ways: Sequence[Way], export: Export) -> None:
    """Refuse to write what would be empty.

    Raises:
        UsageError: an exporter takes nothing of it.
    """
    from laptime.exchange.sending import taken

    for way in ways:
        if not taken(way.name, export).records:
            raise UsageError(f"{way.name} takes nothing of this; write a .json, or name a training")


def _records(names: Sequence[str], *, everything: bool, store: Store) -> list[Record]:
    """Those that are asked for, of any kind, each once.

    Raises:
        LaptimeError: one of them cannot be found or read.
    """
    from laptime.store import ENDINGS, TRAININGS

    if everything:
        imported = store.imported()
        own = (f"{n}{end}" for end in ENDINGS for n in store.ids(end) if n not in imported)
        paths = [store.folder / name for name in own]
    else:
        paths = [
            store.find(name, (TRAININGS,) if name == "latest" else ENDINGS)
            for name in names or ("latest",)
        ]
    found: list[Record] = []
    for path in dict.fromkeys(paths):
        try:
            found.append(_record(path))
        except StoreError as problem:
            if not everything:  # what was named must go
                raise
            print(f"laptime: {problem}", file=sys.stderr)
    return found


def _record(path: Path) -> Record:
    from laptime.probes.saved import load as load_probe
    from laptime.record import decode
    from laptime.store import PROBES, VIDEOS, read
    from laptime.video.record import load as load_video

    if path.suffix == PROBES:
        return load_probe(path)
    return load_video(path) if path.suffix == VIDEOS else read(path, decode)


def _write(ways: Sequence[Way], outgoing: Outgoing) -> int:
    """By every exporter that was named; one that fails is a line, and costs no other."""
    from laptime.exchange.sending import send, written

    code = EXIT_OK
    for way in ways:
        try:
            if way.place == STDOUT:
                sys.stdout.buffer.write(written(way, outgoing))
                sys.stdout.buffer.flush()
            else:
                print(f"wrote {send(way, outgoing)}", file=sys.stderr)
        except ExportError as error:
            print(f"laptime: {way.name}: {error}", file=sys.stderr)
            code = error.exit_code
    return code
