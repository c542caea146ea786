"""What sampling costs a training: throughput with all sensors read over without, in alternating slices.

python benchmarks/sampling.py mnist-mlp cifar10-tinyvgg

One worker is held and visited a slice at a time, with the sampler on in every second one (which of a
pair goes first alternates). Each pair gives one ratio; the median over the pairs is what counts, with
its 95 % interval by order statistics. A sampler that rests has its processes still there, waiting, as
it does between the visits of a run.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Sequence

from laptime import machine
from laptime.runner import plan
from laptime.runner.sampling import RATE_HZ, Sampled, Sampler, together
from laptime.runner.setups import choose_setup, resolve
from laptime.runner.ticket import Ticket

WORKLOADS = ("mnist-mlp", "cifar10-tinyvgg")
LIMIT = 0.01
WARMUP_S = 3.0


def started(workload: str, engine: str) -> Ticket:
    """A worker at speed, on synthetic data."""
    setup = choose_setup(engine, None)
    item = plan.Item(
        workload=workload,
        engine=engine,
        device="auto",
        precision="float32",
        setup=setup,
        options=resolve(engine, setup),
        found=None,
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


def visited(ticket: Ticket, number: int, seconds: float) -> float:
    """Samples per second of one slice."""
    ticket.visit(number, seconds)
    process = ticket.result().processes[-1]
    if ticket.failed:
        raise SystemExit(f"{process.outcome}: {process.message}")
    blocks = [b for b in process.blocks if b.visit == number and b.phase == "measured"]
    return sum(block.samples for block in blocks) / sum(block.wall_s for block in blocks)


def pairs(
    ticket: Ticket, sampler: Sampler, *, count: int, seconds: float
) -> tuple[list[float], Sampled]:
    """Ratios of with over without, and what was sampled."""
    ratios, sampled = [], []
    for pair in range(count):
        speeds: dict[bool, float] = {}
        for is_sampled in (True, False) if pair % 2 else (False, True):
            if is_sampled:
                sampler.start(ticket._child.pid)  # noqa: SLF001 - nobody else may ask yet
            speeds[is_sampled] = visited(ticket, 2 * pair + is_sampled + 1, seconds)
            if is_sampled:
                sampled.append(sampler.stop())
        ratios.append(speeds[True] / speeds[False])
    return ratios, together(sampled)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % of the median, by order statistics: the ranks of a binomial with a half."""
    ordered, count = sorted(values), len(values)
    rank = max(0, math.floor(count / 2 - 1.96 * math.sqrt(count) / 2))
    return ordered[rank], ordered[count - 1 - rank]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    parser.add_argument("--engine", default="torch")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a slice")
    parser.add_argument("--rate", type=float, default=RATE_HZ, help="readings a second")
    options = parser.parse_args()
    with Sampler(rate_hz=options.rate) as sampler:
        for workload in options.workloads:
            ticket = started(workload, options.engine)
            try:
                ratios, sampled = pairs(
                    ticket, sampler, count=options.pairs, seconds=options.seconds
                )
            finally:
                ticket.abandon()
            low, high = interval(ratios)
            told = ", ".join(
                f"{each.sensor} {len(each.rows)}" for each in sampled.sensors if each.rows
            )
            middle = statistics.median(ratios)
            print(
                f"{workload:18s} {options.engine} at {options.rate:g} Hz: throughput "
                f"{middle:.4f} ({low:.4f}-{high:.4f}, {len(ratios)} pairs of {options.seconds:g} s) "
                f"of that without; {100 * sampled.cpu_s / sampled.wall_s:.2f} % of a core; "
                f"readings: {told}; {'met' if middle > 1 - LIMIT else 'MISSED'}",
                flush=True,
            )


if __name__ == "__main__":
    main()
