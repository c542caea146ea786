"""`laptime video`: the articles' video exports with an open encoder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laptime.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORKLOAD, UsageError

if TYPE_CHECKING:
    from laptime.runner.messages import Phase
    from laptime.video.record import VideoResult

_DOING = {
    "start": "starting",
    "import": "starting",
    "list": "starting",
    "open": "opening",
    "draw": "drawing the clip",
    "encode": "encoding",
    "judge": "comparing with what was drawn",
}


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
    from laptime import machine
    from laptime.runner.sampling import Sampler
    from laptime.store import open_store
    from laptime.video.clips import clip_of
    from laptime.video.encoders import chosen
    from laptime.video.export import Amount, check_installed, export, is_left_out
    from laptime.video.record import save

    if full and seconds is not None:
        raise UsageError("--full encodes the whole clip; drop --seconds")
    width, height = _size(size)
    clip = clip_of(clip_name, width=width, height=height)
    wanted = chosen(codecs=codecs, names=encoders)
    check_installed()
    store = open_store()
    store.check_writable()
    here = machine.describe()
    results: list[VideoResult] = []
    is_interrupted = False
    with Sampler() as sampler, _watch() as tell:
        for encoder in wanted:
            result = export(
                encoder,
                clip=clip,
                amount=Amount(seconds=seconds, is_full=full),
                folder=folder,
                machine=here,
                sampler=sampler,
                on_phase=lambda phase, name=encoder.name: tell(name, phase),  # type: ignore[misc]
            )
            if is_left_out(result, is_named=bool(encoders)):
                continue
            save(store, result)
            results.append(result)
            if result.outcome == "interrupted":
                is_interrupted = True
                break
    _show(results, as_json=as_json)
    if is_interrupted:
        print("laptime: interrupted; what was measured is saved", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK if _is_well(results, is_named=bool(encoders)) else EXIT_WORKLOAD


def _is_well(results: list[VideoResult], *, is_named: bool) -> bool:
    """Whether all ended well; an encoder that nobody named may be one that does not open here."""
    failed = [result for result in results if result.outcome != "ok"]
    if not is_named:
        failed = [result for result in failed if result.phase != "open"]
    return not failed and any(result.outcome == "ok" for result in results)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"'{text}' is no size; write for example --size 1920x1080")
    return int(width), int(height)


@contextmanager
def _watch() -> Iterator[Callable[[str, Phase], None]]:
    """A line that changes, on a terminal; elsewhere a line for each step."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        # Redrawn once a second: each time costs a moment of a core that encodes.
        with console.status("", refresh_per_second=1) as status:
            yield lambda name, phase: status.update(escape(_told(name, phase)))
        return
    last = ""

    def say(name: str, phase: Phase) -> None:
        nonlocal last
        line = f"{name}: {_DOING.get(phase.name, phase.name)}"
        if line != last:
            console.print(line, soft_wrap=True, markup=False)
        last = line

    yield say


def _told(name: str, phase: Phase) -> str:
    doing = f"{name}: {_DOING.get(phase.name, phase.name)}"
    return doing if phase.share is None else f"{doing}, {100 * phase.share:.0f} %"


def _show(results: list[VideoResult], *, as_json: bool) -> None:
    from laptime.video.summary import summarize

    summaries = [summarize(result) for result in results]
    if as_json:
        import msgspec

        from laptime.document import document

        print(document({"results": msgspec.to_builtins(summaries)}), end="")
        return
    if not results:
        return
    from laptime.cli._screen import screen
    from laptime.video.text import render

    first = results[0]
    told = render(
        summaries,
        machine=first.machine,
        clip_seconds=first.clip.duration_s,
        screen=screen(),
    )
    print(told, end="")
