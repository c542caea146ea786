"""Figures from the raw blocks and epochs of a result's processes, by their names in a summary.

Of several processes the speed is the geometric mean, with an interval from three on; every other figure
is the median of theirs. Of one process both are its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from laptime.bands import tells, verdicts
from laptime.consumption import consumption
from laptime.errors import RecordError
from laptime.limits import evidence
from laptime.reasons import BELIEVABLE, FEWEST_PROCESSES, FEWEST_VISITS, is_fitted
from laptime.record import Block, Evaluation, Process, Result, Target
from laptime.scripts import step_times
from laptime.soaking import courses, soaked
from laptime.stats import geometric_mean, log_standard_deviation, median, t_interval_log

MEASURED = ("measured", "stretch")
"""Phases of blocks whose speed is that of the training alone."""


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
    """The last process that counts, or the last one where none does.

    Raises:
        RecordError: the result holds none.
    """
    if not result.processes:
        raise RecordError(f"{result.id}: it holds no process; run the workload again")
    return (counted(result) or result.processes)[-1]


def counted(result: Result) -> tuple[Process, ...]:
    """The processes whose blocks may be believed: those that ended well.

    One that was interrupted counts, as far as it went, where no other went to its end: `--resume` runs
    it again.
    """
    known = [each for each in result.processes if each.outcome in BELIEVABLE]
    return tuple([each for each in known if each.outcome != "interrupted"] or known)


def speeds_of(processes: Iterable[Process]) -> tuple[float, ...]:
    """Images per second of each process, as far as it has any."""
    return tuple(speed for each in processes if (speed := _samples_per_s(each)))


def figures_of(result: Result) -> dict[str, Any]:
    """Whatever can be known of a run, as far as it went; nothing where no process may be believed."""
    processes = counted(result)
    if not processes:
        return {}
    each = speeds_of(processes)
    # Of one process its own, to the last digit: logarithms round.
    speed = (geometric_mean(each) if len(each) > 1 else each[0]) if each else None
    low, high = t_interval_log(each) if len(each) >= FEWEST_PROCESSES else (None, None)
    speeds = [visit for process in processes for visit in visit_speeds(process)]
    references = _references(processes)
    last = processes[-1].evaluations[-1:]
    waited = _middle(processes, lambda p: _share(p, "data_wait_s"))
    return {
        "process_speeds": each,
        "process_seeds": tuple(
            p.seed for p in processes if p.seed is not None and _samples_per_s(p)
        ),
        "samples_per_s": speed,
        "samples_per_s_low": low,
        "samples_per_s_high": high,
        "spread": log_standard_deviation(speeds) if len(speeds) > 1 else None,
        "machine_drift": machine_drift(processes),
        "reference_gflop_per_s": median(references) if references else None,
        "learned": _all_learned([_learned(result, process) for process in processes]),
        "test_accuracy": _middle(
            processes, lambda p: p.evaluations[-1].accuracy if p.evaluations else None
        ),
        "test_samples": last[0].samples if last else None,
        "cores_used": _middle(processes, lambda p: _share(p, "cpu_s")),
        "data_wait_share": waited,
        "evidence": evidence(result, processes, samples_per_s=speed, data_wait_share=waited),
        "energy": consumption(processes, result.work),
        **_soaked(result, processes),
        "build_s": _middle(processes, lambda p: p.cold.build_s),
        "first_epoch_s": _middle(processes, lambda p: p.epochs[0].train_s if p.epochs else None),
        "validation_s": _middle(processes, lambda p: _validation_s(result, p)),
        "fit_s": _middle(processes, _fit_s),
        "train_files": result.data.train_files,
        "skipped_files": result.data.skipped_files,
        **(_times(result, processes, speed, speeds) if speed else {}),
        **step_times(processes[-1]),
    }


def machine_drift(processes: Sequence[Process]) -> float | None:
    """Fastest over slowest run of the reference loop beside the visits, less 1; None without two."""
    speeds = _references(processes)
    return max(speeds) / min(speeds) - 1 if len(speeds) > 1 else None


def _references(processes: Sequence[Process]) -> list[float]:
    return [r.gflop_per_s for p in processes for r in p.references if r.gflop_per_s > 0]


def _soaked(result: Result, processes: Sequence[Process]) -> dict[str, Any]:
    found = soaked(measured_blocks(processes[0])) if result.profile == "soak" else None
    if found is None:
        return {}
    return {
        "burst_samples_per_s": found.burst_samples_per_s,
        "sustained_samples_per_s": found.sustained_samples_per_s,
        "retention": found.retention,
        "courses": courses(processes[0]),
    }


def _middle(
    processes: Iterable[Process], figure: Callable[[Process], float | None]
) -> float | None:
    """Median of a figure over the processes that have it."""
    known = [value for process in processes if (value := figure(process)) is not None]
    return median(known) if known else None


def _all_learned(found: Sequence[bool | None]) -> bool | None:
    """One process that did not learn is enough; one that was judged is enough to know."""
    return False if False in found else True if True in found else None


def _times(
    result: Result, processes: Sequence[Process], speed: float, speeds: Sequence[float]
) -> dict[str, Any]:
    """The whole run from its parts; of a run that was measured in full, the sum of its parts."""
    work = result.work
    build_s = _middle(processes, lambda p: p.cold.build_s)
    if work.batch_size is None or work.train_count is None or work.epochs is None:
        return {}
    step_s, epoch_s = work.batch_size / speed, work.train_count / speed
    extra_s = _middle(processes, lambda p: _first_extra_s(p, step_s=step_s, epoch_s=epoch_s))
    known = {"step_time_s": step_s, "epoch_s": epoch_s, "first_extra_s": extra_s}
    validation_s = _middle(processes, lambda p: _validation_s(result, p))
    if extra_s is None or build_s is None:
        return known
    known["startup_s"] = build_s + extra_s
    fit_s = _middle(processes, _fit_s) if is_fitted(work) else 0.0
    if validation_s is None or fit_s is None:
        return known
    known["total_s"] = total_s = build_s + extra_s + work.epochs * (epoch_s + validation_s) + fit_s
    # Of several full runs the middle one is nobody's measured time.
    is_estimate = len(processes) > 1 or len(processes[0].epochs) < work.epochs
    each = speeds_of(processes)
    if is_estimate and (len(each) >= FEWEST_PROCESSES or len(speeds) >= FEWEST_VISITS):
        is_between = len(each) >= FEWEST_PROCESSES
        low, high = _band(
            each if is_between else speeds,
            trained_s=work.epochs * epoch_s,
            drift=0.0 if is_between else machine_drift(processes) or 0.0,
        )
        known |= {"total_low_s": total_s + low, "total_high_s": total_s + high}
    return {**known, "total_is_estimate": is_estimate}


def _band(speeds: Sequence[float], *, trained_s: float, drift: float) -> tuple[float, float]:
    """Seconds to add to an estimate for its lower and upper end.

    Args:
        speeds: whose spread is one part of it.
        trained_s: estimated seconds of training.
        drift: by how much the machine wandered meanwhile. Visits of some seconds cannot show where it
            will be in the minutes of a whole run: half of it to each side is the other part. Of
            processes 0, since they were spread over a longer time.
    """
    low, high = t_interval_log(speeds)
    factor = math.sqrt(high / low * (1 + drift))
    return trained_s / factor - trained_s, trained_s * factor - trained_s


def _first_extra_s(process: Process, *, step_s: float, epoch_s: float) -> float | None:
    if process.epochs:
        return process.epochs[0].train_s - epoch_s
    first = process.cold.first_step_s
    return None if first is None else max(0.0, first - step_s)


def _validation_s(result: Result, process: Process) -> float | None:
    samples = sum(e.samples for e in process.evaluations)
    if not samples or result.work.validation_count is None:
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
    classes = result.work.classes or 0
    return (
        True if any(tells(each, result.bands, classes=classes) for each in process.looks) else None
    )


def _reached(targets: Sequence[Target], last: Sequence[Evaluation]) -> bool | None:
    due = [t.accuracy for each in last for t in targets if t.after_steps <= each.after_steps]
    return last[0].accuracy >= max(due) if due else None
