"""What `laptime tune` found here, against Keras' fit on TensorFlow and against plain PyTorch, in turns.

laptime tune mnist-mlp --budget 10m && python benchmarks/tune_gain.py mnist-mlp

Two workers are held and visited in turns, a slice at a time; each round gives one ratio. TensorFlow's
fit uses one core for a while and more for another, so each of its slices tells the cores it used, and
the ratio that counts is of those near the most that it ever used in this race: two with large networks,
fewer with small ones, where it never fills two. The ratio of all slices stands beside it.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from laptime import machine
from laptime.cli._ways import winners_here
from laptime.datasets import QUICK_FILES
from laptime.runner import plan
from laptime.runner.setups import choose_setup, resolve
from laptime.runner.ticket import Ticket
from laptime.tune.winners import Winner, fastest

WORKLOADS = (
    "mnist-lenet",
    "cifar10-tinyvgg",
    "mnist-mlp",
    "catsdogs-cnn",
    "food101-efficientnetb0",
    "catsdogs-vgg16",
)
PRECISIONS = ("float32", "bfloat16")
PLAIN = ("keras-tensorflow", "torch")
NEAR = 0.85
"""A slice of TensorFlow's that used this share of the most cores of any was in its better state."""
WARMUP_S = 2.0


class Slice(NamedTuple):
    """A visit of one side."""

    samples_per_s: float
    cores: float


class Pair(NamedTuple):
    """Rounds of the winner and of what it is compared with."""

    theirs: list[Slice]
    ours: list[Slice]

    def ratios(self, *, least_cores: float = 0.0) -> list[float]:
        both = zip(self.theirs, self.ours, strict=True)
        return [
            ours.samples_per_s / theirs.samples_per_s
            for theirs, ours in both
            if theirs.cores >= least_cores
        ]


def started(workload: str, engine: str, setup: str, precision: str, options: dict) -> Ticket:
    """A worker at speed, on the data that `laptime run` would take."""
    found = plan.locate_data(workload, data_dir=None)
    is_twin = found is None and plan.is_photos(workload)
    weights = plan.find_weights(workload)
    item = plan.Item(
        workload=workload,
        engine=engine,
        device="auto",
        precision=precision,
        setup=setup,
        options=options,
        found=found,
        subset=QUICK_FILES if is_twin else None,
        weights=str(weights) if weights else None,
    )
    ticket = Ticket(
        item,
        profile="quick",
        seed=plan.SEED,
        machine=machine.describe(),
        on_phase=lambda _: None,
    )
    ticket.start(warmup_s=WARMUP_S)
    return ticket


def visited(ticket: Ticket, number: int, seconds: float) -> Slice:
    ticket.visit(number, seconds)
    process = ticket.result().processes[-1]
    if ticket.failed:
        raise SystemExit(f"{ticket.item.engine}: {process.outcome}: {process.message}")
    blocks = [b for b in process.blocks if b.visit == number and b.phase == "measured"]
    wall_s = sum(block.wall_s for block in blocks)
    return Slice(
        sum(block.samples for block in blocks) / wall_s,
        sum(block.cpu_s or 0.0 for block in blocks) / wall_s,
    )


def raced(workload: str, against: str, winner: Winner, *, rounds: int, seconds: float) -> Pair:
    """Turns of `against` as one writes it first, and of the winner; who goes first alternates."""
    first = choose_setup(against, None)
    plain = started(workload, against, first, "float32", resolve(against, first))
    ours = started(workload, winner.engine, "tuned", winner.precision, dict(winner.options))
    pair = Pair([], [])
    sides = [(plain, pair.theirs), (ours, pair.ours)]
    try:
        for number in range(1, rounds + 1):
            for ticket, kept in sides if number % 2 else reversed(sides):
                kept.append(visited(ticket, number, seconds))
    finally:
        plain.abandon()
        ours.abandon()
    return pair


def told(workload: str, against: str, winner: Winner, pair: Pair) -> float:
    """Print a row; the ratio that counts."""
    cores = [each.cores for each in pair.theirs]
    least = NEAR * max(cores) if against == "keras-tensorflow" else 0.0
    counting, every = pair.ratios(least_cores=least), pair.ratios()
    print(
        f"{workload:24s} {winner.precision:9s} {against:17s}"
        f"{statistics.median(each.samples_per_s for each in pair.theirs):9,.0f}"
        f"{statistics.median(each.samples_per_s for each in pair.ours):9,.0f}"
        f"  {quartiles(counting):22s} {len(counting):3d}/{len(every):<3d}"
        f" {quartiles(every):22s} {min(cores):.2f}-{max(cores):.2f}"
        f"  {winner.engine} {winner.setup} ({winner.found})",
        flush=True,
    )
    return statistics.median(counting)


def quartiles(ratios: Sequence[float]) -> str:
    if len(ratios) < 2:
        return "-" if not ratios else f"{ratios[0]:.2f}"
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def mean(ratios: Sequence[float | None]) -> str:
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return "nothing counts"
    middle = math.exp(statistics.mean(math.log(ratio) for ratio in known))
    return f"{middle:.2f} over {len(known)} of {len(ratios)} workloads"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    parser.add_argument("--precision", nargs="*", default=list(PRECISIONS))
    parser.add_argument("--against", nargs="*", default=list(PLAIN))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a slice")
    options = parser.parse_args()
    winners = winners_here().read()
    engines = plan.choose_engines([plan.ALL])
    print(
        f"{'workload':24s} {'precision':9s} {'against':17s}{'theirs/s':>9s}{'ours/s':>9s}"
        f"  {'ratio (quartiles)':22s} {'counted':7s} {'ratio of all':22s} their cores  winner"
    )
    for against in options.against:
        for precision in options.precision:
            ratios: list[float | None] = []
            for name in options.workloads:
                winner = fastest(
                    winners, workload=name, device="auto", precision=precision, engines=engines
                )
                if winner is None:
                    print(
                        f"{name:24s} {precision:9s} nothing is remembered; run laptime tune {name}"
                    )
                    ratios.append(None)
                    continue
                pair = raced(name, against, winner, rounds=options.rounds, seconds=options.seconds)
                ratios.append(told(name, against, winner, pair))
            print(f"geometric mean over {against} in {precision}: {mean(ratios)}\n", flush=True)


if __name__ == "__main__":
    main()
