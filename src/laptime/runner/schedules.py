"""In which order a profile goes through the items of a run: who is held, who is visited when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from laptime.record import Phase as BlockPhase
from laptime.runner.clock import SystemClock
from laptime.runner.plan import (
    EVALUATE_S,
    LONG_S,
    SOAK_VISIT_S,
    TURN_S,
    VISIT_S,
    VISITS,
    WARMUP_S,
)
from laptime.runner.reference import ReferenceLoop
from laptime.runner.ticket import Ticket

if TYPE_CHECKING:
    from laptime.runner.parent import Run


def quick(run: Run) -> None:
    """Visits of a second, in turns over as many held workers as memory allows."""
    reference = ReferenceLoop()
    # A start weighs like three visits, the validation like one, in the progress shown.
    most = run.plan.visits()
    share = 1 / (len(run.plan.items) * (4 + most))
    while run.left:
        tickets = run.start_group(warmup_s=WARMUP_S, share=3 * share, seed=run.plan.seed)
        for number in range(1, most + 1):
            due = [t for t in tickets if not t.ended and number <= run.plan.visits(t.step_s)]
            for ticket in _rotated(due, number):
                planned = max(number, run.plan.visits(ticket.step_s))
                run.tell(ticket.item, f"visit {number} of {planned}", share * most / planned)
                visited(run, ticket, number, VISIT_S, reference)
        finish(run, tickets, share=share)


def full(run: Run) -> None:
    """Every epoch of the author's protocol, one workload after the other.

    A long one pauses between epochs for visits of a second worker, whose quick result then shows how
    far an estimate of the same hour is off.
    """
    reference = ReferenceLoop()
    share = 1 / len(run.left) if run.left else 0.0
    while run.left:
        ticket = run.start_next(warmup_s=0.0, seed=run.plan.seed)
        if ticket is None:
            continue
        epochs = ticket.workload.recipe.epochs
        beside: Ticket | None = None
        for index in range(1, epochs + 1):
            if ticket.failed:
                break
            run.tell(ticket.item, f"epoch {index} of {epochs}", share / epochs)
            with run.sampling(ticket):
                ticket.epoch(index)
            if 1 == index < epochs and ticket.epochs_s * epochs >= LONG_S:
                beside = run.start_beside(ticket.item, warmup_s=WARMUP_S, seed=run.plan.seed)
            if beside is not None and not beside.ended:
                for number in pauses(epochs, VISITS).get(index, ()):
                    visited(run, beside, number, VISIT_S, reference)
        if beside is not None:
            finish(run, [beside], share=0.0)
        run.keep(ticket, ticket.finish())


def soak(run: Run) -> None:
    """One workload after the other, each without a rest for as long as was asked for."""
    reference = ReferenceLoop()
    clock = SystemClock()
    share = 1 / len(run.left) if run.left else 0.0
    while run.left:
        ticket = run.start_next(warmup_s=WARMUP_S, seed=run.plan.seed)
        if ticket is None:
            continue
        number, began_ns, done_s = 0, clock.now_ns(), 0.0
        while not ticket.ended and done_s < run.plan.soak_s:
            number += 1
            left_s = run.plan.soak_s - done_s
            # The last visit is long enough for what tells its energy slowly, if the whole is.
            is_last = SOAK_VISIT_S < run.stretch_s <= left_s < run.stretch_s + 2 * SOAK_VISIT_S
            visit_s = run.stretch_s if is_last else SOAK_VISIT_S
            run.tell(ticket.item, f"{done_s / 60:.0f} min", share * visit_s / run.plan.soak_s)
            visited(run, ticket, number, visit_s, reference)
            done_s = (clock.now_ns() - began_ns) / 1e9
        finish(run, [ticket], share=0.0)


def pauses(epochs: int, visits: int) -> dict[int, tuple[int, ...]]:
    """Epoch -> numbers of the visits after it, spread evenly; none after the last epoch."""
    places = epochs - 1
    after: dict[int, tuple[int, ...]] = {}
    for number in range(1, visits + 1 if places else 1):
        index = 1 + (number - 1) * places // visits
        after[index] = (*after.get(index, ()), number)
    return after


def visited(
    run: Run,
    ticket: Ticket,
    number: int,
    seconds: float,
    reference: ReferenceLoop,
    *,
    phase: BlockPhase = "measured",
) -> None:
    """The machine's momentary speed, then blocks; a worker that fails is kept as it is."""
    ticket.heard.references.append(reference.measure(number))
    with run.sampling(ticket):
        ticket.visit(number, seconds, phase=phase)
    if ticket.failed:
        run.keep(ticket, ticket.finish())


def finish(run: Run, tickets: Sequence[Ticket], *, share: float, rounds: int = 0) -> None:
    """Validate those that are left, see what their input costs, and say goodbye."""
    for ticket in tickets:
        if not ticket.ended:
            run.tell(ticket.item, "validation", share)
            ticket.fit()
            ticket.evaluate(EVALUATE_S)
            if rounds:
                ticket.take_turns(rounds, TURN_S)
                ticket.find_roof()
            run.keep(ticket, ticket.finish())


def _rotated(tickets: Sequence[Ticket], number: int) -> list[Ticket]:
    """Another one goes first each time, so that none always follows the same neighbour."""
    first = number % len(tickets) if tickets else 0
    return [*tickets[first:], *tickets[:first]]
