"""Runs a plan: starts workers, visits them in turns, saves after each, survives all of them."""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
import psutil

from laptime import machine
from laptime.energy import Place
from laptime.errors import (
    DeviceUnavailableError,
    EngineUnavailableError,
    EnvironmentUnfitError,
    StoreError,
)
from laptime.record import Machine, Profile, Result
from laptime.runner.clock import SystemClock
from laptime.runner.joining import joined
from laptime.runner.messages import Phase
from laptime.runner.plan import (
    Item,
    Plan,
    fitted,
    need_bytes,
    smaller,
)
from laptime.runner.resting import at_rest
from laptime.runner.sampling import Sampler
from laptime.runner.schedules import full, quick, soak
from laptime.runner.standard import standard
from laptime.runner.ticket import Ticket
from laptime.runner.unfinished import FORMAT as UNFINISHED_FORMAT
from laptime.runner.unfinished import (
    Unfinished,
    as_left,
    is_of,
    processes_done,
    remove,
    this_process,
    write,
)
from laptime.store import Store

SCHEDULES = {"quick": quick, "standard": standard, "full": full, "soak": soak}
BESIDE: Profile = "quick"
"""Of a worker that is visited in the pauses of a whole run."""
AT_REST = ("standard", "soak")
"""Profiles that measure the machine's power at rest, before anything is trained."""
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
        begun: the same plan's run that was not ended, and its results; None for a new one.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        store: Store,
        on_event: Callable[[Event], None],
        begun: tuple[Unfinished, list[Result]] | None = None,
    ) -> None:
        known, results = begun or (_new(plan), [])
        self.plan = plan
        self.items = [as_left(item, results, plan) for item in plan.items]
        """As they are run from now on: with a smaller batch after one that did not fit."""
        self.left = [i for i in self.items if processes_done(i, results, plan) < plan.processes]
        """Those whose turn is still to come."""
        self._store = store
        self._on_event = on_event
        self._machine: Machine = machine.describe()
        self._results: list[Result] = results
        self._unfinished = msgspec.structs.replace(known, owner=this_process())
        self.spent_s = known.spent_s
        """Of a budget, also before the run was taken up again."""
        self._kept: dict[Ticket, int] = {}
        """Place of each one's result among all."""
        self._problems: list[EnvironmentUnfitError] = []
        self._open: list[Ticket] = []
        self._held = 1
        # So that the times of all processes count from one moment, also after a pause.
        self._began_ns = SystemClock().now_ns() - round(known.age_s * 1e9)
        self._unfit: set[tuple[str, str]] = set()
        self._done = 0.0
        self._share = 0.0
        self._sampler: Sampler | None = None
        self._idle_power_w: Mapping[Place, float] | None = None
        self.stretch_s = 0.0
        """How long to train without a rest, so that the joules of every place are known."""

    def execute(self) -> Outcome:
        """Run everything; Ctrl-C keeps what is done.

        Raises:
            StoreError: nothing can be saved at all, told before anything starts.
        """
        interrupted = False
        self._store.check_writable()
        try:
            self._note_progress()
            self._sampler = Sampler()
            if self.plan.profile in AT_REST:
                self.stretch_s, self._idle_power_w = at_rest(self._sampler)
            SCHEDULES[self.plan.profile](self)
            remove(self._store, self._unfinished.run)
        except KeyboardInterrupt:
            interrupted = True
            with _unimpressed():
                for ticket in list(self._open):
                    if result := ticket.interrupt():
                        self.keep(ticket, result)
        finally:
            for ticket in self._open:
                if not ticket.ended:
                    ticket.abandon()
            if self._sampler is not None:
                self._sampler.close()
        return Outcome(
            results=tuple(self._results),
            problems=tuple(self._problems),
            interrupted=interrupted,
        )

    def start_group(self, *, warmup_s: float, share: float, seed: int) -> list[Ticket]:
        """Workers for the next of those left, as many as can be held at once; without the unfit ones.

        Args:
            warmup_s: 0 leaves the first step to the first epoch.
            share: of the whole run, that one start makes up.
            seed: of weights, order and dropout.
        """
        group = self._next_group()
        self._held = len(group)
        tickets = [self._started(item, warmup_s=warmup_s, share=share, seed=seed) for item in group]
        return [ticket for ticket in tickets if ticket is not None]

    def start_next(self, *, warmup_s: float, seed: int) -> Ticket | None:
        """A worker for the next one alone; None if unfit."""
        self._held = 1
        item = self._planned(self.left.pop(0), self._available_bytes())
        return self._started(item, warmup_s=warmup_s, share=0.0, seed=seed)

    def start_beside(self, item: Item, *, warmup_s: float, seed: int) -> Ticket | None:
        """A second worker of the same item, for a quick look.

        None where memory is too short for it, or it does not start: the whole run goes on without.
        """
        if not self.has_room(item):
            return None
        ticket = self._ticket(item, seed, profile=BESIDE)
        self._open.append(ticket)
        try:
            ticket.start(warmup_s=warmup_s)
        except EnvironmentUnfitError as problem:
            self.tell(item, f"no second worker: {problem}", 0.0)
            ticket.abandon()
            self._open.remove(ticket)
            return None
        return ticket

    def has_room(self, item: Item) -> bool:
        """Whether another worker fits into memory beside those that are held."""
        return need_bytes(item) <= HELD_SHARE * self._available_bytes()

    def _next_group(self) -> list[Item]:
        """Items whose workers can be held at once, in the memory of the machine or its container."""
        available = self._available_bytes()
        group = [self._planned(self.left.pop(0), available)]
        while self.left and not group[0].is_alone and not self.left[0].is_alone:
            held = sum(map(need_bytes, group))
            following = self._planned(self.left[0], available)
            if held + need_bytes(following) > HELD_SHARE * available:
                break
            self.left.pop(0)
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
        can_plan = self.plan.fallback and (is_host or self._machine.system == "Darwin")
        return fitted(item, available_bytes=available_bytes) if can_plan else item

    def _started(self, item: Item, *, warmup_s: float, share: float, seed: int) -> Ticket | None:
        """A worker that is ready (or has failed in a way worth recording); None if unfit."""
        if (item.engine, item.device) in self._unfit:
            return None  # told once, and true of every workload
        self.tell(item, "start", share)
        try:
            ticket = self._ticket(item, seed)
        except EnvironmentUnfitError as problem:
            self._drop(item, problem)
            return None
        self._open.append(ticket)
        try:
            ticket.start(warmup_s=warmup_s)
        except EnvironmentUnfitError as problem:
            self._drop(item, problem)
            ticket.abandon()
            self._open.remove(ticket)
            return None
        return ticket

    def _ticket(self, item: Item, seed: int, *, profile: Profile | None = None) -> Ticket:
        return Ticket(
            item,
            profile=profile or self.plan.profile,
            seed=seed,
            machine=self._machine,
            on_phase=lambda phase: self._hear(item, phase),
            run=self._unfinished.run,
            began_ns=self._began_ns,
            idle_power_w=self._idle_power_w,
        )

    @contextmanager
    def aside(self, item: Item, *, warmup_s: float, seed: int) -> Iterator[Ticket]:
        """A worker whose result is not kept; it may have failed by now.

        Raises:
            EnvironmentUnfitError: as `Ticket`.
        """
        ticket = self._ticket(item, seed)
        try:
            ticket.start(warmup_s=warmup_s)
            yield ticket
        finally:
            ticket.abandon()

    @contextmanager
    def sampling(self, ticket: Ticket) -> Iterator[None]:
        """What the sensors tell meanwhile goes to this worker's record."""
        if self._sampler is None:
            raise RuntimeError("sensors are read only while the run is executed")
        self._sampler.start(ticket.pid)
        try:
            yield
        finally:
            ticket.heard.sampled.append(self._sampler.stop())

    def _drop(self, item: Item, problem: EnvironmentUnfitError) -> None:
        """Tell why it cannot be run, and start it no more."""
        self._problems.append(problem)
        unfit = (item.engine, item.device)
        if isinstance(problem, EngineUnavailableError | DeviceUnavailableError):
            self._unfit.add(unfit)
            self.items = [each for each in self.items if (each.engine, each.device) != unfit]
        self.items = [each for each in self.items if not _is_alike(each, item)]

    def give_up(self, item: Item, reason: str) -> None:
        """Tell why an item has no result."""
        told = f"{item.workload} ({item.engine}, {item.setup}): {reason}"
        self._problems.append(EnvironmentUnfitError(f"{told}; give it more time"))

    def keep(self, ticket: Ticket, result: Result) -> None:
        """Save; until that is done the ticket stays open, so that Ctrl-C cannot lose its result.

        A further process of a result that is there already joins it. A result that cannot be saved is
        still shown, and the others still run.
        """
        place = self._kept.get(ticket)
        if place is None:  # else Ctrl-C came while it was being saved
            place = self._kept[ticket] = self._join(result)
        try:
            self._store.save(self._results[place])
            self._note_progress()
        except StoreError as problem:
            self._problems.append(problem)
        self._open.remove(ticket)
        is_beside = result.profile != self.plan.profile
        if ticket.is_out_of_memory and self.plan.fallback and not is_beside:
            self._try_again(ticket.item)

    def _join(self, result: Result) -> int:
        """Among the results; at which place."""
        for place, earlier in enumerate(self._results):
            if self.plan.profile == "standard" and (together := joined(earlier, result)):
                self._results[place] = together
                return place
        self._results.append(result)
        return len(self._results) - 1

    @property
    def results(self) -> tuple[Result, ...]:
        """Those so far."""
        return tuple(self._results)

    def processes_done(self, item: Item) -> int:
        """How many of an item were run to their end."""
        return processes_done(item, self._results, self.plan)

    def is_of(self, result: Result, item: Item) -> bool:
        """Whether a result is of an item of this run."""
        return is_of(result, item, self.plan.profile)

    def is_due(self, item: Item, process: int) -> bool:
        """Whether its process of that number, counted from 0, is still to be run."""
        return self.processes_done(item) <= process

    def _note_progress(self) -> None:
        """So that `--resume` can go on whatever ends us."""
        ids = tuple(result.id for result in self._results)
        self._unfinished = msgspec.structs.replace(
            self._unfinished, results=ids, spent_s=self.spent_s
        )
        write(self._store, self._unfinished)

    def _try_again(self, item: Item) -> None:
        """Alone first, where other workers were held beside it; then with the next smaller batch."""
        is_crowded = self._held > 1 and not item.is_alone
        again = item if is_crowded else smaller(item)
        if again is not None:
            again = msgspec.structs.replace(again, is_alone=True)
            self.left.insert(0, again)
            self.items = [again if _is_alike(each, item) else each for each in self.items]

    def tell(self, item: Item, stage: str, share: float) -> None:
        """A stage begins, which makes up `share` of the whole run; the one before it is done."""
        self._done = min(1.0, self._done + self._share)
        self._share = share
        self._on_event(Event(item=item, stage=stage, done=self._done))

    def _hear(self, item: Item, phase: Phase) -> None:
        """Long epochs say how far they are; every other phase is too short to be shown."""
        if phase.share is not None and self.plan.profile == "full":
            done = min(1.0, self._done + self._share * phase.share)
            self._on_event(Event(item=item, stage=f"{phase.share:.0%} of the epoch", done=done))


def _new(plan: Plan) -> Unfinished:
    return Unfinished(
        format=UNFINISHED_FORMAT,
        run=secrets.token_hex(6),
        began=datetime.now(UTC).isoformat(),
        plan=plan,
        results=(),
    )


def _is_alike(one: Item, other: Item) -> bool:
    """Whether they are the same but for what memory allowed."""
    return one == msgspec.structs.replace(
        other, batch_size=one.batch_size, is_alone=one.is_alone, deviations=one.deviations
    )


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
