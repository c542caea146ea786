"""`laptime doctor`: what is wrong with this machine for training, and the line that mends it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from laptime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, EXIT_OK

if TYPE_CHECKING:
    from laptime.doctor import Case, Row, Verdict
    from laptime.layout import Writer

WORDS: dict[Verdict, str] = {"ok": "ok", "warn": "warn", "fail": "FAIL", "skipped": "skipped"}
STYLES: dict[Verdict, str] = {"warn": "yellow", "fail": "red"}


@click.command(name="doctor")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help="Engine that must work, as often as wanted; the one that 'run' takes without it.",
)
@click.option("--device", default="auto", show_default=True, help="Where it must compute.")
@click.option("--fast", is_flag=True, help="Only what takes a moment: nothing is started.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(*, engines: tuple[str, ...], device: str, fast: bool, as_json: bool) -> int:
    """Look at everything that training needs here: frameworks, drivers, power, memory, disk ...

    Each framework that is installed trains two steps on each device, in a process of its own, and is
    compared with float64. Nothing is changed. The exit code is 3 where what was asked for cannot work.
    """
    from laptime import machine
    from laptime.cli._screen import screen
    from laptime.cli._status import status
    from laptime.doctor import examine, open_case

    rows: list[Row] = []
    is_interrupted = False
    with status() as watch:
        case = open_case(
            engines,
            device=device,
            machine=machine.describe(),
            screen=screen(),
            tell=watch.waiting,
        )
        try:
            for row in examine(case, fast=fast, on_check=watch.looking):
                rows.append(row)  # noqa: PERF402 - kept one by one: Ctrl-C may come between
        except KeyboardInterrupt:
            is_interrupted = True
    if as_json:
        _print_json(rows)
    else:
        _print(rows, case)
    if is_interrupted:
        print("laptime: interrupted; what was found is shown", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_ENVIRONMENT if any(row.outcome == "fail" for row in rows) else EXIT_OK


def _print_json(rows: Sequence[Row]) -> None:
    from msgspec.structs import asdict

    from laptime.document import document

    shared = ("name", "about", "outcome", "evidence", "fix", "command", "wall_s")
    items = [{name: asdict(row)[name] for name in shared} for row in rows]
    print(document({"results": items}), end="")


def _print(rows: Sequence[Row], case: Case) -> None:
    from laptime import words
    from laptime.layout import Row as Line
    from laptime.layout import Writer

    out = Writer(case.screen)
    out.say(words.machine(case.machine), hang=2)
    out.blank()
    lines = [Line([[row.name], [WORDS[row.outcome]], [_told(row)]]) for row in rows]
    if lines:
        out.table(("check", "", "what was seen"), lines)
    _fixes(out, rows)
    counts = Counter(row.outcome for row in rows)
    out.blank()
    found = [f"{counts[each]} {word}" for each, word in WORDS.items() if counts[each]]
    out.say(", ".join(found) or "nothing was looked at")
    print(out.text(), end="")


def _fixes(out: Writer, rows: Sequence[Row]) -> None:
    """What to do, each with its line, unbroken: it is to be pasted."""
    for row in rows:
        if row.fix is None:
            continue
        of = f" ({row.about})" if row.about else ""
        out.blank()
        out.say(f"{row.name}{of}: {row.fix}", style=STYLES.get(row.outcome, ""), hang=2)
        if row.command:
            out.line(("  " + row.command, "bold"))


def _told(row: Row) -> str:
    private = f" ({row.private})" if row.private else ""
    about = f"{row.about}: " if row.about and not row.evidence.startswith(row.about) else ""
    return f"{about}{row.evidence}{private}"
