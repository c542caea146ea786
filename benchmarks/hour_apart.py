"""Does an interval of the standard profile hold an hour later? The same again and again, an hour apart.

Ten pairs of workload and setup are measured in each round, every one by a `laptime run` of its own in
the standard profile with a budget; each is then compared with its own result of the round before, as
`laptime compare` does. Nothing was changed in between, so the interval of the ratio should hold 1.

    python benchmarks/hour_apart.py --store FOLDER              # three rounds: 20 pairs in 2 h 10 min
    python benchmarks/hour_apart.py --store FOLDER --rounds 0   # only compare what is there

What is in the store already is not measured again. Needs the extras keras and torch.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from laptime.checks import summarized
from laptime.comparison import judge
from laptime.store import Store
from laptime.summary import Summary

WAYS = (
    ("mnist-mlp", "torch", "plain"),
    ("mnist-mlp", "torch", "tuned"),
    ("mnist-mlp", "keras-jax", "published"),
    ("mnist-lenet", "torch", "plain"),
    ("mnist-lenet", "torch", "tuned"),
    ("mnist-lenet", "keras-tensorflow", "published"),
    ("mnist-lenet", "keras-jax", "published"),
    ("cifar10-tinyvgg", "torch", "plain"),
    ("cifar10-tinyvgg", "torch", "tuned"),
    ("cifar10-tinyvgg", "keras-tensorflow", "published"),
)


Way = tuple[str, str, str]


def known(store: Path) -> dict[Way, list[Summary]]:
    """What is there of each, oldest first."""
    results, problems = Store(store).load_all()
    assert not problems, problems
    found: dict[Way, list[Summary]] = {way: [] for way in WAYS}
    for result in results:
        way = (result.work.workload, result.setup.engine, result.setup.name)
        found[way].append(summarized(result))
    return found


def measure(way: Way, store: Path, budget: str) -> None:
    """One more result."""
    workload, engine, setup = way
    command = [sys.executable, "-m", "laptime", "run", workload, "--data", "synthetic"]
    command += ["--engine", engine, "--setup", setup, "--device", "cpu"]
    command += ["--profile", "standard", "--budget", budget, "--json"]
    environment = {**os.environ, "LAPTIME_STORE": str(store)}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def wait_until_due(last: Summary, apart_s: float) -> None:
    """An hour after it was measured last."""
    past_s = (datetime.now(UTC) - datetime.fromisoformat(last.created)).total_seconds()
    time.sleep(max(0.0, apart_s - past_s))


def compare(store: Path) -> None:
    """Each with the same thing an hour before."""
    held, half_widths = 0, []
    for way, each in known(store).items():
        for before, after in pairwise(each):
            found = judge(before, after)
            if not (found.is_interval and found.ratio_low and found.ratio_high):
                print(f"{' '.join(way):40s} too few processes in the budget: no interval")
                continue
            is_inside = found.ratio_low <= 1 <= found.ratio_high
            held += is_inside
            half_widths.append((found.ratio_high / found.ratio_low) ** 0.5 - 1)
            print(
                f"{' '.join(way):40s} {found.speed_ratio:.3f} ({found.ratio_low:.3f} to "
                f"{found.ratio_high:.3f}) {found.verdict:10s} {'' if is_inside else 'NOT INSIDE'}"
            )
    if half_widths:
        middle = statistics.median(half_widths)
        print(f"1 is inside in {held} of {len(half_widths)}; half an interval is {middle:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--apart", type=float, default=3600.0, help="seconds")
    parser.add_argument("--budget", default="1m", help="of each")
    options = parser.parse_args()
    for number in range(options.rounds):
        for way in WAYS:
            before = known(options.store)[way]
            if len(before) > number:
                continue
            if before:
                wait_until_due(before[-1], options.apart)
            measure(way, options.store, options.budget)
            print(f"{time.strftime('%H:%M:%S')} {' '.join(way)}", flush=True)
    compare(options.store)


if __name__ == "__main__":
    main()
