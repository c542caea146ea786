"""How good is the estimate of a whole run? Estimate and full run of each workload, several times.

Three estimates are held against each full run:
    quick      `laptime run` over all the workloads, just before the round (its own visits in turns);
    sitting    five visits one after the other, just before the full run;
    visits     one visit after each epoch of the full run, which pauses for it.
Beside them stands how far the machine drifted meanwhile: the spread of the full run's own epochs, and
of the reference loop. An estimate cannot be better than the drift between its blocks and the run. Last
stands how often the full run lay inside the band that was told with an estimate.

    python benchmarks/estimate.py --rounds 3              # about 35 minutes on 2 cores
    python benchmarks/estimate.py --setup tuned mnist-mlp
    python benchmarks/estimate.py mnist-lenet --engine keras-jax --setup published --rounds 10
    python benchmarks/estimate.py mnist-lenet --bands 8    # how wide is the band of a sitting?
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import NamedTuple

import msgspec

from laptime import machine, registry
from laptime.checks import summarized
from laptime.record import Machine, Process, Result
from laptime.runner.parent import Run
from laptime.runner.plan import EVALUATE_S, VISIT_S, VISITS, WARMUP_S, Item, Plan
from laptime.runner.reference import ReferenceLoop
from laptime.runner.setups import resolve
from laptime.runner.ticket import Ticket
from laptime.store import Store

KINDS = ("quick", "sitting", "visits")


class Guess(NamedTuple):
    """An estimate with its band, or a whole run without one."""

    total_s: float
    low_s: float | None
    high_s: float | None

    def holds(self, measured_s: float) -> bool | None:
        """Whether a whole run lies in the band."""
        if self.low_s is None or self.high_s is None:
            return None
        return self.low_s <= measured_s <= self.high_s

    @property
    def half_band(self) -> float | None:
        """Half of the band, as a share of the estimate."""
        if self.low_s is None or self.high_s is None:
            return None
        return (self.high_s - self.low_s) / 2 / self.total_s


def item(workload: str, setup: str) -> Item:
    engine, _, name = setup.rpartition("/")
    return Item(
        workload=workload,
        engine=engine,
        device="cpu",
        precision="float32",
        setup=name,
        options=resolve(engine, name),
        found=None,
    )


def ticket(workload: str, setup: str, profile: str, here: Machine) -> Ticket:
    return Ticket(
        item(workload, setup),
        profile=profile,
        seed=1,
        machine=here,
        on_phase=lambda _: None,
    )


def total(result: Result) -> Guess:
    found = summarized(result)
    assert found.total_s is not None, result
    return Guess(found.total_s, found.total_low_s, found.total_high_s)


def of_visits(result: Result, visits: range, evaluations: slice) -> Result:
    """The same result as if only these visits and validations had been made."""
    process: Process = result.processes[0]
    kept = tuple(b for b in process.blocks if b.phase == "warmup" or b.visit in visits)
    process = msgspec.structs.replace(
        process,
        blocks=kept,
        references=tuple(r for r in process.references if r.visit in visits),
        evaluations=process.evaluations[evaluations],
    )
    return msgspec.structs.replace(result, processes=(process,))


def quick(workloads: list[str], setup: str) -> dict[str, Guess]:
    """What `laptime run` estimates."""
    plan = Plan(profile="quick", items=tuple(item(name, setup) for name in workloads))
    with tempfile.TemporaryDirectory() as folder:
        outcome = Run(plan, store=Store(Path(folder)), on_event=lambda _: None).execute()
    return {result.work.workload: total(result) for result in outcome.results}


def one(
    workload: str, setup: str, here: Machine, reference: ReferenceLoop
) -> tuple[dict[str, Guess], dict[str, float]]:
    """Both estimates and the truth of one workload; and the drift."""
    probe = sitting(workload, setup, here, reference)
    full = ticket(workload, setup, "full", here)
    full.start(warmup_s=0.0)
    epochs = registry.load("workloads", workload).WORKLOAD.recipe.epochs
    for index in range(1, epochs + 1):
        full.epoch(index)
        probe.heard.references.append(reference.measure(VISITS + index))
        probe.visit(VISITS + index, VISIT_S)
        probe.evaluate(EVALUATE_S / 2)
    guess, truth = probe.finish(), full.finish()
    speeds = [r.gflop_per_s for r in guess.processes[0].references]
    epoch_s = [e.train_s for e in truth.processes[0].epochs]
    drift = {
        "epochs": max(epoch_s[1:]) / min(epoch_s[1:]) - 1,
        "reference": max(speeds) / min(speeds) - 1,
    }
    return {
        "full": total(truth),
        "sitting": total(of_visits(guess, range(1, VISITS + 1), slice(1))),
        "visits": total(of_visits(guess, range(VISITS + 1, VISITS + epochs + 1), slice(1, None))),
    }, drift


def sitting(workload: str, setup: str, here: Machine, reference: ReferenceLoop) -> Ticket:
    """A worker that was visited five times, one after the other."""
    probe = ticket(workload, setup, "quick", here)
    probe.start(warmup_s=WARMUP_S)
    for number in range(1, VISITS + 1):
        probe.heard.references.append(reference.measure(number))
        probe.visit(number, VISIT_S)
    probe.evaluate(EVALUATE_S)
    return probe


def bands(workload: str, setup: str, here: Machine, reference: ReferenceLoop, count: int) -> None:
    """How wide the band of a sitting is told to be."""
    found = []
    for _ in range(count):
        half = total(sitting(workload, setup, here, reference).finish()).half_band
        if half is not None:
            found.append(half)
    found.sort()
    print(
        f"{workload}: half of the band of a sitting, as a share: median "
        f"{statistics.median(found):.1%} ({found[0]:.1%} to {found[-1]:.1%}, {len(found)} sittings)"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workloads", nargs="*", default=registry.names("workloads"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", default="torch")
    parser.add_argument("--setup", default="plain")
    parser.add_argument("--bands", type=int, help="only so many sittings, and no full run")
    options = parser.parse_args()
    setup = f"{options.engine}/{options.setup}"
    here, reference = machine.describe(), ReferenceLoop()
    if options.bands:
        for workload in options.workloads:
            bands(workload, setup, here, reference, options.bands)
        return
    errors: dict[str, list[float]] = {kind: [] for kind in KINDS}
    held: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    heading = f"{'workload':18s} {'full run':>9s}  " + "".join(f"{k:>10s}" for k in KINDS)
    print(f"{heading}   drift of epochs, of the reference", flush=True)
    for _ in range(options.rounds):
        before = quick(options.workloads, setup)
        for workload in options.workloads:
            found, drift = one(workload, setup, here, reference)
            found["quick"] = before[workload]
            full_s = found["full"].total_s
            for kind in KINDS:
                errors[kind].append(found[kind].total_s / full_s - 1)
                is_held = found[kind].holds(full_s)
                held[kind] += [] if is_held is None else [is_held]
            row = "".join(f"{errors[kind][-1]:>+10.1%}" for kind in KINDS)
            told = f"{drift['epochs']:>16.0%} {drift['reference']:>16.0%}"
            print(f"{workload:18s} {full_s:>7.1f} s  {row}{told}", flush=True)
    for kind in KINDS:
        sizes = [abs(error) for error in errors[kind]]
        print(
            f"{kind:8s} |error|: median {statistics.median(sizes):.1%}, worst {max(sizes):.1%}, "
            f"of {len(sizes)} runs; inside the band {sum(held[kind])} of {len(held[kind])}"
        )


if __name__ == "__main__":
    main()
