"""A workload as laptime trains it, for a race: `laptime_loop.py WORKLOAD [SETUP] [PRECISION]`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from _turns import serve

from laptime import datasets, registry
from laptime.datasets import Arrays
from laptime.engines import Job
from laptime.initial import initial_weights
from laptime.pipeline import Batches
from laptime.runner.clock import SystemClock
from laptime.runner.lap import Lap
from laptime.runner.setups import resolve
from laptime.runner.supply import ArrayValidation
from laptime.workloads import Workload

MEMORY_BATCHES = 4
"""Batches of noise that stand for photos where the pipeline is not what is raced."""


def images(workload: Workload) -> Arrays:
    """The synthetic twin of arrays; noise in memory for photos."""
    if workload.recipe.preparation is None:
        return datasets.read(registry.load("datasets", workload.dataset), None)
    count = MEMORY_BATCHES * workload.recipe.batch_size
    generator = np.random.default_rng(1)
    x = generator.integers(0, 256, (count, *workload.network.input_shape), dtype=np.uint8)
    y = generator.integers(0, workload.network.output_shape[0], count).astype(np.uint8)
    return Arrays(x, y, x, y)


def loop(name: str, setup: str = "plain", precision: str = "float32") -> Callable[[int], int]:
    """A function that trains some steps through laptime's own block and tells its samples."""
    workload = registry.load("workloads", name).WORKLOAD
    arrays = images(workload)
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
        options=resolve("torch", setup),
        seed=1,
    )
    weights = initial_weights(workload.network, seed=1)
    session = registry.load("engines", "torch").start(job, weights=weights, batches=batches)
    lap = Lap(
        session,
        batches,
        validation=ArrayValidation(arrays.test_x, arrays.test_y),
        is_wait_known=True,
        evaluation_speedup=2.0,
        clock=clock,
        beat=lambda _: None,
    )
    lap.first_step()

    def train(steps: int) -> int:
        return lap.block(steps, phase="measured", visit=1).samples

    return train


if __name__ == "__main__":
    torch.manual_seed(1)
    large = registry.load("workloads", sys.argv[1]).WORKLOAD.network.input_shape[0] > 100
    serve(loop(*sys.argv[1:]), first=2 if large else 20)
