"""One candidate in a process of its own; whatever becomes of it is a standing, never an exception."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

import msgspec

from laptime.errors import EnvironmentUnfitError
from laptime.figures import last_process, visit_speeds
from laptime.record import Machine, Outcome
from laptime.redact import clean
from laptime.runner.messages import Phase
from laptime.runner.plan import SEED, VISIT_S, WARMUP_S, Item
from laptime.runner.ticket import Ticket
from laptime.summary import summarize

JUDGE_S = 1.0
"""Validation images for about this long decide whether a candidate learns."""
VISIT_LIMIT_S = 15.0
"""A visit that takes so much longer than its steps should is taken to hang."""
VISIT_LIMIT_STEPS = 5
JUDGE_LIMIT_S = 60.0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a candidate, but for its speed."""

    outcome: Outcome | Literal["not tried"]
    reason: str | None = None
    """One clean line for anything but 'ok'."""
    learned: bool | None = None
    device: str | None = None
    used: dict[str, str | int | float | bool] = {}
    """What its worker really used, by its own account."""
    environment: dict[str, str] = {}
    versions: dict[str, str] = {}

    @property
    def passes(self) -> bool:
        """Whether it may win: it ran, and is not known not to learn."""
        return self.outcome == "ok" and self.learned is not False


class Contender(Protocol):
    """A candidate that is held, ready to train."""

    def visit(self) -> float | None:
        """Samples per second over about a second; None where it failed."""

    def judge(self) -> None:
        """Find out whether it learns."""

    @property
    def standing(self) -> Standing:
        """What is known by now."""

    def close(self) -> None:
        """End it at once."""


class Worker:
    """A candidate in a worker process.

    Args:
        item: what it trains, and how.
        machine: for the record.
        limit_s: its start may take so long, compilation and first step included.
    """

    def __init__(self, item: Item, *, machine: Machine, limit_s: float) -> None:
        self._phase = "start"
        self._visits = 0
        self._ticket: Ticket | None = None
        self._unfit: str | None = None
        self._timeout: str | None = None
        try:
            self._ticket = Ticket(
                item, profile="quick", seed=SEED, machine=machine, on_phase=self._hear
            )
            with self._limited(self._ticket, limit_s):
                self._ticket.start(warmup_s=WARMUP_S)
        except EnvironmentUnfitError as problem:
            self._unfit = clean(str(problem))
            self.close()
        except BaseException:
            self.close()
            raise

    def visit(self) -> float | None:
        """Samples per second over about a second; None where it failed."""
        ticket = self._living()
        if ticket is None:
            return None
        self._visits += 1
        with self._limited(ticket, VISIT_LIMIT_S + VISIT_LIMIT_STEPS * (ticket.step_s or 0.0)):
            ticket.visit(self._visits, VISIT_S)
        if self._living() is None:
            return None
        return visit_speeds(last_process(ticket.result()))[-1]

    def judge(self) -> None:
        """Validate; the standing tells whether enough was learned for the steps trained."""
        if (ticket := self._living()) is not None:
            with self._limited(ticket, JUDGE_LIMIT_S):
                ticket.fit()
                ticket.evaluate(JUDGE_S)

    @property
    def standing(self) -> Standing:
        """What is known by now."""
        if self._ticket is None or (self._unfit is not None and self._timeout is None):
            return Standing(outcome="environment", reason=self._unfit)
        result = self._ticket.result()
        summary = summarize(result)
        return Standing(
            outcome="timeout" if self._timeout else summary.outcome,
            reason=self._timeout or summary.message,
            learned=summary.learned,
            device=result.setup.device,
            used=result.setup.options,
            environment=result.setup.environment,
            versions=result.setup.versions,
        )

    def close(self) -> None:
        """End it at once."""
        if self._ticket is not None and not self._ticket.ended:
            self._ticket.abandon()

    def _living(self) -> Ticket | None:
        ticket = self._ticket
        is_over = ticket is None or ticket.failed or ticket.ended
        return None if is_over else ticket

    def _hear(self, phase: Phase) -> None:
        self._phase = phase.name

    @contextmanager
    def _limited(self, ticket: Ticket, seconds: float) -> Iterator[None]:
        """End a worker that takes longer; it is heard of as one that was killed."""

        def end() -> None:
            self._timeout = f"no answer within {seconds:.0f} s ({self._phase}); stopped"
            ticket.abandon()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
