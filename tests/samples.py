"""A realistic result, whole and valid, for tests of everything downstream of a run."""

from __future__ import annotations

from typing import Any

import msgspec

from laptime.record import (
    FORMAT,
    Band,
    Block,
    ColdStart,
    DataUsed,
    Epoch,
    Evaluation,
    Machine,
    Process,
    Reference,
    Result,
    Score,
    Setup,
    Timed,
    Work,
)

MACHINE = Machine(
    system="Darwin",
    system_version="macOS 15.1",
    architecture="arm64",
    model="MacBookPro18,3",
    chip="Apple M1 Pro",
    cores_physical=10,
    cores_logical=10,
    cores_usable=10.0,
    memory_bytes=17_179_869_184,
    memory_limit_bytes=None,
    graphics=("Apple M1 Pro (16-core GPU)",),
    virtual=None,
    python="3.12.7",
)
WORK = Work(
    workload="cifar10-tinyvgg",
    network="9a" * 32,
    parameters=9_138,
    trainable_parameters=9_138,
    train_flops_per_sample=19_734_240,
    evaluate_flops_per_sample=6_578_080,
    input_shape=(32, 32, 3),
    classes=10,
    train_count=50_000,
    validation_count=10_000,
    batch_size=32,
    epochs=10,
    optimizer="adam(0.001)",
    loss="cross-entropy",
    shuffle=True,
)
SETUP = Setup(
    engine="torch",
    device="cpu",
    device_name="Apple M1 Pro",
    precision="float32",
    name="plain",
    versions={"torch": "2.9.1"},
    options={"threads": 8, "layout": "channels_last", "fused": True, "scale": 1.0},
    environment={},
)
BAND = Band(
    after_steps=1_000,
    samples=256,
    worst=Score(loss=1.6, accuracy=0.4),
    best=Score(loss=0.9, accuracy=0.7),
)


def make_block(index: int, *, phase: str = "measured", wall_s: float = 0.52) -> Block:
    """One of a steady series: 100 steps of 32 images, with a gentle ripple."""
    return msgspec.convert(
        {
            "phase": phase,
            "visit": 0 if phase == "warmup" else 1 + index // 5,
            "started_s": 4.0 + 0.55 * index,
            "steps": 100,
            "samples": 3_200,
            "wall_s": wall_s * (1 + 0.004 * (index % 3 - 1)),
            "cpu_s": 3.9,
            "data_wait_s": 0.011,
            "readback_s": 0.0001,
            "loss": 2.3 / (1 + 0.1 * index),
        },
        Block,
    )


def make_process(*, seed: int = 1, wall_s: float = 0.52, **overrides: Any) -> Process:
    """One worker that came to its end: three warm-up blocks, ten measured ones, one epoch."""
    checked = Evaluation(after_steps=1_563, samples=10_000, wall_s=1.9, loss=1.21, accuracy=0.56)
    epoch = Epoch(
        index=1,
        steps=1_563,
        samples=50_000,
        train_s=8.2,
        cpu_s=61.0,
        data_wait_s=0.2,
        loss=1.24,
        evaluation=checked,
    )
    warm = tuple(make_block(i, phase="warmup", wall_s=wall_s * 1.2) for i in range(3))
    whole = Process(
        seed=seed,
        outcome="ok",
        phase="done",
        message=None,
        steps=2_863,
        cold=ColdStart(import_s=1.4, data_s=0.6, build_s=0.05, first_step_s=0.12),
        blocks=warm + tuple(make_block(3 + i, wall_s=wall_s) for i in range(10)),
        epochs=(epoch,),
        evaluations=(checked,),
        references=(Reference(visit=1, gflop_per_s=310.0),),
        peak_memory_bytes=812_000_000,
        clock_drift_s=0.0,
        born_s=4.2,
        looks=(Evaluation(after_steps=1_000, samples=256, wall_s=0.1, loss=1.3, accuracy=0.53),),
    )
    return msgspec.structs.replace(whole, **overrides)


def make_result(**overrides: Any) -> Result:
    """A valid result; any field may be replaced by name."""
    whole = Result(
        format=FORMAT,
        id="20261122-001905-cifar10-tinyvgg-torch-cpu-plain-3f2a",
        created="2026-11-22T00:19:05Z",
        laptime="0.1.0",
        profile="quick",
        machine=MACHINE,
        work=WORK,
        setup=SETUP,
        data=DataUsed(name="cifar10", kind="real", origin="keras"),
        timed=Timed(startup=True, validation=True, quantity="total"),
        targets=(),
        bands=(BAND,),
        processes=(make_process(),),
        run="5d0c2a1b9f3e",
    )
    return msgspec.structs.replace(whole, **overrides)
