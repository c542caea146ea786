"""Where the next seconds of a budget narrow the intervals most. Pure: variances and costs in.

The interval of an item is Student's over its processes: it narrows with more processes, and with more
visits to each as far as the visits are what scatters. A new process has to start first; a visit not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, variance
from typing import Literal, NamedTuple

from laptime.frozen import Frozen
from laptime.reasons import FEWEST_PROCESSES
from laptime.stats import t_quantile_975

USUAL_SPREAD = 0.02
"""Between processes, and between the visits to one, until their own are known."""
USUAL_DEGREES = 2.0
"""How many degrees of freedom that expectation is worth beside what was measured."""

Action = Literal["process", "visit"]


class Item(Frozen, frozen=True, kw_only=True):
    """A workload on a setup: what is known of it, and what more would cost."""

    name: str
    processes: tuple[tuple[float, ...], ...]
    """Samples per second of each visit, by process; all positive, each process with a visit."""
    start_s: float
    """Start of one more process, warm-up included."""
    visit_s: float
    """One more visit, what brings the worker back to speed included."""
    is_held: bool = True
    """Whether its processes still live, so that they can be visited."""


class Step(NamedTuple):
    """What to do next."""

    name: str
    """Of the item."""
    action: Action
    """'process': start one and visit it as often as its others were; 'visit': each of them once."""
    cost_s: float
    gain: float
    """By how much half of the interval narrows, as a share of the speed; inf below 3 processes."""


def next_step(items: Sequence[Item], *, left_s: float) -> Step | None:
    """The step with the greatest gain a second among those that fit; None where none fits.

    Below three processes there is no interval: the item with the fewest comes first, the cheaper of
    two before the other.

    Args:
        items: at least one visit each, or no process yet.
        left_s: seconds left of the budget.
    """
    fitting = [step for item in items for step in steps(item) if step.cost_s <= left_s]
    counts = {item.name: len(item.processes) for item in items}
    short = [step for step in fitting if math.isinf(step.gain)]
    if short:
        return min(short, key=lambda step: (counts[step.name], step.cost_s))
    useful = [step for step in fitting if step.gain > 0]
    return max(useful, key=lambda step: step.gain / step.cost_s, default=None)


def steps(item: Item) -> list[Step]:
    """What can be done for an item, with its cost and its gain."""
    count = len(item.processes)
    visits = max(1, round(fmean(map(len, item.processes)))) if count else 1
    process_s = item.start_s + visits * item.visit_s
    if count < FEWEST_PROCESSES:
        return [Step(item.name, "process", process_s, math.inf)]
    between, within = variances(item.processes)
    now = half_width(count, between + within / visits)
    another = half_width(count + 1, between + within / visits)
    found = [Step(item.name, "process", process_s, now - another)]
    if item.is_held:
        longer = half_width(count, between + within / (visits + 1))
        found.append(Step(item.name, "visit", count * item.visit_s, now - longer))
    return found


def half_width(processes: int, variance_of_one: float) -> float:
    """Half of the 95 % interval on logarithms, for processes that scatter with this variance.

    Raises:
        ValueError: fewer than two processes.
    """
    return t_quantile_975(processes - 1) * math.sqrt(variance_of_one / processes)


def variances(processes: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Of log speeds: between processes beyond what their visits explain, and between visits to one.

    One-way analysis of variance, both shrunk towards the usual spread, since a variance over two or
    three values is mostly luck: a budget must not be spent on it.

    Args:
        processes: samples per second of each visit, by process; no process without a visit.
    """
    logs = [[math.log(speed) for speed in visits] for visits in processes]
    free = sum(len(visits) - 1 for visits in logs)
    scatter = sum((len(visits) - 1) * variance(visits) for visits in logs if len(visits) > 1)
    within = _shrunk(scatter, free)
    if len(logs) < 2:
        return USUAL_SPREAD**2, within
    of_means = variance([fmean(visits) for visits in logs])
    explained = within * fmean(1 / len(visits) for visits in logs)
    return _shrunk((len(logs) - 1) * max(0.0, of_means - explained), len(logs) - 1), within


def _shrunk(squares: float, degrees: float) -> float:
    """A variance from a sum of squares, as if the usual one had been seen before."""
    return (USUAL_DEGREES * USUAL_SPREAD**2 + squares) / (USUAL_DEGREES + degrees)
