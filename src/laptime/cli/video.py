"""`laptime video`: the articles' video exports with an open encoder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from laptime.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORKLOAD, UsageError


@click.command(
    name="video",
    epilog="PyAV's wheels hold FFmpeg with x264 and x265, which are under the GNU General Public "
    "License (GPL): in effect the whole of it is. laptime only calls it, from a process of its own.",
)
@click.option("--codec", "codecs", multiple=True, metavar="NAME", help="h264 or prores; both.")
@click.option(
    "--encoder",
    "encoders",
    multiple=True,
    metavar="NAME",
    help="FFmpeg's name ('libx264'), as often as wanted; every one that opens here without it.",
)
@click.option(
    "--clip", "clip_name", default="small", show_default=True, help="small: 10 min; large: 4 h."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds of the clip to encode; 10 at least without it. The rest is estimated.",
)
@click.option("--full", is_flag=True, help="Encode the whole clip: nothing is estimated.")
@click.option("--size", default="1920x1080", show_default=True, help="Width and height in pixels.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the file lies while it is needed; the system's own place without it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(
    *,
    codecs: tuple[str, ...],
    encoders: tuple[str, ...],
    clip_name: str,
    seconds: float | None,
    full: bool,
    size: str,
    folder: Path | None,
    as_json: bool,
) -> int:
    """Export the articles' clips as H.264 and ProRes: how fast, how large, and how good.

    The clip is drawn from a fixed seed. A sample of it is encoded by each encoder that opens here, on
    the processor and on graphics cards, in a process of its own; then it is compared with what was
    drawn. The exit code is 4 where a named encoder does not open, or one that opens fails.
    """
    from laptime.cli._exporting import export_all, show
    from laptime.store import open_store
    from laptime.video.clips import clip_of
    from laptime.video.encoders import chosen
    from laptime.video.export import Amount, check_installed

    if full and seconds is not None:
        raise UsageError("--full encodes the whole clip; drop --seconds")
    width, height = _size(size)
    clip = clip_of(clip_name, width=width, height=height)
    wanted = chosen(codecs=codecs, names=encoders)
    check_installed()
    store = open_store()
    store.check_writable()
    exported = export_all(
        wanted,
        clip=clip,
        amount=Amount(seconds=seconds, is_full=full),
        folder=folder,
        is_named=bool(encoders),
        store=store,
    )
    show(exported, as_json=as_json)
    if exported.is_interrupted:
        print("laptime: interrupted; what was measured is saved", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK if exported.is_sound else EXIT_WORKLOAD


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"'{text}' is no size; write for example --size 1920x1080")
    return int(width), int(height)
