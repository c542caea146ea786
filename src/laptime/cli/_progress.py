"""What is shown while something runs: a live bar on a terminal, plain lines elsewhere; on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn

if TYPE_CHECKING:
    from laptime.runner.parent import Event
    from laptime.runner.plan import Item, Plan

_TRUST_OWN_PACE = 0.5
"""From this share on the time left follows the run's own pace alone, before partly the plan's."""


class Watcher(Protocol):
    """Told what goes on."""

    def announce(self, plan: Plan) -> None:
        """What will be run, before anything starts."""

    def event(self, event: Event) -> None:
        """A stage of the run."""

    def download(self, done: int, total: int | None, label: str) -> None:
        """Bytes of a download."""

    def writing(self, done: int, total: int | None, label: str) -> None:
        """Bytes of a synthetic twin."""

    def say(self, line: str) -> None:
        """Something that must be known before it is done."""


@contextmanager
def watch() -> Iterator[Watcher]:
    """A live display where stderr is a terminal, else a line per stage."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield _Lines(console)
        return
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[left]}"),
        console=console,
        transient=True,
        expand=True,
        refresh_per_second=1,  # each takes time from a core that trains
    )
    with progress:
        yield _Bars(console, progress)


def announcement(plan: Plan) -> str:
    """What will be run and how long it will take, in one line."""
    workloads = list(dict.fromkeys(item.workload for item in plan.items))
    engines = list(dict.fromkeys(item.engine for item in plan.items))
    setups = dict.fromkeys(item.setup for item in plan.items)
    count = len(workloads)
    what = f"{count} workloads" if count > 1 else workloads[0]
    if len(engines) > 1:
        what += f" x {len(engines)} engines"
    how = ", ".join((*engines, " or ".join(setups), plan.items[0].precision))
    real = len({item.workload for item in plan.items if item.found is not None})
    data = {0: "synthetic data", count: "real data"}.get(real, f"real data for {real} of {count}")
    if plan.profile == "soak":
        minutes = f"{plan.soak_s / 60:.3g} min"
        return f"Training {what} without a rest ({how}; {data}): {minutes} each."
    if plan.profile != "full":
        if plan.profile == "standard":
            how += (
                "; as many processes as fit" if plan.budget_s else f"; {plan.processes} processes"
            )
        return f"Measuring {what} ({how}; {data}): {_about(plan.expected_s or 0.0)}."
    told = "a first quick run would tell how long it takes"
    if plan.expected_s is not None:
        told = f"{_about(plan.expected_s)}, going by the last run here"
    return f"Training {what} in full ({how}; {data}): every epoch of the published run; {told}."


def _named(item: Item, plan: Plan | None) -> str:
    """'mnist-mlp', of several engines 'mnist-mlp on torch'."""
    several = plan is not None and len({each.engine for each in plan.items}) > 1
    return f"{item.workload} on {item.engine}" if several else item.workload


def _about(seconds: float) -> str:
    """'about 40 s', 'about 3 min'."""
    if seconds < 100:
        return f"about {max(10, round(seconds, -1)):.0f} s"
    return f"about {round(seconds / 60)} min"


def seconds_left(done: float, *, elapsed_s: float, expected_s: float | None) -> float | None:
    """Time left, from the plan's expectation at first and from the run's own pace later.

    None while neither says anything.
    """
    own = elapsed_s * (1 - done) / done if done > 0.02 else None
    if expected_s is None or own is None:
        planned = None if expected_s is None else max(0.0, expected_s - elapsed_s)
        return own if expected_s is None else planned
    trust = min(1.0, done / _TRUST_OWN_PACE)
    return trust * own + (1 - trust) * max(0.0, expected_s - elapsed_s)


class _Lines:
    """One plain line per stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""
        self._plan: Plan | None = None

    def announce(self, plan: Plan) -> None:
        self._plan = plan
        self.say(announcement(plan))

    def event(self, event: Event) -> None:
        if "of the epoch" not in event.stage:
            self.say(f"{100 * event.done:3.0f} %  {_named(event.item, self._plan)}: {event.stage}")

    def download(self, done: int, total: int | None, label: str) -> None:  # noqa: ARG002
        self.say(f"fetching {label}")

    def writing(self, done: int, total: int | None, label: str) -> None:  # noqa: ARG002
        self.say(f"writing {label}")

    def say(self, line: str) -> None:
        if line != self._last:
            self._console.print(line, soft_wrap=True, markup=False)
            self._last = line


class _Bars:
    """A bar for the run and one for each download."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._run: TaskID | None = None
        self._downloads: dict[str, TaskID] = {}
        self._plan: Plan | None = None
        self._began_s = 0.0
        self._stage = ""

    def announce(self, plan: Plan) -> None:
        for task in self._downloads.values():
            self._progress.remove_task(task)
        self._downloads.clear()
        self._console.print(announcement(plan), markup=False)
        self._plan = plan
        self._began_s = time.monotonic()
        self._run = self._progress.add_task("", total=1.0, left="")

    def event(self, event: Event) -> None:
        if self._run is None:
            return
        if "of the epoch" in event.stage:
            shown = f"{self._stage}, {event.stage.removesuffix(' of the epoch')}"
        else:
            shown = self._stage = event.stage
        self._progress.update(
            self._run,
            completed=event.done,
            description=escape(self._fitted(_named(event.item, self._plan), shown)),
            left=self._left(event.done),
        )

    def _fitted(self, name: str, stage: str) -> str:
        """On a narrow screen the stage goes, never the bar or the time left."""
        whole = f"{name}: {stage}"
        return whole if len(whole) <= self._console.width // 2 else name

    def _left(self, done: float) -> str:
        elapsed_s = time.monotonic() - self._began_s
        expected_s = self._plan.expected_s if self._plan else None
        left_s = seconds_left(done, elapsed_s=elapsed_s, expected_s=expected_s)
        if left_s is None:
            return ""
        minutes, seconds = divmod(round(left_s), 60)
        return f"{minutes}:{seconds:02} left"

    def download(self, done: int, total: int | None, label: str) -> None:
        self._move(f"fetching {label}", done, total, left=f"{done / 1e6:,.0f} MB")

    def writing(self, done: int, total: int | None, label: str) -> None:
        self._move(f"writing {label}", done, total, left=f"{done / 1e6:,.0f} MB")

    def say(self, line: str) -> None:
        self._console.print(line, markup=False)

    def _move(self, what: str, done: int, total: int | None, *, left: str) -> None:
        if what not in self._downloads:
            task = self._progress.add_task(escape(what), total=total, left="")
            self._downloads[what] = task
        self._progress.update(self._downloads[what], completed=done, total=total, left=left)
