"""Checks of `laptime doctor`: one file each, saying what it saw and what to do about it.

To add one, write `doctor/<name>.py` with the literals of `CheckModule` and its function `check`. It
looks and never changes anything, and yields a `Finding` for each thing that it looked at. What it
cannot know here is 'skipped' with the reason. A check that fails or hangs is a row of its own and
disturbs no other. See docs/adding.md.

Callers make a `Case` with `open_case` and hand it to `examine`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, cast

import msgspec

from laptime import registry
from laptime.errors import LaptimeError, UnknownNameError
from laptime.layout import Screen
from laptime.record import Machine
from laptime.redact import clean
from laptime.runner.clock import SystemClock

if TYPE_CHECKING:
    from types import ModuleType

Verdict = Literal["ok", "warn", "fail", "skipped"]
"""'fail': training as it was asked for cannot work. 'warn': it can, and is slower or less sure than
it need be."""

LIMIT_S = 5.0
"""A fast check that has not answered by then is taken to hang (a dead network disk, a driver)."""
WAIT_S = 0.2
"""Short waits: on Windows a long one defers Ctrl-C."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check says of one thing that it looked at."""

    outcome: Verdict
    evidence: str
    """What was seen, with its figures. No path and no name of a person or computer: it is shared."""
    fix: str | None = None
    """What to do, in a sentence; None where nothing is to be done."""
    command: str | None = None
    """The line to paste, where one does it."""
    about: str | None = None
    """Which of several things: 'torch on cuda'."""
    private: str | None = None
    """What the screen alone may show: a path."""


class Row(Finding, frozen=True, kw_only=True):
    """A finding, and whose."""

    name: str
    """Key of the check."""
    wall_s: float
    """Seconds since the check began."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at, and for whom."""

    engines: tuple[str, ...]
    """Engines that are meant, installed or not, the preferred one first."""
    installed: tuple[str, ...]
    """Those of them whose modules are found."""
    is_named: bool
    """Whether the user named them: then each must work; else the preferred one must."""
    device: str
    """As asked for; 'auto' for the best."""
    machine: Machine
    screen: Screen
    began_ns: tuple[int, int]
    """Monotonic and wall clock as the examination began."""
    tell: Callable[[str], None]
    """Told what is being done where that takes long."""

    def is_needed(self, engine: str) -> bool:
        """Whether the run that was asked for cannot do without it."""
        return self.is_named or engine == next(iter(self.installed), None)


class CheckModule(Protocol):
    """What a leaf of this room holds. The constants are literals, read without importing it."""

    TITLE: str
    """What it looks at, in a few words."""
    ORDER: int
    """Where it stands on the screen; the smallest first."""
    FAST: bool
    """Whether it takes well under a second. A slow one does its work in processes with limits of
    their own."""

    def check(self, case: Case) -> Iterable[Finding]:
        """Look. Anything raised becomes a row, too."""


def open_case(
    engines: Sequence[str] = (),
    *,
    device: str = "auto",
    machine: Machine,
    screen: Screen,
    tell: Callable[[str], None] = lambda _: None,
) -> Case:
    """What is to be examined.

    Args:
        engines: as named on the command line; all that train something for none, or for 'all'.
        device: as named there.
        machine: this computer.
        screen: what its answers are read on.
        tell: told what is being done where that takes long.

    Raises:
        UnknownNameError: no such engine, or none that is meant has such a device.
    """
    from laptime.runner import plan

    clock = SystemClock()
    named = [name for name in engines if name != plan.ALL]
    for name in named:
        plan.check_choices(name, device=device, precision="float32")
    wanted = [name for name in named or plan.by_preference() if _has_device(name, device)]
    if not wanted:
        kinds = {kind for name in plan.by_preference() for kind in _kinds(name)}
        raise UnknownNameError("device", device, ["auto", *kinds])
    return Case(
        engines=tuple(wanted),
        installed=tuple(name for name in wanted if plan.is_installed(name)),
        is_named=bool(named),
        device=device,
        machine=machine,
        screen=screen,
        began_ns=(clock.now_ns(), clock.wall_ns()),
        tell=tell,
    )


def _kinds(engine: str) -> tuple[str, ...]:
    return tuple(registry.peek("engines", engine)["DEVICES"])


def _has_device(engine: str, device: str) -> bool:
    return device == "auto" or device.partition(":")[0] in _kinds(engine)


def examine(
    case: Case,
    *,
    fast: bool = False,
    only: Collection[str] | None = None,
    on_check: Callable[[str], None] = lambda _: None,
) -> Iterator[Row]:
    """Every check, one after the other; each row as soon as it is known.

    Args:
        case: what is looked at.
        fast: leave out the checks that take longer than a moment.
        only: keys of the checks that are wanted; None for all.
        on_check: told the title of each check before it begins.
    """
    for name in checks():
        if only is not None and name not in only:
            continue
        try:
            facts = registry.peek("doctor", name)
        except LaptimeError as error:
            yield _row(name, _broken(error), 0.0)
            continue
        if not (fast and not facts["FAST"]):
            on_check(facts["TITLE"])
            yield from _rows(name, case, is_fast=facts["FAST"])


def checks() -> list[str]:
    """Keys of all checks, in the order in which they are made."""

    def place(name: str) -> tuple[int, str]:
        try:
            return registry.peek("doctor", name)["ORDER"], name
        except LaptimeError:  # `examine` tells what is wrong with it
            return -1, name

    return sorted(registry.names("doctor"), key=place)


def _rows(name: str, case: Case, *, is_fast: bool) -> Iterator[Row]:
    clock = SystemClock()
    began = clock.now_ns()

    def all_of() -> Iterator[Finding]:
        yield from cast("CheckModule", _load(name)).check(case)

    try:
        for finding in _within(all_of) if is_fast else all_of():
            yield _row(name, finding, (clock.now_ns() - began) / 1e9)
    except Exception as error:  # noqa: BLE001 - becomes a row, which says so
        yield _row(name, _broken(error), (clock.now_ns() - began) / 1e9)


def _load(name: str) -> ModuleType:
    return registry.load("doctor", name)


def _within(all_of: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a fast check finds, in a thread that may be left behind where it hangs."""
    answers: queue.SimpleQueue[Finding | Exception | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            for finding in all_of():
                answers.put(finding)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            answers.put(error)
        answers.put(None)

    # No pool: a pool waits for its threads when Python ends, also for one that hangs.
    threading.Thread(target=work, daemon=True).start()
    clock = SystemClock()
    end_ns = clock.now_ns() + LIMIT_S * 1e9
    while clock.now_ns() < end_ns:
        try:
            answer = answers.get(timeout=WAIT_S)
        except queue.Empty:
            continue
        if answer is None:
            return
        if isinstance(answer, Exception):
            raise answer
        yield answer
    yield Finding(
        outcome="warn",
        evidence=f"no answer within {LIMIT_S:.0f} s; left alone",
        fix="Something that it asked hangs: a network disk, a driver, a system tool. Look at those.",
    )


def _broken(error: Exception) -> Finding:
    """A check that failed itself has seen nothing, good or bad."""
    return Finding(
        outcome="warn",
        evidence=f"this check itself failed ({type(error).__name__}: {clean(str(error))})",
        fix="Nothing is known of what it looks at. Report it to laptime, or to the plug-in's author.",
    )


def _row(name: str, finding: Finding, wall_s: float) -> Row:
    return Row(name=name, wall_s=wall_s, **msgspec.structs.asdict(finding))
