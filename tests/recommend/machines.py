"""Machines and results of one's own, with figures that can be worked out by hand."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from laptime.published import Published, rows
from laptime.recommend.answer import Comparison, Recommendation
from laptime.recommend.candidates import from_published, from_results, told_apart
from laptime.recommend.given import find
from laptime.recommend.limits import Limits
from laptime.recommend.recommending import recommend
from laptime.recommend.uses import read_mix, use_of
from laptime.record import Result
from tests.runs import SMALL, quick, quick_process
from tests.samples import MACHINE

KNOWN = tuple(dict.fromkeys(row.workload for row in rows()))
TINY = "cifar10-tinyvgg"
LARGE = "food101-efficientnetb0"


def row(**overrides: Any) -> Published:
    """The first row of the articles, with some fields replaced."""
    return replace(rows()[0], **overrides)


def own(model: str | None = "Box 1", *, wall_s: float = 0.5, **overrides: Any) -> Result:
    """A quick result of a machine of that model; half of `wall_s` is twice the speed."""
    machine = replace(MACHINE, model=model, graphics=(), **overrides.pop("machine", {}))
    process = quick_process(walls_s=(wall_s,) * 5, **overrides.pop("process", {}))
    work = replace(SMALL, **overrides.pop("work", {}))
    return quick(process, **({"machine": machine, "work": work} | overrides))


def answer(
    *, mix: str | None = None, use: str = "daily", results: tuple[Result, ...] = (), **asked: Any
) -> Recommendation:
    """The answer for a mix or a use, of published machines and these results."""
    wanted = read_mix(mix, known=KNOWN) if mix else use_of(use)
    workloads = [part.workload for part in wanted.parts]
    machines = told_apart(
        [*from_published(), *from_results(results, workloads=workloads, here=None)]
    )
    limits = Limits(
        **{name: asked.pop(name) for name in ("budget", "watts", "is_quiet") & asked.keys()}
    )
    return recommend(wanted, machines, asked=limits, currency="USD", **asked)


def only(told: Recommendation) -> Comparison:
    """The one comparison of an answer."""
    (comparison,) = told.comparisons
    return comparison


def name(words: str) -> str:
    """The full name of a published machine."""
    return find(words, from_published()).name
