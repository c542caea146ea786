"""Figures of the user's own training: what `laptime watch`, a timer or a callback saw."""

from __future__ import annotations

from collections.abc import Sequence

from laptime.frozen import Frozen
from laptime.passes import Pass, Script
from laptime.record import Block, Process

_NOT_TOLD = "the script told nothing: a callback or two lines of laptime.Timer do (docs/watch.md)"
_NEVER = "nothing is known of what a script of one's own should take or reach"
_NO_SAMPLES = "the script told its steps, and not how many samples each has: give batch_size="


class Watched(Frozen, frozen=True, kw_only=True):
    """What a script took, and what it told."""

    teller: str | None
    """'timer', 'keras', 'lightning' or 'transformers'; None where it told nothing."""
    wall_s: float
    """Of the whole script; where a timer or callback stood alone, from there on."""
    cpu_s: float | None
    """Processor time of its processes, as far as they had ended."""
    exit_code: int | None
    signal: int | None
    """By which it was ended."""
    epochs: int
    steps: int
    samples: int | None
    train_s: float | None
    """In epochs, validation apart."""
    data_wait_s: float | None
    validation_s: float | None
    """Of all validations together."""
    first_step_s: float | None
    """With compilation, where there is any."""
    loss: float | None
    """The last that was told."""


def watched(process: Process, script: Script) -> Watched:
    """What can be said of a script, however it ended."""
    passes = script.passes
    told = [each.samples for each in passes]
    return Watched(
        teller=script.teller,
        wall_s=script.wall_s,
        cpu_s=script.cpu_s,
        exit_code=script.exit_code,
        signal=script.signal,
        epochs=script.epochs,
        steps=sum(each.steps for each in passes),
        samples=None if not told or None in told else sum(each or 0 for each in told),
        train_s=sum(each.wall_s for each in passes) if passes else None,
        data_wait_s=_all([each.data_wait_s for each in passes]),
        validation_s=_all([s for each in passes if (s := each.validation_s) is not None]),
        first_step_s=process.cold.first_step_s,
        loss=next((each.loss for each in reversed(passes) if each.loss is not None), None),
    )


def _all(parts: Sequence[float | None]) -> float | None:
    """Their sum; None where one is not known, or there is none."""
    known = [each for each in parts if each is not None]
    return sum(known) if known and len(known) == len(parts) else None


def step_times(process: Process) -> dict[str, float]:
    """Of a script whose steps were told: what a step takes, and the first one beyond that.

    By the blocks; where the samples of a step are not known there are none, so by the epochs.
    """
    if process.script is None:
        return {}
    parts: Sequence[Block | Pass] = process.blocks or process.script.passes
    steps = sum(each.steps for each in parts)
    if not steps:
        return {}
    step_s = sum(each.wall_s for each in parts) / steps
    first_s = process.cold.first_step_s
    return {"step_time_s": step_s} | (
        {"first_extra_s": max(0.0, first_s - step_s)} if first_s is not None else {}
    )


_OF_SPEED = (
    *("samples_per_s", "spread", "data_wait_share", "step_time_s", "first_extra_s", "batch_size"),
    "cores_used",
)
_PARTS = {
    "samples_per_s_low": "one process: an interval needs several",
    "samples_per_s_high": "one process: an interval needs several",
    "limit": "only the standard profile looks for it",
    "device_name": "the script does not tell",
    "energy": "no sensor here tells of power or energy; docs/sensors.md says what would",
    "peak_memory_bytes": "this system does not tell the script's memory",
    "run": "a script is watched alone",
    "machine_drift": "the reference loop does not run beside a script",
    "reference_gflop_per_s": "the reference loop does not run beside a script",
    "data_wait_share": "the library does not tell how long it waits for its batches",
    "spread": "a spread needs two epochs or more",
    "cores_used": "this system does not tell the processor time of a block",
    "batch_size": "its batches have several sizes",
}


def why_not_told(script: Script, name: str) -> str:
    """Why a figure of a script is None, in words."""
    if script.teller is None and name in _OF_SPEED:
        return _NOT_TOLD
    if name in _OF_SPEED and any(each.samples is None for each in script.passes):
        return _NO_SAMPLES
    if name in _OF_SPEED and not script.passes:
        return "it ended before its first steps were told"
    return _PARTS.get(name, _NEVER)
