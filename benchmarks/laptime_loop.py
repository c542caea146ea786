"""A workload as laptime trains it, for a race: `laptime_loop.py WORKLOAD [SETUP] [PRECISION]`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import torch
from _turns import serve

from laptime import datasets, registry
from laptime.engines import Job
from laptime.initial import initial_weights
from laptime.pipeline import Batches
from laptime.runner.clock import SystemClock
from laptime.runner.lap import Lap


def loop(name: str, setup: str = "plain", precision: str = "float32") -> Callable[[int], int]:
    """A function that trains some steps through laptime's own block and tells its samples."""
    workload = registry.load("workloads", name).WORKLOAD
    arrays = datasets.read(registry.load("datasets", workload.dataset), None)
    clock = SystemClock()
    batches = Batches(
        arrays.train_x,
        arrays.train_y,
        batch_size=workload.recipe.batch_size,
        shuffle=workload.recipe.shuffle,
        seed=1,
        now_ns=clock.now_ns,
    )
    job = Job(
        network=workload.network,
        recipe=workload.recipe,
        device="cpu",
        precision=precision,
        setup=setup,
        seed=1,
    )
    weights = initial_weights(workload.network, seed=1)
    session = registry.load("engines", "torch").start(job, weights=weights, batches=batches)
    lap = Lap(
        session,
        batches,
        test_x=arrays.test_x,
        test_y=arrays.test_y,
        clock=clock,
        beat=lambda _: None,
    )
    lap.first_step()

    def train(steps: int) -> int:
        return lap.block(steps, phase="measured", visit=1).samples

    return train


if __name__ == "__main__":
    torch.manual_seed(1)
    serve(loop(*sys.argv[1:]))
