"""How far above their targets do the workloads learn? Accuracy of several seeds at each target's steps.

A target is there to catch a broken training, not a slightly worse one; this shows the margin. Real data
is used where it is on disk (LAPTIME_DATA, or see docs/datasets.md).

    python benchmarks/targets.py --seeds 5 --most-steps 2000
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import cast

from laptime import datasets, registry, weights
from laptime.datasets import QUICK_FILES, Arrays, DatasetModule, Found, Photos
from laptime.engines import Job, Session
from laptime.initial import initial_weights
from laptime.runner.clock import SystemClock
from laptime.runner.features import FeatureSession
from laptime.runner.supply import Supply, supply
from laptime.workloads import Workload


def accuracies(
    workload: Workload, data: Arrays | Photos, *, seed: int, steps: list[int], file: Path | None
) -> dict[int, float]:
    """Accuracy on all validation images after each of these numbers of steps."""
    given = supply(data, workload, device="cpu", seed=seed, now_ns=SystemClock().now_ns)
    job = Job(
        network=workload.network,
        recipe=workload.recipe,
        device="cpu",
        precision="float32",
        setup="tuned",
        seed=seed,
    )
    start = initial_weights(workload.network, seed=seed)
    if file is not None and workload.pretrained is not None:
        start |= weights.load(workload.pretrained, file, network=workload.network)
    session: Session = registry.load("engines", "torch").start(
        job, weights=start, batches=given.train
    )
    fitted = None
    if workload.recipe.classifier is not None:
        session = fitted = FeatureSession(session, given.train, workload.recipe.classifier, count=0)
    found, done = {}, 0
    for after in sorted(steps):
        session.train(after - done)
        done = after
        if fitted is not None:
            fitted.fit()
        found[after] = accuracy(session, given)
    given.close()
    return found


def accuracy(session: Session, given: Supply) -> float:
    right = count = 0.0
    for x, y in given.validation.pieces(given.validation.count, given.validation.count):
        right += len(y) * session.evaluate(x, y)[1]
        count += len(y)
    return right / count


def images(leaf: DatasetModule, name: str, found: Found | None) -> Arrays | Photos:
    """Real ones, or the twin: of photos as many as a quick run has."""
    if found is None and registry.peek("datasets", name).get("KIND") == "photos":
        datasets.write_twin(leaf, subset=QUICK_FILES, progress=lambda *_: None)
    return datasets.read(leaf, found, subset=QUICK_FILES)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workloads", nargs="*", default=registry.names("workloads"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--most-steps", type=int, default=20_000)
    options = parser.parse_args()
    for name in options.workloads:
        workload = registry.load("workloads", name).WORKLOAD
        leaf = cast("DatasetModule", registry.load("datasets", workload.dataset))
        file = None if workload.pretrained is None else weights.find(workload.pretrained)
        if workload.pretrained is not None and file is None:
            print(f"{name:24s} without its pretrained weights nothing is known")
            continue
        for kind, found in (("synthetic", None), ("real", datasets.locate(leaf))):
            targets = [
                t
                for t in workload.targets
                if t.data == kind and t.after_steps <= options.most_steps
            ]
            if not targets or (kind == "real" and found is None):
                continue
            data = images(leaf, workload.dataset, found)
            steps = [target.after_steps for target in targets]
            runs = [
                accuracies(workload, data, seed=seed, steps=steps, file=file)
                for seed in range(1, options.seeds + 1)
            ]
            for target in targets:
                reached = sorted(run[target.after_steps] for run in runs)
                print(
                    f"{name:24s} {kind:9s} after {target.after_steps:6,} steps: target "
                    f"{target.accuracy:.2f}, {len(reached)} seeds reached {reached[0]:.3f} to "
                    f"{reached[-1]:.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
