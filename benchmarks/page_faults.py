"""How many page faults a training step takes, and what becomes of them: speed and faults over time.

With glibc, `plain` gives memory back to the system and faults it in again at every step. Linux only.

    python benchmarks/page_faults.py mnist-lenet --seconds 75
"""

from __future__ import annotations

import argparse
import resource
import time

import laptime_loop

WINDOW_S = 5.0


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", nargs="?", default="mnist-lenet")
    parser.add_argument("--seconds", type=float, default=75.0)
    options = parser.parse_args()
    train = laptime_loop.loop(options.workload)
    born = time.perf_counter()
    while (began := time.perf_counter()) - born < options.seconds:
        before, steps, samples = faults(), 0, 0
        while time.perf_counter() - began < WINDOW_S:
            samples += train(2)
            steps += 2
        took = time.perf_counter() - began
        print(
            f"{began - born:5.0f} s  {samples / took:8,.0f} images/s  "
            f"{(faults() - before) / steps:6,.0f} faults a step",
            flush=True,
        )


if __name__ == "__main__":
    main()
