"""Exports from the choice of encoders to their table: for `laptime video`, and beside a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from laptime import machine
from laptime.document import document
from laptime.published.orientation import CAUTION, exports, idle_shares
from laptime.runner.sampling import Sampler
from laptime.video import export
from laptime.video.clips import Clip
from laptime.video.encoders import Encoder
from laptime.video.record import VideoResult, save
from laptime.video.summary import summarize
from laptime.video.text import render

if TYPE_CHECKING:
    from laptime.layout import Screen
    from laptime.published import Published
    from laptime.runner.messages import Phase
    from laptime.store import Store

_DOING = {
    "start": "starting",
    "import": "starting",
    "list": "starting",
    "open": "opening",
    "draw": "drawing the clip",
    "encode": "encoding",
    "judge": "comparing with what was drawn",
}


class Exported(NamedTuple):
    """What is told of exports."""

    results: tuple[VideoResult, ...]
    is_named: bool
    """Whether encoders were asked for by name."""

    @property
    def is_interrupted(self) -> bool:
        """By Ctrl-C."""
        return any(result.outcome == "interrupted" for result in self.results)

    @property
    def is_sound(self) -> bool:
        """Whether all ended well; one that nobody named may be one that does not open here."""
        failed = [result for result in self.results if result.outcome != "ok"]
        if not self.is_named:
            failed = [result for result in failed if result.phase != "open"]
        return not failed and any(result.outcome == "ok" for result in self.results)

    def content(self) -> dict[str, Any]:
        """For programs."""
        return {
            "results": msgspec.to_builtins([summarize(result) for result in self.results]),
            "published": {"caution": CAUTION, "rows": self._published()},
        }

    def text(self, screen: Screen) -> str:
        """For people; nothing where nothing was tried."""
        if not self.results:
            return ""
        first = self.results[0]
        return render(
            [summarize(result) for result in self.results],
            machine=first.machine,
            clip_seconds=first.clip.duration_s,
            published=self._published(),
            screen=screen,
        )

    def _published(self) -> list[Published]:
        asked = dict.fromkeys((result.clip.name, result.setup.codec) for result in self.results)
        return [row for each in asked for row in (*exports(*each), *idle_shares(*each))]


def export_all(
    encoders: Sequence[Encoder],
    *,
    clip: Clip,
    amount: export.Amount,
    folder: Path | None,
    is_named: bool,
    store: Store,
) -> Exported:
    """Encode by one after the other, and keep what came of each.

    Args:
        encoders: which.
        clip: what is encoded.
        amount: how much of it.
        folder: where the file lies meanwhile; None for the system's own place.
        is_named: whether they were asked for by name.
        store: where results are kept.

    Raises:
        LaptimeError: nothing can be written, or no process can be started.
    """
    here = machine.describe()
    results: list[VideoResult] = []
    with Sampler(rate_hz=export.SENSORS_HZ) as sampler, _watch() as tell:
        for encoder in encoders:
            result = export.export(
                encoder,
                clip=clip,
                amount=amount,
                folder=folder,
                machine=here,
                sampler=sampler,
                on_phase=lambda phase, name=encoder.name: tell(name, phase),  # type: ignore[misc]
            )
            if export.is_left_out(result, is_named=is_named):
                continue
            save(store, result)
            results.append(result)
            if result.outcome == "interrupted":
                break
    return Exported(tuple(results), is_named)


def show(exported: Exported, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        print(document(exported.content()), end="")
        return
    from laptime.cli._screen import screen

    print(exported.text(screen()), end="")


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
