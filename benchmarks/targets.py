"""How far above their targets do the workloads learn? Accuracy of several seeds at each target's steps.

A target is there to catch a broken training, not a slightly worse one; this shows the margin. Real data
is used where it is on disk (LAPTIME_DATA, or see docs/datasets.md).

    python benchmarks/targets.py --seeds 5 --most-steps 2000
"""

from __future__ import annotations

import argparse
import time

from laptime import datasets, registry
from laptime.datasets import Arrays
from laptime.engines import Job
from laptime.initial import initial_weights
from laptime.pipeline import Batches
from laptime.workloads import Workload


def accuracies(
    workload: Workload, arrays: Arrays, *, seed: int, steps: list[int]
) -> dict[int, float]:
    """Accuracy on all validation images after each of these numbers of steps."""
    batches = Batches(
        arrays.train_x,
        arrays.train_y,
        batch_size=workload.recipe.batch_size,
        shuffle=workload.recipe.shuffle,
        seed=seed,
        now_ns=time.perf_counter_ns,
    )
    job = Job(
        network=workload.network,
        recipe=workload.recipe,
        device="cpu",
        precision="float32",
        setup="tuned",
        seed=seed,
    )
    weights = initial_weights(workload.network, seed=seed)
    session = registry.load("engines", "torch").start(job, weights=weights, batches=batches)
    found, done = {}, 0
    for after in sorted(steps):
        session.train(after - done)
        done = after
        found[after] = session.evaluate(arrays.test_x, arrays.test_y)[1]
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workloads", nargs="*", default=registry.names("workloads"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--most-steps", type=int, default=20_000)
    options = parser.parse_args()
    for name in options.workloads:
        workload = registry.load("workloads", name).WORKLOAD
        leaf = registry.load("datasets", workload.dataset)
        for kind, found in (("synthetic", None), ("real", datasets.locate(leaf))):
            targets = [
                t
                for t in workload.targets
                if t.data == kind and t.after_steps <= options.most_steps
            ]
            if not targets or (kind == "real" and found is None):
                continue
            arrays = datasets.read(leaf, found)
            steps = [target.after_steps for target in targets]
            runs = [
                accuracies(workload, arrays, seed=seed, steps=steps)
                for seed in range(1, options.seeds + 1)
            ]
            for target in targets:
                reached = sorted(run[target.after_steps] for run in runs)
                print(
                    f"{name:18s} {kind:9s} after {target.after_steps:6,} steps: target "
                    f"{target.accuracy:.2f}, {len(reached)} seeds reached {reached[0]:.3f} to "
                    f"{reached[-1]:.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
