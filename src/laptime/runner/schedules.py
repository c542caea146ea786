"""In which order a profile goes through the items of a run: who is held, who is visited when."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from statistics import median
from typing import TYPE_CHECKING

from msgspec.structs import replace

from laptime.errors import EnvironmentUnfitError
from laptime.record import Block, Doubled
from laptime.runner.clock import SystemClock
from laptime.runner.plan import (
    EVALUATE_S,
    LONG_S,
    MOST_S,
    SEED_STEP,
    SOAK_VISIT_S,
    STANDARD_S,
    STANDARD_VISIT_S,
    TURN_S,
    TURNS,
    VISIT_S,
    VISITS,
    WARMUP_S,
    Item,
)
from laptime.runner.reference import ReferenceLoop
from laptime.runner.ticket import Ticket
from laptime.stats import order_of_turn
from laptime.stopping import why_stop

if TYPE_CHECKING:
    from laptime.runner.parent import Run

SHORT_STEP_S = 0.05
"""A longer step is never bound by what ordering its operations costs."""


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
                _visit(run, ticket, number, VISIT_S, reference)
        _finish(run, tickets, share=share)


def standard(run: Run) -> None:
    """Several fresh processes of each, over the whole time of the run.

    One process of every item, then the next of every item, the workloads in random order; the setups of
    one workload are held together, where memory allows it, and visited in turns, so that they can be
    compared visit by visit.
    """
    reference = ReferenceLoop()
    draw = random.Random(run.plan.seed)  # noqa: S311 - an order, no secret
    share = 1 / (len(run.plan.items) * run.plan.processes)
    for process in range(run.plan.processes):
        run.left = [each for each in _shuffled(run.items, draw) if run.is_due(each, process)]
        seed = run.plan.seed + process * SEED_STEP
        while run.left:
            tickets = run.start_group(warmup_s=WARMUP_S, share=0.2 * share, seed=seed)
            number = 0
            while due := [t for t in tickets if not (t.ended or _has_enough(t))]:
                number += 1
                for ticket in [due[place] for place in order_of_turn(len(due), number)]:
                    stage = f"process {process + 1} of {run.plan.processes}, visit {number}"
                    run.tell(ticket.item, stage, 0.7 * share * STANDARD_VISIT_S / STANDARD_S)
                    _visit(run, ticket, number, STANDARD_VISIT_S, reference)
            if process == 0:
                for ticket in tickets:
                    _double(run, ticket)
            _finish(run, tickets, share=0.1 * share, rounds=TURNS)


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
            if index == 1 and ticket.epochs_s * epochs >= LONG_S:
                beside = run.start_beside(ticket.item, warmup_s=WARMUP_S, seed=run.plan.seed)
            if beside is not None and not beside.ended:
                for number in pauses(epochs, VISITS).get(index, ()):
                    _visit(run, beside, number, VISIT_S, reference)
        if beside is not None:
            _finish(run, [beside], share=0.0)
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
        number, began_ns = 0, clock.now_ns()
        while not ticket.ended and (clock.now_ns() - began_ns) / 1e9 < run.plan.soak_s:
            number += 1
            part = share * SOAK_VISIT_S / run.plan.soak_s
            run.tell(ticket.item, f"{number * SOAK_VISIT_S / 60:.0f} min", part)
            _visit(run, ticket, number, SOAK_VISIT_S, reference)
        _finish(run, [ticket], share=0.0)


def pauses(epochs: int, visits: int) -> dict[int, tuple[int, ...]]:
    """Epoch -> numbers of the visits after it, spread evenly; none after the last epoch."""
    places = epochs - 1
    after: dict[int, tuple[int, ...]] = {}
    for number in range(1, visits + 1 if places else 1):
        index = 1 + (number - 1) * places // visits
        after[index] = (*after.get(index, ()), number)
    return after


def _visit(run: Run, ticket: Ticket, number: int, seconds: float, reference: ReferenceLoop) -> None:
    """The machine's momentary speed, then measured blocks; a worker that fails is kept as it is."""
    ticket.heard.references.append(reference.measure(number))
    with run.sampling(ticket):
        ticket.visit(number, seconds)
    if ticket.failed:
        run.keep(ticket, ticket.finish())


def _finish(run: Run, tickets: Sequence[Ticket], *, share: float, rounds: int = 0) -> None:
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


def _double(run: Run, ticket: Ticket) -> None:
    """See whether a batch twice as large takes longer at all, where steps are short."""
    if ticket.ended or ticket.step_s is None or ticket.step_s > SHORT_STEP_S:
        return
    size = ticket.item.batch_size or ticket.workload.recipe.batch_size
    larger = replace(ticket.item, batch_size=2 * size, deviations=("to see what limits it",))
    with suppress(EnvironmentUnfitError), run.aside(larger, warmup_s=WARMUP_S, seed=1) as other:
        other.visit(1, STANDARD_VISIT_S)
        if not other.failed:
            ticket.heard.doubled = Doubled(
                batch_size=2 * size,
                step_s=median(_steps_s(other.blocks)),
                single_step_s=median(_steps_s(ticket.blocks[-len(other.blocks) :])),
            )


def _steps_s(blocks: Sequence[Block]) -> list[float]:
    return [block.wall_s / block.steps for block in blocks]


def _has_enough(ticket: Ticket) -> bool:
    """Whether its blocks tell its mean well enough; the reason is kept."""
    blocks = ticket.blocks
    speeds = [block.samples / block.wall_s for block in blocks]
    ticket.heard.stopped = why_stop(
        speeds, measured_s=sum(block.wall_s for block in blocks), budget_s=MOST_S
    )
    return ticket.heard.stopped is not None


def _shuffled(items: Sequence[Item], draw: random.Random) -> list[Item]:
    """In random order, those of one workload side by side."""
    names = list(dict.fromkeys(item.workload for item in items))
    draw.shuffle(names)
    order = draw.sample(items, k=len(items))
    return sorted(order, key=lambda item: names.index(item.workload))


def _rotated(tickets: Sequence[Ticket], number: int) -> list[Ticket]:
    """Another one goes first each time, so that none always follows the same neighbour."""
    first = number % len(tickets) if tickets else 0
    return [*tickets[first:], *tickets[:first]]
