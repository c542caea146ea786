"""`laptime list`: what there is, at a glance. Opens no framework, no numpy, and no leaf itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from laptime.cli._listings import Listing

KINDS = ("workloads", "engines", "datasets", "results", "probes", "videos", "published")


@click.command(name="list")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option("--no-try", is_flag=True, help="Engines: tell what is installed, and start none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(*, kind: str | None, no_try: bool, as_json: bool) -> None:
    """List what there is, or what was measured; workloads, engines and datasets by default.

    'list engines' starts each installed one in a process of its own to see whether it works here.
    """
    from laptime.cli import _engines, _listings, _measured

    listings: dict[str, Callable[[], Listing]] = {
        "workloads": _listings.workloads,
        "engines": lambda: _engines.engines(
            _engines.try_all() if kind == "engines" and not no_try else None
        ),
        "datasets": _listings.datasets,
        "results": lambda: _measured.results(most=-1 if as_json else _measured.SHOWN),
        "probes": _measured.probes,
        "videos": _measured.videos,
        "published": _listings.published,
    }
    found = [listings[name]() for name in ([kind] if kind else KINDS[:3])]
    if as_json:
        from laptime.document import document

        print(document({"results": [item for each in found for item in each.items]}), end="")
        return
    _print(found)


def _print(listings: Sequence[Listing]) -> None:
    from laptime.cli._screen import screen
    from laptime.layout import Writer

    out = Writer(screen())
    for listing in listings:
        if listing.title:
            out.say(listing.title, style="bold", hang=2)
        if listing.rows:
            out.table(listing.headings, listing.rows, right=listing.right)
        for note in listing.notes:
            out.say(note, style="dim", hang=2)
        out.blank()
    print(out.text(), end="")
