"""What is shown while something runs: a live bar on a terminal, plain lines elsewhere; on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from laptime.runner.parent import Event
    from laptime.runner.plan import Plan


class Watcher(Protocol):
    """Told what goes on."""

    def announce(self, plan: Plan) -> None:
        """What will be run, before anything starts."""

    def event(self, event: Event) -> None:
        """A stage of the run."""

    def download(self, done: int, total: int | None, label: str) -> None:
        """Bytes of a download."""


@contextmanager
def watch() -> Iterator[Watcher]:
    """A live display where stderr is a terminal, else a line per stage."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Lines(console)
        return
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        expand=True,
    )
    with progress:
        yield _Bars(console, progress)


def _announcement(plan: Plan) -> str:
    first = plan.items[0]
    count = len(plan.items)
    what = f"{count} workloads" if count > 1 else first.workload
    how = f"{first.engine}, {first.setup}, {first.precision}"
    if plan.expected_s is None:
        return f"Training {what} in full ({how}); as long as the published runs take here."
    return f"Measuring {what} ({how}); about {round(plan.expected_s, -1):.0f} s."


class _Lines:
    """One plain line per stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def announce(self, plan: Plan) -> None:
        self._say(_announcement(plan))

    def event(self, event: Event) -> None:
        if "of the epoch" not in event.stage:
            self._say(f"{event.done:4.0%}  {event.item.workload}: {event.stage}")

    def download(self, done: int, total: int | None, label: str) -> None:  # noqa: ARG002
        self._say(f"fetching {label}")

    def _say(self, line: str) -> None:
        if line != self._last:
            self._console.print(line, soft_wrap=True, markup=False)
            self._last = line


class _Bars:
    """A bar for the run and one for a download."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._run: TaskID | None = None
        self._downloads: dict[str, TaskID] = {}

    def announce(self, plan: Plan) -> None:
        self._console.print(_announcement(plan), markup=False)
        self._run = self._progress.add_task("", total=1.0)

    def event(self, event: Event) -> None:
        if self._run is not None:
            self._progress.update(
                self._run,
                completed=event.done,
                description=f"{event.item.workload}: {event.stage}",
            )

    def download(self, done: int, total: int | None, label: str) -> None:
        if label not in self._downloads:
            self._downloads[label] = self._progress.add_task(f"fetching {label}", total=total)
        self._progress.update(self._downloads[label], completed=done, total=total)
