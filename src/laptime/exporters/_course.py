"""What a training went through, on the calendar's clock: for programs that draw curves.

A record tells when its first process was begun, to the second, and when everything else was since
then. So the distances are exact, and the beginning is to the second. Epochs before format 4 have no
time of their own: they are set one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from laptime.record import Block, Epoch, Evaluation, Process, Result


class Moment(NamedTuple):
    """A part of a training."""

    began_s: float
    """Since 1970, UTC."""
    ended_s: float
    steps: int
    """Training steps done at its end."""
    samples: int
    """Training images seen at its end."""
    what: Block | Epoch | Evaluation


def began_s(result: Result, process: Process) -> float:
    """When a process began, in seconds since 1970."""
    created = datetime.fromisoformat(result.created)
    created = created.replace(tzinfo=UTC) if created.tzinfo is None else created
    first_s = min((p.born_s for p in result.processes if p.born_s is not None), default=0.0)
    return created.timestamp() + (process.born_s or first_s) - first_s


def course(result: Result, process: Process) -> Iterator[Moment]:
    """Blocks, epochs and evaluations of a process in the order of time."""
    zero_s = began_s(result, process)
    steps = samples = 0
    now_s = zero_s + sum(
        part or 0.0 for part in (process.cold.import_s, process.cold.data_s, process.cold.build_s)
    )
    told: set[int] = set()
    for block in process.blocks:
        steps, samples = steps + block.steps, samples + block.samples
        began, now_s = zero_s + block.started_s, zero_s + block.started_s + block.wall_s
        yield Moment(began, now_s, steps, samples, block)
    for epoch in process.epochs:
        steps, samples = steps + epoch.steps, samples + epoch.samples
        began = now_s if epoch.started_s is None else zero_s + epoch.started_s
        now_s = began + epoch.train_s
        yield Moment(began, now_s, steps, samples, epoch)
        began, now_s = now_s, now_s + epoch.evaluation.wall_s
        told.add(epoch.evaluation.after_steps)
        yield Moment(began, now_s, epoch.evaluation.after_steps, samples, epoch.evaluation)
    for evaluation in process.evaluations:
        if evaluation.after_steps not in told:
            began, now_s = now_s, now_s + evaluation.wall_s
            yield Moment(began, now_s, evaluation.after_steps, samples, evaluation)


def facts(result: Result) -> dict[str, str]:
    """What does not change over a training, by name: what such programs call parameters."""
    work, setup = result.work, result.setup
    told = {
        "workload": work.workload,
        "engine": setup.engine,
        "device": setup.device,
        "device_name": setup.device_name,
        "precision": setup.precision,
        "setup": setup.name,
        "profile": result.profile,
        "data": result.data.kind,
        "batch_size": work.batch_size,
        "epochs": work.epochs,
        "optimizer": work.optimizer,
        "loss": work.loss,
        "parameters": work.parameters,
        "chip": result.machine.chip,
        "work_key": work.key,
        "setup_key": setup.key,
        **{f"version.{name}": version for name, version in setup.versions.items()},
        **{f"option.{name}": value for name, value in setup.options.items()},
    }
    return {name: str(value) for name, value in told.items() if value is not None}
