"""Small runs whose figures can be worked out by hand.

1,000 training images in batches of 10, 200 validation images, 3 epochs. A block is 100 images in
0.5 s: 200 images/s, 5 s an epoch, 0.05 s a step. The network is built in 0.3 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from laptime.cli._answer import answer_of
from laptime.record import (
    Block,
    ColdStart,
    DataUsed,
    Epoch,
    Evaluation,
    Fit,
    Process,
    Reference,
    Result,
)
from laptime.reports import Answer
from tests.samples import MACHINE, SETUP, WORK, make_process, make_result

SMALL = replace(WORK, train_count=1_000, validation_count=200, batch_size=10, epochs=3)
FEATURES = replace(SMALL, trainable_parameters=0, epochs=1)
PHOTOS = DataUsed(
    name="food10", kind="real", origin="folder", train_files=1_000, test_files=200, skipped_files=0
)
DEVIATION = "batch 8 in place of 10: memory too short"


def block(visit: int, *, wall_s: float = 0.5) -> Block:
    """A measured block of ten steps."""
    return Block(
        phase="measured",
        visit=visit,
        started_s=float(visit),
        steps=10,
        samples=100,
        wall_s=wall_s,
        cpu_s=0.9,
        data_wait_s=0.01,
        readback_s=0.0001,
        loss=1.0,
    )


def evaluation(*, after_steps: int, samples: int = 200, wall_s: float = 0.8) -> Evaluation:
    """Half of the images right."""
    return Evaluation(
        after_steps=after_steps, samples=samples, wall_s=wall_s, loss=1.0, accuracy=0.5
    )


def quick_process(*, walls_s: Sequence[float] = (0.5,) * 5, **overrides: Any) -> Process:
    """A visit of one block for each of `walls_s`, then half the validation images in 0.4 s."""
    done = 10 * len(walls_s)
    given = {
        "cold": ColdStart(import_s=1.0, data_s=0.5, build_s=0.3, first_step_s=0.25),
        "blocks": tuple(block(1 + index, wall_s=wall_s) for index, wall_s in enumerate(walls_s)),
        "epochs": (),
        "evaluations": (evaluation(after_steps=done, samples=100, wall_s=0.4),),
        "references": tuple(Reference(visit=1 + i, gflop_per_s=300.0) for i in range(len(walls_s))),
    }
    return make_process(**(given | overrides))


def full_process(*, trains_s: Sequence[float] = (6.0, 5.0, 5.0), **overrides: Any) -> Process:
    """An epoch for each of `trains_s`, each validated in 0.8 s."""
    epochs = tuple(
        Epoch(
            index=index,
            steps=100,
            samples=1_000,
            train_s=train_s,
            cpu_s=1.8 * train_s,
            data_wait_s=0.1,
            loss=1.0,
            evaluation=evaluation(after_steps=100 * index),
        )
        for index, train_s in enumerate(trains_s, start=1)
    )
    given = {
        "cold": ColdStart(import_s=1.0, data_s=0.5, build_s=0.3, first_step_s=None),
        "blocks": (),
        "epochs": epochs,
        "evaluations": tuple(epoch.evaluation for epoch in epochs),
        "references": (),
    }
    return make_process(**(given | overrides))


def quick(process: Process | None = None, **overrides: Any) -> Result:
    """A result of the quick profile."""
    machine = replace(MACHINE, graphics=())
    alone = {
        "run": None,
        "machine": machine,
        "work": SMALL,
        "processes": (process or quick_process(),),
    }
    return make_result(**(alone | overrides))


def full(process: Process | None = None, **overrides: Any) -> Result:
    """A result of the full profile."""
    return quick(process or full_process(), **({"profile": "full"} | overrides))


def failed(**overrides: Any) -> Result:
    """A result that ran out of memory after two visits."""
    process = quick_process(
        walls_s=(0.5, 0.5), outcome="oom", phase="train", message="out of memory", evaluations=()
    )
    return quick(process, **overrides)


def fitted(**overrides: Any) -> Result:
    """A quick result of features, on half of which a classifier was fitted in 0.7 s."""
    fit = Fit(samples=500, wall_s=0.7, iterations=25, converged=False)
    return quick(quick_process(fit=fit), **({"work": FEATURES, "data": PHOTOS} | overrides))


def deviating(**overrides: Any) -> Result:
    """A quick result of the next smaller batch."""
    work = replace(SMALL, batch_size=8, deviations=(DEVIATION,))
    return quick(**({"work": work} | overrides))


def repeat(factors: Sequence[float], **overrides: Any) -> tuple[Process, ...]:
    """A process for each factor, by which its five visits of one block take longer than at 200/s."""
    walls_s = (0.5, 0.51, 0.49, 0.5, 0.5)
    given = {"evaluations": (evaluation(after_steps=50),)} | overrides
    return tuple(
        quick_process(walls_s=[factor * wall_s for wall_s in walls_s], seed=seed, **given)
        for seed, factor in enumerate(factors, start=1)
    )


def repeated(factors: Sequence[float] = (0.98, 0.99, 1.0, 1.01, 1.02), **overrides: Any) -> Result:
    """A result of several processes."""
    return quick(**({"processes": repeat(factors)} | overrides))


def race() -> list[Result]:
    """Three ways of training one workload: torch, another at half its speed, and one that failed."""
    slower = replace(SETUP, engine="keras-jax", name="published", precision="bfloat16")
    other = replace(SETUP, engine="mlx")
    return [
        quick(quick_process(walls_s=(1.0,) * 5), setup=slower, id="20261122-001906-b"),
        quick(),
        failed(setup=other, id="20261122-001907-c"),
    ]


def every_answer() -> dict[str, Answer]:
    """One of each kind that a report must be able to show."""
    small = replace(WORK, workload="mnist-mlp")
    several = [quick(), failed(id="20261122-001906-b"), full(id="20261122-001907-c")]
    return {
        "estimated": answer_of([quick()], is_fresh=True),
        "measured": answer_of([full()]),
        "failed": answer_of([failed()]),
        "none": answer_of([], problems=["torch: no device 'cuda'; try cpu"]),
        "empty": answer_of([]),
        "unpublished": answer_of([quick(work=small)]),
        "several": answer_of(several),
        "race": answer_of(race(), is_fresh=True),
        "repeated": answer_of([repeated()], is_fresh=True),
        "mixed": answer_of([repeated(), quick(id="20261122-001906-b")]),
        "fitted": answer_of([fitted()]),
        "deviating": answer_of([deviating()], is_fresh=True),
    }
