"""What leaves, shown before it does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from laptime import registry
from laptime.cli._screen import screen
from laptime.errors import UsageError
from laptime.exchange.envelope import told
from laptime.exchange.incoming import shown
from laptime.exchange.private import facts
from laptime.exchange.sending import taken
from laptime.layout import Writer

if TYPE_CHECKING:
    from laptime.exchange.envelope import Export
    from laptime.exchange.private import Change
    from laptime.exchange.sending import Way

MOST_CHANGES = 8
NEVER = "host name, user name, paths, command lines, addresses, serial numbers"


def show_leaving(export: Export, changes: Sequence[Change], *, ways: Sequence[Way]) -> None:
    """On stderr: what it tells of the machine and its setup, and what was taken out."""
    out = Writer(screen(sys.stderr))
    out.say(f"What leaves: {told(export)}", style="bold")
    for heading, fields in facts(export).items():
        out.flow(
            f"  {heading}: ",
            [f"{name} {shown(value)}" for name, value in fields.items()],
            separator=" · ",
        )
    out.say("  measured: ids, times, every block, epoch and evaluation, what sensors told", hang=4)
    for way in ways:
        rest = taken(way.name, export)
        if len(rest.records) < len(export.records):
            out.say(f"  {way.name}: only {told(rest)}", hang=4)
        if registry.peek("exporters", way.name).get("HAS_ROWS"):
            out.say(
                f"  {way.name}: a table of figures (docs/exporting.md), no whole records", hang=4
            )
    for change in changes[:MOST_CHANGES]:
        out.say(f"  replaced in {shown(change.place)}: now '{shown(change.now)}'", hang=4)
    if len(changes) > MOST_CHANGES:
        out.say(f"  ... and {len(changes) - MOST_CHANGES} more were replaced")
    out.say(f"  never in a record: {NEVER}", style="dim", hang=4)
    print(out.text(), end="", file=sys.stderr)


def confirm(question: str) -> bool:
    """Ask on the terminal.

    Raises:
        UsageError: there is none.
    """
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise UsageError("nobody can be asked here; say --yes to write it, or --dry-run to look")
    if click.confirm(question, default=False, err=True):
        return True
    print("Nothing was written.", file=sys.stderr)
    return False
