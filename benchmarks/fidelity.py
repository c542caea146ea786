"""laptime's plain PyTorch against a bare loop written by hand: 1.00 is what we want, within 1 %.

Both run in one process, in short slices of the same number of steps that swap places every round, so
that the machine's drift and the process' own luck with memory meet both alike.

    python benchmarks/fidelity.py cifar10-tinyvgg mnist-mlp --rounds 200
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

import bare_loop
import laptime_loop
from _turns import arguments

DRAWS = 2000


def timed(train: Callable[[int], int], steps: int) -> float:
    """Seconds a sample."""
    began = time.perf_counter()
    samples = train(steps)
    return (time.perf_counter() - began) / samples


def interval(values: list[float]) -> tuple[float, float]:
    """95 % of the medians of resampled rounds."""
    generator = random.Random(1)  # noqa: S311 - statistics, not secrets
    medians = sorted(
        statistics.median(generator.choices(values, k=len(values))) for _ in range(DRAWS)
    )
    return medians[DRAWS // 40], medians[-DRAWS // 40]


def main(name: str, *, rounds: int, seconds: float) -> None:
    bare, ours = bare_loop.loop(name), laptime_loop.loop(name)
    for train in (bare, ours):
        train(50)
    steps = max(5, round(seconds / (timed(bare, 50) * 32)))
    ratios = []
    for turn in range(rounds):
        if turn % 2:
            by_hand, by_us = timed(bare, steps), timed(ours, steps)
        else:
            by_us, by_hand = timed(ours, steps), timed(bare, steps)
        ratios.append(by_hand / by_us)
    low, high = interval(ratios)
    print(
        f"{name}: laptime / bare loop, images/s: {statistics.median(ratios):.4f} "
        f"(95 % {low:.4f} to {high:.4f}; {rounds} rounds of {steps} steps each)"
    )


if __name__ == "__main__":
    parser = arguments(rounds=200, seconds=0.1)
    parser.add_argument("workloads", nargs="*", default=["cifar10-tinyvgg"])
    options = parser.parse_args()
    for workload in options.workloads:
        main(workload, rounds=options.rounds, seconds=options.seconds)
