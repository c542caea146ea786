"""What a result says, computed from its raw blocks and epochs; nothing here is stored."""

from __future__ import annotations

import math
from collections.abc import Sequence

from laptime.record import Block, Evaluation, Frozen, Outcome, Process, Result, Timed
from laptime.stats import log_standard_deviation, t_interval_log

FEWEST_PROCESSES = 3
"""An interval lives between processes; with fewer than three none is printed."""


class Flag(Frozen):
    """A reason not to take a figure at face value."""

    name: str
    sentence: str
    remedy: str


class Summary(Frozen):
    """The figures of one result. What is not known is None, with its reason in `reasons`."""

    id: str
    created: str
    workload: str
    engine: str
    device: str
    device_name: str | None
    precision: str
    setup: str
    profile: str
    data: str
    """'real' or 'synthetic'."""
    outcome: Outcome
    message: str | None
    samples_per_s: float | None
    """Training images over wall time, validation not counted."""
    spread: float | None
    """Standard deviation of the visits' (full: the epochs') speeds, as a share: indicative only."""
    visits: int
    """How many visits (full: epochs after the first) the speed comes from."""
    machine_drift: float | None
    """Largest over smallest speed of the reference loop beside the visits, less one."""
    step_time_s: float | None
    epoch_s: float | None
    """Training alone, without the validation after it."""
    first_epoch_s: float | None
    validation_s: float | None
    """The whole validation set once."""
    startup_s: float | None
    """Making the network and the first step's extra time; importing and reading data not counted."""
    total_s: float | None
    """The whole published run: start-up, and every epoch with its validation."""
    total_low_s: float | None
    total_high_s: float | None
    """Around the estimate, from the visits' spread, drift included; None for a measured total."""
    total_is_estimate: bool | None
    learned: bool | None
    test_accuracy: float | None
    """0 to 1."""
    cores_used: float | None
    data_wait_share: float | None
    work_key: str
    setup_key: str
    flags: tuple[Flag, ...]
    reasons: dict[str, str]


def measured_blocks(process: Process) -> tuple[Block, ...]:
    """The blocks that count."""
    return tuple(block for block in process.blocks if block.phase == "measured")


def visit_speeds(process: Process) -> list[float]:
    """Images per second of each visit, or of each epoch after the first."""
    if process.epochs:
        later = process.epochs[1:] or process.epochs
        return [epoch.samples / epoch.train_s for epoch in later]
    blocks = measured_blocks(process)
    return [_speed([b for b in blocks if b.visit == v]) for v in sorted({b.visit for b in blocks})]


def summarize(result: Result, flags: Sequence[Flag] = ()) -> Summary:
    """Every figure of a result.

    Args:
        result: the record.
        flags: what `checks` found.
    """
    process = result.processes[-1]
    speeds = [speed for p in result.processes for speed in visit_speeds(p)]
    speed = _samples_per_s(process)
    parts = _Parts(result, process, speed)
    total, low, high = parts.total(), None, None
    is_estimate = None if total is None else not process.epochs
    if total is not None and is_estimate and len(speeds) >= FEWEST_PROCESSES:
        low, high = parts.total_interval(speeds)
    learned, accuracy = _learned(result, process)
    references = [r.gflop_per_s for r in process.references]
    return Summary(
        id=result.id,
        created=result.created,
        workload=result.work.workload,
        engine=result.setup.engine,
        device=result.setup.device,
        device_name=result.setup.device_name,
        precision=result.setup.precision,
        setup=result.setup.name,
        profile=result.profile,
        data=result.data.kind,
        outcome=process.outcome,
        message=process.message,
        samples_per_s=speed,
        spread=log_standard_deviation(speeds) if len(speeds) > 1 else None,
        visits=len(speeds),
        machine_drift=max(references) / min(references) - 1 if len(references) > 1 else None,
        step_time_s=result.work.batch_size / speed if speed else None,
        epoch_s=parts.epoch_s,
        first_epoch_s=process.epochs[0].train_s if process.epochs else None,
        validation_s=parts.validation_s,
        startup_s=parts.startup_s,
        total_s=total,
        total_low_s=low,
        total_high_s=high,
        total_is_estimate=is_estimate,
        learned=learned,
        test_accuracy=accuracy,
        cores_used=_share(process, "cpu_s"),
        data_wait_share=_share(process, "data_wait_s"),
        work_key=result.work.key,
        setup_key=result.setup.key,
        flags=tuple(flags),
        reasons=_reasons(result, process, speed, learned),
    )


def on_region(
    summary: Summary, *, epochs: int, startup: bool, validation: bool, quantity: str
) -> float | None:
    """Our seconds for the quantity that somebody else timed; None where a part is not known.

    Args:
        summary: ours.
        epochs: of the published run.
        startup: whether their timer ran while the network was made.
        validation: whether it ran during validation.
        quantity: 'total', 'epoch_mean' or 'epoch_mean_after_first'.
    """
    if summary.epoch_s is None or summary.validation_s is None or summary.startup_s is None:
        return None
    each = summary.epoch_s + (summary.validation_s if validation else 0.0)
    once = summary.startup_s if startup else 0.0
    match quantity:
        case "total":
            return once + epochs * each
        case "epoch_mean":
            return once / epochs + each
        case "epoch_mean_after_first":
            return each
        case _:
            return None


class _Parts:
    """The parts from which a whole run is rebuilt."""

    def __init__(self, result: Result, process: Process, speed: float | None) -> None:
        self._work = result.work
        self._process = process
        self.epoch_s = self._work.train_count / speed if speed else None
        self.validation_s = self._validation_s()
        self.startup_s = self._startup_s(speed)

    def _validation_s(self) -> float | None:
        evaluations = self._process.evaluations
        samples = sum(e.samples for e in evaluations)
        if not samples:
            return None
        return self._work.validation_count * sum(e.wall_s for e in evaluations) / samples

    def _startup_s(self, speed: float | None) -> float | None:
        cold = self._process.cold
        if cold.build_s is None:
            return None
        if cold.first_step_s is not None and speed:
            return cold.build_s + max(0.0, cold.first_step_s - self._work.batch_size / speed)
        if self._process.epochs and self.epoch_s is not None:
            return cold.build_s + max(0.0, self._process.epochs[0].train_s - self.epoch_s)
        return None

    def total(self) -> float | None:
        """The whole published run in seconds: measured where every epoch was run."""
        epochs = self._process.epochs
        if epochs:
            if len(epochs) < self._work.epochs or self._process.cold.build_s is None:
                return None
            trained = sum(e.train_s + e.evaluation.wall_s for e in epochs)
            return self._process.cold.build_s + trained
        if self.epoch_s is None or self.validation_s is None or self.startup_s is None:
            return None
        return self.startup_s + self._work.epochs * (self.epoch_s + self.validation_s)

    def total_interval(self, speeds: Sequence[float]) -> tuple[float, float]:
        """Around the estimate, by the spread of the visits' speeds."""
        total, epoch_s = self.total(), self.epoch_s
        if total is None or epoch_s is None:
            raise ValueError("no total, no interval")
        low, high = t_interval_log(speeds)
        middle = math.sqrt(low * high)
        train = self._work.epochs * epoch_s
        rest = total - train
        return rest + train * middle / high, rest + train * middle / low


def _samples_per_s(process: Process) -> float | None:
    """A ratio of sums, so that stalls count."""
    if process.epochs:
        later = process.epochs[1:] or process.epochs
        return sum(e.samples for e in later) / sum(e.train_s for e in later)
    blocks = measured_blocks(process)
    return _speed(blocks) if blocks else None


def _speed(blocks: Sequence[Block]) -> float:
    return sum(b.samples for b in blocks) / sum(b.wall_s for b in blocks)


def _share(process: Process, field: str) -> float | None:
    """Seconds of a field per second of training."""
    if process.epochs:
        pairs = [(getattr(e, field), e.train_s) for e in process.epochs]
    else:
        pairs = [(getattr(b, field), b.wall_s) for b in measured_blocks(process)]
    if not pairs or any(value is None for value, _ in pairs):
        return None
    return float(sum(value for value, _ in pairs) / sum(wall for _, wall in pairs))


def _last(process: Process) -> Evaluation | None:
    return process.evaluations[-1] if process.evaluations else None


def _learned(result: Result, process: Process) -> tuple[bool | None, float | None]:
    """Whether the last evaluation reached what was due by then, and its accuracy."""
    last = _last(process)
    if last is None:
        return None, None
    due = [t.accuracy for t in result.targets if t.after_steps <= last.after_steps]
    return (last.accuracy >= max(due) if due else None), last.accuracy


def _reasons(
    result: Result, process: Process, speed: float | None, learned: bool | None
) -> dict[str, str]:
    """Why a figure is missing."""
    reasons: dict[str, str] = {}
    ended = process.message or process.outcome
    if speed is None:
        reasons |= dict.fromkeys(("samples_per_s", "epoch_s", "total_s"), ended)
    if learned is None:
        last = _last(process)
        first = min((t.after_steps for t in result.targets), default=None)
        if last is None:
            reasons["learned"] = reasons["test_accuracy"] = f"not validated: {ended}"
        elif first is None:
            reasons["learned"] = f"no target for {result.data.kind} data"
        else:
            reasons["learned"] = (
                f"judged after {first:,} steps; this run took {last.after_steps:,}"
            )
    if not process.epochs:
        reasons["first_epoch_s"] = "the quick profile measures blocks, not epochs"
    elif len(process.epochs) < result.work.epochs:
        reasons["total_s"] = f"{len(process.epochs)} of {result.work.epochs} epochs: {ended}"
    if process.epochs:
        reasons["total_low_s"] = reasons["total_high_s"] = "measured once, not estimated"
    return reasons


def timed_value(summary: Summary, timed: Timed, *, epochs: int) -> float | None:
    """Our seconds for what the workload's own author timed."""
    return on_region(
        summary,
        epochs=epochs,
        startup=timed.startup,
        validation=timed.validation,
        quantity=timed.quantity,
    )


