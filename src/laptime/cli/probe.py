"""`laptime probe`: a minute of small tests, and three scores."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from laptime.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORKLOAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laptime.probes.record import Probe, Row
    from laptime.probes.scores import Score
    from laptime.summary import Flag


@click.command(name="probe")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help="Engine to probe, as often as wanted. One of each installed framework by default.",
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    help="cuda, mps, cpu ...; auto for the best and cpu.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(*, engines: tuple[str, ...], device: str, as_json: bool) -> int:
    """Find out in about a minute what each device can do at best.

    Matrix products, convolutions, memory, launches, JPEG decoding; on one core and on all; by every
    engine, and by NumPy. Scores are held against a frozen machine with 1,000.
    """
    from laptime import machine
    from laptime.cli._preflight import warn
    from laptime.cli._status import status
    from laptime.probes.earlier import earlier_scores
    from laptime.probes.flags import flags_of
    from laptime.probes.measure import choose, measure
    from laptime.probes.saved import load_all, save
    from laptime.probes.scores import reference, scores
    from laptime.store import open_store

    asked = choose(engines, device=device)
    frozen = reference()
    store = open_store()
    store.check_writable()
    with status(refreshes_per_s=1) as watch:
        warn(asked.engines, device=device, say=watch.say)
        watch.waiting(f"Probing {', '.join(asked.engines)}: about a minute for each device")
        probe = measure(asked, machine=machine.describe(), tell=watch.looking)
    if probe.rows:
        save(probe, store=store)
    reached = scores(probe, frozen=frozen) if probe.outcome == "ok" else ()
    kept, _ = load_all(store)  # one that cannot be read tells less, and no more
    earlier = earlier_scores(probe, kept, frozen=frozen)
    flags = flags_of(probe, scores=reached, earlier=earlier)
    _answer(probe, reached, flags, as_json=as_json)
    if probe.outcome == "interrupted":
        print("laptime: interrupted; what was measured is shown", file=sys.stderr)
        return EXIT_INTERRUPTED
    is_sound = all(row.outcome in ("ok", "unsupported") for row in probe.rows)
    return EXIT_OK if is_sound else EXIT_WORKLOAD


def _answer(probe: Probe, scores: Sequence[Score], flags: Sequence[Flag], *, as_json: bool) -> None:
    if as_json:
        from laptime.document import document

        content = {
            "id": probe.id,
            "outcome": probe.outcome,
            "results": [_item(row) for row in probe.rows],
            "scores": {each.name: each for each in scores},
            "machine": probe.machine,
            "libraries": probe.libraries,
            "environment": probe.environment,
            "flags": list(flags),
        }
        print(document(content), end="")
        return
    from laptime.cli._screen import screen
    from laptime.probes.text import render

    print(render(probe, scores=scores, flags=flags, screen=screen()), end="")


def _item(row: Row) -> dict[str, object]:
    from msgspec.structs import asdict

    fields = asdict(row)
    trials = fields.pop("trials")
    return {**fields, "trials": len(trials), "cores": row.cores}
