"""A store as a standard run of the whole suite leaves it: as many processes, blocks, logs and bins."""

from __future__ import annotations

import math
from dataclasses import dataclass

from msgspec.structs import replace

from laptime import registry
from laptime.energy import MeasuredEnergy
from laptime.record import Block, Doubled, Evaluation, Process, Reference, Result, Roof
from laptime.series import Log, Quantity, Series
from tests.samples import MACHINE, SETUP, WORK, make_process, make_result

PROCESSES, VISITS, BLOCKS, BINS = 5, 20, 4, 60
"""Of a result, of a process, of a visit, of a log; the record of a real standard run has no more."""
HOST = ("tree_cores", "others_cores", "steal_cores", "memory_available_bytes", "tree_memory_bytes")
GRAPHICS = ("busy_share", "temperature_c", "power_w", "frequency_hz", "used_bytes")


@dataclass(frozen=True)
class Shape:
    """How one workload differs from the next, so that no two charts are equal."""

    number: int
    workload: str

    @property
    def speed(self) -> float:
        """Images a second."""
        return 300.0 * 1.7**self.number

    def wave(self, place: float) -> float:
        """Between 0.9 and 1.1."""
        return 1 + 0.1 * math.sin(place / 3 + self.number)


def suite(*, results_each: int = 1) -> list[Result]:
    """A standard result of every workload that there is."""
    return [
        result(Shape(number, workload), again)
        for number, workload in enumerate(registry.names("workloads"))
        for again in range(results_each)
    ]


def result(shape: Shape, again: int = 0) -> Result:
    """Five processes with all that sensors tell."""
    return make_result(
        id=f"20261122-{again:02}{shape.number:02}05-{shape.workload}-torch-cuda-plain-3f2a",
        profile="standard",
        machine=replace(MACHINE, system="Linux", graphics=("NVIDIA GeForce RTX 4070",)),
        work=replace(WORK, workload=shape.workload),
        setup=replace(SETUP, device="cuda", device_name="NVIDIA GeForce RTX 4070"),
        processes=tuple(process(shape, seed) for seed in range(1, PROCESSES + 1)),
    )


def process(shape: Shape, seed: int) -> Process:
    """Twenty visits, and what was told beside them."""
    blocks = tuple(
        block(shape, 3.0 * visit + 0.6 * index, visit=1 + visit, place=seed + visit + index)
        for visit in range(VISITS)
        for index in range(BLOCKS)
    )
    whole = Evaluation(after_steps=8_000, samples=10_000, wall_s=1.9, loss=0.2, accuracy=0.93)
    looks = tuple(replace(whole, after_steps=400 * k, accuracy=0.9 - 0.5 / k) for k in range(1, 8))
    return make_process(
        seed=seed,
        blocks=blocks,
        epochs=(),
        evaluations=(whole,),
        looks=looks,
        references=tuple(
            Reference(visit=1 + k, gflop_per_s=310.0 * shape.wave(k / 9)) for k in range(VISITS)
        ),
        logs=(log("host", HOST, None, shape, seed), log("nvidia", GRAPHICS, "gpu 0", shape, seed)),
        energy=(energy(shape),),
        roof=Roof(matmul_gflop_per_s=9_000.0, copy_gb_per_s=400.0, step_bytes=4_000_000),
        doubled=Doubled(batch_size=64, step_s=0.019, single_step_s=0.01),
        stopped="precise",
    )


def block(shape: Shape, started_s: float, *, visit: int, place: int) -> Block:
    """Half a second of training."""
    return Block(
        phase="measured",
        visit=visit,
        started_s=started_s,
        steps=100,
        samples=3_200,
        wall_s=3_200 / (shape.speed * shape.wave(place)),
        cpu_s=0.5,
        data_wait_s=0.01,
        readback_s=0.0001,
        loss=2.3 / (1 + 0.1 * started_s),
    )


def log(sensor: str, names: tuple[str, ...], part: str | None, shape: Shape, seed: int) -> Log:
    """As many bins as a log has at most."""
    series = []
    for number, name in enumerate(names):
        scale = {"temperature_c": 60.0, "power_w": 180.0, "busy_share": 0.8}.get(name, 1.5)
        means = tuple(round(scale * shape.wave(k + number + seed), 4) for k in range(BINS))
        scope = "gpu_board" if name == "power_w" else None
        quantity = Quantity(name=name, part=part, scope=scope)
        least, most = (tuple(round(f * mean, 4) for mean in means) for f in (0.9, 1.1))
        series.append(Series(quantity=quantity, means=means, least=least, most=most))
    return Log(
        sensor=sensor,
        bin_s=1.0,
        first_bin=0,
        samples=600,
        series=tuple(series),
        missing={},
        facts={},
        ended=None,
        cpu_s=0.1,
    )


def energy(shape: Shape) -> MeasuredEnergy:
    """Of the board, by its counter."""
    return MeasuredEnergy(
        scope="gpu_board",
        part="gpu 0",
        window_s=60.0,
        samples=round(60 * shape.speed),
        energy_j=10_800.0,
        net_energy_j=9_000.0,
        idle_power_w=30.0,
        source="counter",
        agreement=1.01,
        reasons={},
    )
