"""Figures from the raw blocks and epochs of a process, by the names they have in a summary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from laptime.bands import tells, verdicts
from laptime.errors import RecordError
from laptime.reasons import BELIEVABLE, FEWEST_VISITS, is_fitted
from laptime.record import Block, Evaluation, Process, Result, Target
from laptime.stats import log_standard_deviation, median, t_interval_log


def measured_blocks(process: Process) -> tuple[Block, ...]:
    """The blocks that count."""
    return tuple(b for b in process.blocks if b.phase == "measured" and b.wall_s > 0)


def visit_speeds(process: Process) -> list[float]:
    """Images per second of each visit, or of each epoch after the first."""
    if process.epochs:
        later = process.epochs[1:] or process.epochs
        return [epoch.samples / epoch.train_s for epoch in later if epoch.train_s > 0]
    blocks = measured_blocks(process)
    return [_speed([b for b in blocks if b.visit == v]) for v in sorted({b.visit for b in blocks})]


def last_process(result: Result) -> Process:
    """The process whose figures are shown.

    Raises:
        RecordError: the result holds none.
    """
    if not result.processes:
        raise RecordError(f"{result.id}: it holds no process; run the workload again")
    return result.processes[-1]


def figures_of(result: Result, process: Process) -> dict[str, Any]:
    """Whatever can be known of a run, as far as it went; nothing where its outcome forbids belief."""
    if process.outcome not in BELIEVABLE:
        return {}
    speeds, speed = visit_speeds(process), _samples_per_s(process)
    references = [r.gflop_per_s for r in process.references if r.gflop_per_s > 0]
    return {
        "samples_per_s": speed,
        "spread": log_standard_deviation(speeds) if len(speeds) > 1 else None,
        "machine_drift": max(references) / min(references) - 1 if len(references) > 1 else None,
        "reference_gflop_per_s": median(references) if references else None,
        "learned": _learned(result, process),
        "test_accuracy": process.evaluations[-1].accuracy if process.evaluations else None,
        "test_samples": process.evaluations[-1].samples if process.evaluations else None,
        "cores_used": _share(process, "cpu_s"),
        "data_wait_share": _share(process, "data_wait_s"),
        "build_s": process.cold.build_s,
        "first_epoch_s": process.epochs[0].train_s if process.epochs else None,
        "validation_s": _validation_s(result, process),
        "fit_s": _fit_s(process),
        "train_files": result.data.train_files,
        "skipped_files": result.data.skipped_files,
        **(_times(result, process, speed, speeds) if speed else {}),
    }


def _times(
    result: Result, process: Process, speed: float, speeds: Sequence[float]
) -> dict[str, Any]:
    """The whole run from its parts; of a run that was measured in full, the sum of its parts."""
    work, build_s = result.work, process.cold.build_s
    step_s, epoch_s = work.batch_size / speed, work.train_count / speed
    extra_s = _first_extra_s(process, step_s=step_s, epoch_s=epoch_s)
    known = {"step_time_s": step_s, "epoch_s": epoch_s, "first_extra_s": extra_s}
    validation_s = _validation_s(result, process)
    if extra_s is None or build_s is None:
        return known
    known["startup_s"] = build_s + extra_s
    fit_s = _fit_s(process) if is_fitted(work) else 0.0
    if validation_s is None or fit_s is None:
        return known
    known["total_s"] = total_s = build_s + extra_s + work.epochs * (epoch_s + validation_s) + fit_s
    is_estimate = len(process.epochs) < work.epochs
    if is_estimate and len(speeds) >= FEWEST_VISITS:
        low, high = _band(speeds, trained_s=work.epochs * epoch_s)
        known |= {"total_low_s": total_s + low, "total_high_s": total_s + high}
    return {**known, "total_is_estimate": is_estimate}


def _band(speeds: Sequence[float], *, trained_s: float) -> tuple[float, float]:
    """Seconds to add to an estimate for its lower and upper end, from the spread of the visits."""
    low, high = t_interval_log(speeds)
    factor = math.sqrt(high / low)
    return trained_s / factor - trained_s, trained_s * factor - trained_s


def _first_extra_s(process: Process, *, step_s: float, epoch_s: float) -> float | None:
    if process.epochs:
        return process.epochs[0].train_s - epoch_s
    first = process.cold.first_step_s
    return None if first is None else max(0.0, first - step_s)


def _validation_s(result: Result, process: Process) -> float | None:
    samples = sum(e.samples for e in process.evaluations)
    if not samples:
        return None
    return result.work.validation_count * sum(e.wall_s for e in process.evaluations) / samples


def _fit_s(process: Process) -> float | None:
    """A quick run repeats its features to the count of the whole run, so nothing is scaled."""
    return None if process.fit is None else process.fit.wall_s


def _samples_per_s(process: Process) -> float | None:
    """A ratio of sums, so that stalls count; None where nothing was trained."""
    if process.epochs:
        later = process.epochs[1:] or process.epochs
        samples, wall_s = sum(e.samples for e in later), sum(e.train_s for e in later)
    else:
        blocks = measured_blocks(process)
        samples, wall_s = sum(b.samples for b in blocks), sum(b.wall_s for b in blocks)
    return samples / wall_s if samples and wall_s else None


def _speed(blocks: Sequence[Block]) -> float:
    return sum(b.samples for b in blocks) / sum(b.wall_s for b in blocks)


def _share(process: Process, field: str) -> float | None:
    """Seconds of a field per second of training."""
    if process.epochs:
        pairs = [(getattr(e, field), e.train_s) for e in process.epochs]
    else:
        pairs = [(getattr(b, field), b.wall_s) for b in measured_blocks(process)]
    wall_s = sum(wall for _, wall in pairs)
    if not wall_s or any(value is None for value, _ in pairs):
        return None
    return float(sum(value for value, _ in pairs) / wall_s)


def _learned(result: Result, process: Process) -> bool | None:
    """Whether every look lies inside the bands; by the targets in a record that is older than bands."""
    if result.targets:
        return _reached(result.targets, process.evaluations[-1:])
    found = verdicts(process.looks, result.bands)
    if any(each.missed or each.hasty for each in found):
        return False
    classes = result.work.classes
    return (
        True if any(tells(each, result.bands, classes=classes) for each in process.looks) else None
    )


def _reached(targets: Sequence[Target], last: Sequence[Evaluation]) -> bool | None:
    due = [t.accuracy for each in last for t in targets if t.after_steps <= each.after_steps]
    return last[0].accuracy >= max(due) if due else None
