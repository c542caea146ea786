"""The standard profile: several fresh processes of each item, over the whole time of the run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from statistics import median
from typing import TYPE_CHECKING

from msgspec.structs import replace

from laptime import budget
from laptime.errors import EnvironmentUnfitError
from laptime.figures import counted, visit_speeds
from laptime.reasons import FEWEST_PROCESSES
from laptime.record import Doubled
from laptime.runner.clock import SystemClock
from laptime.runner.plan import (
    EVALUATE_S,
    MOST_S,
    PROCESSES,
    SEED_STEP,
    STANDARD_S,
    STANDARD_VISIT_S,
    START_S,
    TURNS,
    WARMUP_S,
    Item,
)
from laptime.runner.reference import ReferenceLoop
from laptime.runner.schedules import finish, visited
from laptime.runner.ticket import Ticket
from laptime.stats import order_of_turn
from laptime.stopping import why_stop

if TYPE_CHECKING:
    from laptime.runner.parent import Run

TRIES = 2
"""A way that gave no figure so often is not tried again while a budget lasts."""
DOUBLE_S = 1.0
"""Of each turn with a batch twice as large, and of each with the work's own beside it."""
SHORT_STEP_S = 0.05
"""A longer step is never bound by what ordering its operations costs."""


def standard(run: Run) -> None:
    """One process of every item, then the next of every item; or where a budget is best spent.

    The workloads in random order; the setups of one workload are held together, where memory allows it,
    and visited in turns, so that they can be compared visit by visit.
    """
    reference = ReferenceLoop()
    draw = random.Random(run.plan.seed)  # noqa: S311 - an order, no secret
    if run.plan.budget_s:
        _budgeted(run, reference, draw, run.plan.budget_s)
        return
    share = 1 / (len(run.plan.items) * run.plan.processes)
    for process in range(run.plan.processes):
        run.left = [each for each in _shuffled(run.items, draw) if run.is_due(each, process)]
        _processes(run, process, reference, share=share)


def _budgeted(run: Run, reference: ReferenceLoop, draw: random.Random, budget_s: float) -> None:
    """Until it is spent: a process of that workload whose interval narrows most for its time."""
    clock = SystemClock()
    began_ns = clock.now_ns()
    spent_s: dict[str, list[float]] = {}
    earlier_s = run.spent_s
    while True:
        run.spent_s = earlier_s + (clock.now_ns() - began_ns) / 1e9
        due = [item for item in run.items if not _is_hopeless(run, item)]
        names = list(dict.fromkeys(item.workload for item in due))
        step = budget.next_step(
            [_known(run, name, spent_s) for name in names], left_s=budget_s - run.spent_s
        )
        if step is None:
            break
        own = [item for item in _shuffled(due, draw) if item.workload == step.name]
        process = max(run.processes_done(item) for item in own)
        before_ns = clock.now_ns()
        run.left = own
        _processes(run, process, reference, share=step.cost_s / budget_s / len(own))
        if not _is_looked_at(run, process):  # that one takes longer
            spent_s.setdefault(step.name, []).append((clock.now_ns() - before_ns) / 1e9)
    for item in run.items:
        if not run.processes_done(item):
            run.give_up(item, f"the budget of {budget_s:.0f} s was spent before its turn came")


def _is_hopeless(run: Run, item: Item) -> bool:
    """Whether it was tried often enough to know that it does not go."""
    speeds = _speeds(run, item)
    return not speeds and run.processes_done(item) >= TRIES


def _speeds(run: Run, item: Item) -> list[tuple[float, ...]]:
    """Of the visits of each of its processes that went well."""
    own = [result for result in run.results if run.is_of(result, item)]
    return [
        tuple(visits) for r in own for process in counted(r) if (visits := visit_speeds(process))
    ]


def _known(run: Run, workload: str, spent_s: dict[str, list[float]]) -> budget.Item:
    """A workload for the division of a budget: its way with the fewest processes stands for all."""
    ways = [item for item in run.items if item.workload == workload]
    speeds = [_speeds(run, item) for item in ways if not _is_hopeless(run, item)]
    fewest: list[tuple[float, ...]] = min(speeds, key=len)
    measured_s = min(STANDARD_S, _most_s(run))
    cost_s = median(spent_s.get(workload, [len(ways) * (START_S + measured_s + EVALUATE_S)]))
    # Its processes do not live on to be visited once more, so their visits are a part of the start.
    return budget.Item(
        name=workload, processes=tuple(fewest), start_s=cost_s, visit_s=0.0, is_held=False
    )


def _processes(run: Run, process: int, reference: ReferenceLoop, *, share: float) -> None:
    """A process of each of those left, in groups that are held and visited in turns."""
    seed = run.plan.seed + process * SEED_STEP
    most_s = _most_s(run)
    count = run.plan.processes
    of = f"process {process + 1}" + ("" if run.plan.budget_s else f" of {count}")
    while run.left:
        tickets = run.start_group(warmup_s=WARMUP_S, share=0.2 * share, seed=seed)
        number = 0
        while due := [t for t in tickets if not (t.ended or _has_enough(t, most_s=most_s))]:
            number += 1
            for ticket in [due[place] for place in order_of_turn(len(due), number)]:
                part = 0.7 * share * STANDARD_VISIT_S / STANDARD_S
                run.tell(ticket.item, f"{of}, visit {number}", part)
                visited(run, ticket, number, STANDARD_VISIT_S, reference)
        if _is_looked_at(run, process):
            for ticket in tickets:
                _train_on(run, ticket, number + 1, reference)
                _double(run, ticket)
        rounds = 0 if run.plan.budget_s and not _is_looked_at(run, process) else TURNS
        finish(run, tickets, share=0.1 * share, rounds=rounds)


def _is_looked_at(run: Run, process: int) -> bool:
    """Whether it is seen in this process what limits: in one of them, since they hardly differ.

    Within a budget in that one with which there is an interval: that comes first.
    """
    return process == (FEWEST_PROCESSES - 1 if run.plan.budget_s else 0)


def _most_s(run: Run) -> float:
    """How long a process is measured at most: so that a budget is enough for several of each."""
    if run.plan.budget_s is None:
        return MOST_S
    process_s = run.plan.budget_s / (len(run.plan.items) * PROCESSES)
    return min(MOST_S, max(2 * STANDARD_VISIT_S, process_s - START_S - EVALUATE_S))


def _train_on(run: Run, ticket: Ticket, number: int, reference: ReferenceLoop) -> None:
    """A visit that is long enough for the sources of energy, where there are any, and time for it."""
    is_affordable = run.plan.budget_s is None or run.stretch_s < _most_s(run)
    if run.stretch_s > STANDARD_VISIT_S and is_affordable and not ticket.ended:
        run.tell(ticket.item, f"energy, for {run.stretch_s:.0f} s", 0.0)
        visited(run, ticket, number, run.stretch_s, reference, phase="stretch")


def _double(run: Run, ticket: Ticket) -> None:
    """See whether a batch twice as large takes longer at all, where steps are short.

    In turns with the batch of the work: a machine that drifts would say anything else.
    """
    if ticket.ended or ticket.step_s is None or ticket.step_s > SHORT_STEP_S:
        return
    size = ticket.item.batch_size or ticket.workload.recipe.batch_size
    larger = replace(ticket.item, batch_size=2 * size, deviations=("to see what limits it",))
    if not run.has_room(larger):
        return
    with suppress(EnvironmentUnfitError), run.aside(larger, warmup_s=WARMUP_S, seed=1) as other:
        for each in (ticket, other, other, ticket):
            each.visit(1, DOUBLE_S, phase="beside")
        if not (other.failed or ticket.failed):
            ticket.heard.doubled = Doubled(
                batch_size=2 * size,
                step_s=median(other.steps_s("beside")),
                single_step_s=median(ticket.steps_s("beside")),
            )
    if ticket.failed:
        run.keep(ticket, ticket.finish())


def _has_enough(ticket: Ticket, *, most_s: float) -> bool:
    """Whether its blocks tell its mean well enough; the reason is kept."""
    blocks = ticket.blocks
    speeds = [block.samples / block.wall_s for block in blocks]
    ticket.heard.stopped = why_stop(
        speeds, measured_s=sum(block.wall_s for block in blocks), budget_s=most_s
    )
    return ticket.heard.stopped is not None


def _shuffled(items: Sequence[Item], draw: random.Random) -> list[Item]:
    """In random order, those of one workload side by side."""
    names = list(dict.fromkeys(item.workload for item in items))
    draw.shuffle(names)
    order = draw.sample(items, k=len(items))
    return sorted(order, key=lambda item: names.index(item.workload))
