"""Runs a plan: starts workers, visits them in turns, saves after each, survives all of them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
import psutil

from laptime import machine
from laptime.errors import (
    DeviceUnavailableError,
    EngineUnavailableError,
    EnvironmentUnfitError,
    StoreError,
)
from laptime.record import Machine, Result
from laptime.runner.messages import Phase
from laptime.runner.plan import (
    EVALUATE_S,
    VISIT_S,
    WARMUP_S,
    Item,
    Plan,
    fitted,
    need_bytes,
    smaller,
)
from laptime.runner.reference import ReferenceLoop
from laptime.runner.ticket import Ticket
from laptime.store import Store

HELD_SHARE = 0.75
"""Of the available memory, which held workers may be planned to fill."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something a watcher may want to show."""

    item: Item
    stage: str
    done: float
    """Of the whole run, 0 to 1."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    results: tuple[Result, ...]
    problems: tuple[EnvironmentUnfitError, ...]
    """Items that could not even start, and results that could not be saved."""
    interrupted: bool


class Run:
    """One execution of a plan.

    Args:
        plan: what to run.
        store: where results go, each as soon as its process has ended.
        on_event: told what is going on.
    """

    def __init__(self, plan: Plan, *, store: Store, on_event: Callable[[Event], None]) -> None:
        self._plan = plan
        self._store = store
        self._on_event = on_event
        self._machine: Machine = machine.describe()
        self._results: list[Result] = []
        self._problems: list[EnvironmentUnfitError] = []
        self._open: list[Ticket] = []
        self._left: list[Item] = list(plan.items)
        self._held = 1
        self._unfit: set[tuple[str, str]] = set()
        self._done = 0.0
        self._share = 0.0

    def execute(self) -> Outcome:
        """Run everything; Ctrl-C keeps what is done.

        Raises:
            StoreError: nothing can be saved at all, told before anything starts.
        """
        interrupted = False
        self._store.check_writable()
        try:
            if self._plan.profile == "quick":
                self._quick()
            else:
                self._full()
        except KeyboardInterrupt:
            interrupted = True
            with _unimpressed():
                for ticket in list(self._open):
                    if result := ticket.interrupt():
                        self._keep(ticket, result)
        finally:
            for ticket in self._open:
                if not ticket.ended:
                    ticket.abandon()
        return Outcome(
            results=tuple(self._results),
            problems=tuple(self._problems),
            interrupted=interrupted,
        )

    def _quick(self) -> None:
        """Visits of a second, in turns over as many held workers as memory allows."""
        reference = ReferenceLoop()
        # A start weighs like three visits, the validation like one, in the progress shown.
        most = self._plan.visits()
        share = 1 / (len(self._plan.items) * (4 + most))
        while self._left:
            group = self._next_group()
            self._held = len(group)
            tickets = [t for item in group if (t := self._started(item, WARMUP_S, 3 * share))]
            for number in range(1, most + 1):
                due = [t for t in tickets if not t.ended and self._is_due(t, number)]
                for ticket in _rotated(due, number):
                    ticket.references.append(reference.measure(number))
                    planned = max(number, self._plan.visits(ticket.step_s))
                    stage = f"visit {number} of {planned}"
                    self._tell(ticket.item, stage, share * most / planned)
                    ticket.visit(number, VISIT_S)
                    if ticket.failed:
                        self._keep(ticket, ticket.finish())
            for ticket in tickets:
                if not ticket.ended:
                    self._tell(ticket.item, "validation", share)
                    ticket.fit()
                    ticket.evaluate(EVALUATE_S)
                    self._keep(ticket, ticket.finish())

    def _is_due(self, ticket: Ticket, number: int) -> bool:
        """Whether it gets a visit of that number; the first one tells how many it can have."""
        return number <= self._plan.visits(ticket.step_s)

    def _next_group(self) -> list[Item]:
        """Items whose workers can be held at once, in the memory of the machine or its container."""
        available = self._available_bytes()
        group = [self._planned(self._left.pop(0), available)]
        while self._left and not group[0].is_alone and not self._left[0].is_alone:
            held = sum(map(need_bytes, group))
            following = self._planned(self._left[0], available)
            if held + need_bytes(following) > HELD_SHARE * available:
                break
            self._left.pop(0)
            group.append(following)
        return group

    def _available_bytes(self) -> int:
        available = psutil.virtual_memory().available
        return min(available, self._machine.memory_limit_bytes or available)

    def _planned(self, item: Item, available_bytes: int) -> Item:
        """As it is, or with a batch that fits, where fallback is allowed.

        Only where training uses the machine's own memory: that of a graphics card is another.
        """
        is_host = item.device == "cpu" or not self._machine.graphics
        can_plan = self._plan.fallback and (is_host or self._machine.system == "Darwin")
        return fitted(item, available_bytes=available_bytes) if can_plan else item

    def _full(self) -> None:
        """Every epoch of the author's protocol, one workload after the other."""
        count = len(self._left)
        while self._left:
            item = self._planned(self._left.pop(0), self._available_bytes())
            ticket = self._started(item, 0.0, 0.0)
            if ticket is None:
                continue
            epochs = ticket.workload.recipe.epochs
            for index in range(1, epochs + 1):
                if not ticket.failed:
                    self._tell(item, f"epoch {index} of {epochs}", 1 / epochs / count)
                    ticket.epoch(index)
            self._keep(ticket, ticket.finish())

    def _started(self, item: Item, warmup_s: float, share: float) -> Ticket | None:
        """A worker that is ready (or has failed in a way worth recording); None if unfit."""
        if (item.engine, item.device) in self._unfit:
            return None  # told once, and true of every workload
        self._tell(item, "start", share)
        try:
            ticket = Ticket(
                item,
                profile=self._plan.profile,
                seed=self._plan.seed,
                machine=self._machine,
                on_phase=lambda phase: self._hear(item, phase),
            )
        except EnvironmentUnfitError as problem:
            self._problems.append(problem)
            return None
        self._open.append(ticket)
        try:
            ticket.start(warmup_s=warmup_s)
        except EnvironmentUnfitError as problem:
            self._problems.append(problem)
            if isinstance(problem, EngineUnavailableError | DeviceUnavailableError):
                self._unfit.add((item.engine, item.device))
            ticket.abandon()
            self._open.remove(ticket)
            return None
        return ticket

    def _keep(self, ticket: Ticket, result: Result) -> None:
        """Save; until that is done the ticket stays open, so that Ctrl-C cannot lose its result.

        A result that cannot be saved is still shown, and the others still run.
        """
        try:
            self._store.save(result)
        except StoreError as problem:
            self._problems.append(problem)
        self._results.append(result)
        self._open.remove(ticket)
        if ticket.is_out_of_memory and self._plan.fallback:
            self._try_again(ticket.item)

    def _try_again(self, item: Item) -> None:
        """Alone first, where other workers were held beside it; then with the next smaller batch."""
        is_crowded = self._held > 1 and not item.is_alone
        again = item if is_crowded else smaller(item)
        if again is not None:
            self._left.insert(0, msgspec.structs.replace(again, is_alone=True))

    def _tell(self, item: Item, stage: str, share: float) -> None:
        """A stage begins, which makes up `share` of the whole run; the one before it is done."""
        self._done = min(1.0, self._done + self._share)
        self._share = share
        self._on_event(Event(item=item, stage=stage, done=self._done))

    def _hear(self, item: Item, phase: Phase) -> None:
        """Long epochs say how far they are; every other phase is too short to be shown."""
        if phase.share is not None and self._plan.profile == "full":
            done = min(1.0, self._done + self._share * phase.share)
            self._on_event(Event(item=item, stage=f"{phase.share:.0%} of the epoch", done=done))


def _rotated(tickets: Sequence[Ticket], number: int) -> list[Ticket]:
    """Another one goes first each time, so that none always follows the same neighbour."""
    first = number % len(tickets) if tickets else 0
    return [*tickets[first:], *tickets[:first]]


@contextmanager
def _unimpressed() -> Iterator[None]:
    """A second Ctrl-C does not stop the saving; it takes a moment only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
