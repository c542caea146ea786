"""`laptime probe`: small tests of every device, and three scores."""

from __future__ import annotations

import sys

import click

from laptime.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORKLOAD


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
    """Find out in a minute or two what each device can do at best.

    Matrix products, convolutions, memory, launches, JPEG decoding; on one core and on all; by every
    engine, and by NumPy. Scores are held against a frozen machine with 1,000.
    """
    from laptime.cli._preflight import warn
    from laptime.cli._probing import prepare, probe, show
    from laptime.cli._status import status
    from laptime.store import open_store

    asked = prepare(engines, device=device)
    store = open_store()
    store.check_writable()
    with status(refreshes_per_s=1) as watch:
        warn(asked.engines, device=device, say=watch.say)
        probed = probe(asked, store=store, watch=watch)
    show(probed, as_json=as_json)
    if probed.is_interrupted:
        print("laptime: interrupted; what was measured is shown", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK if probed.is_sound else EXIT_WORKLOAD
