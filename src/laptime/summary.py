"""What a result says, computed from its raw blocks and epochs; nothing here is stored.

A process that ended in anything but the outcomes of `BELIEVABLE` has no figures: its record keeps the
blocks. Where no process has any, the summary says why there is nothing to read.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from laptime.consumption import Consumption, why_none
from laptime.figures import counted, figures_of, last_process, visit_speeds
from laptime.frozen import Frozen
from laptime.limits import NOTHING, Evidence, Limit, limit
from laptime.reasons import FEWEST_PROCESSES, reasons_for
from laptime.record import Machine, Outcome, Process, Result, digest
from laptime.scripts import Watched, watched
from laptime.soaking import Course

__all__ = [
    "FEWEST_PROCESSES",
    "RANKED",
    "Flag",
    "Summary",
    "is_ranked",
    "is_sound",
    "machine_key",
    "on_region",
    "summarize",
]

RANKED = ("ok", "interrupted")
"""Outcomes that may stand beside others."""


class Flag(Frozen, frozen=True, kw_only=True):
    """A reason not to take a figure at face value."""

    name: str
    sentence: str
    """What is wrong, without figures: the same for every result that it touches."""
    measured: str | None
    """The figures behind it, short: 'reference loop 18 %'."""
    remedy: str


class Summary(Frozen, frozen=True, kw_only=True):
    """The figures of one result. What is not known is None, with its reason in `reasons`."""

    id: str
    created: str
    workload: str
    engine: str
    versions: dict[str, str]
    device: str
    device_name: str | None
    precision: str
    setup: str
    profile: str
    data: str
    """'real' or 'synthetic'."""
    outcome: Outcome
    message: str | None
    """One line for anything but 'ok'."""
    batch_size: int | None
    """None where the user's own training did not tell it, or has several."""
    epochs: int | None
    """Of the published run; None for the user's own training."""
    script: Watched | None = None
    """Of the user's own training: what it took, and what it told; None for workloads of laptime."""
    samples_per_s: float | None = None
    """Training images over wall time, validation not counted; of several processes the geometric
    mean."""
    samples_per_s_low: float | None = None
    samples_per_s_high: float | None = None
    """Ends of its 95 % interval: Student's t over the processes, from three on."""
    process_speeds: tuple[float, ...] = ()
    """Of each process that counts, in the order in which they were started."""
    process_seeds: tuple[int, ...] = ()
    """Theirs: processes of two results of one run that have the same seed ran beside each other."""
    run: str | None
    """Equal for results that were measured in turns, by one command."""
    processes: int
    """Fresh processes that were started, also those that failed."""
    spread: float | None = None
    """Standard deviation of the visits' (full: the epochs') speeds, as a share: indicative only."""
    visits: int
    """How many visits (full: epochs after the first) the speed comes from, over all processes."""
    machine_drift: float | None = None
    """Largest over smallest speed of the reference loop beside the visits, less one."""
    reference_gflop_per_s: float | None = None
    """Median speed of the reference loop: how fast the machine was while this was measured."""
    step_time_s: float | None = None
    epoch_s: float | None = None
    """Training alone, without the validation after it; without the first epoch's extra."""
    first_epoch_s: float | None = None
    validation_s: float | None = None
    """The whole validation set once."""
    build_s: float | None = None
    """Making the network and waking the device, up to the first step."""
    first_extra_s: float | None = None
    """What the first step (full: epoch) took beyond a later one; compilation. By noise it may be
    negative in a measured run."""
    startup_s: float | None = None
    """Both of these: total_s = startup_s + epochs * (epoch_s + validation_s) + fit_s, where one is."""
    fit_s: float | None = None
    """Fitting the classifier on the features of all training images."""
    total_s: float | None = None
    """The whole published run: start-up, and every epoch with its validation."""
    total_low_s: float | None = None
    total_high_s: float | None = None
    """Around the estimate, drift included: from the speeds of three processes or more, else from the
    visits' spread; None for a measured total."""
    total_is_estimate: bool | None = None
    learned: bool | None = None
    test_accuracy: float | None = None
    """0 to 1."""
    test_samples: int | None = None
    """How many validation images the accuracy is of."""
    cores_used: float | None = None
    train_files: int | None = None
    """Distinct image files of the training part."""
    skipped_files: int | None = None
    """Distinct files that could not be read and were left out."""
    weights: str | None
    """What a frozen part started from: 'random' or 'pretrained'."""
    deviations: tuple[str, ...]
    """In what the work differs from the published one."""
    peak_memory_bytes: int | None
    """Most memory that the worker had resident, as far as it is known."""
    data_wait_share: float | None = None
    """Of the training time, spent waiting for the next batch."""
    limit: Limit | None = None
    """What holds this machine back here."""
    evidence: Evidence = NOTHING
    """What that follows from."""
    energy: tuple[Consumption, ...] = ()
    """Joules for what was trained, by place; empty where none are known."""
    burst_samples_per_s: float | None = None
    sustained_samples_per_s: float | None = None
    """Of a soak: at its beginning, and at its end."""
    retention: float | None = None
    """Sustained over burst."""
    courses: tuple[Course, ...] = ()
    """Of a soak: temperatures, clocks and power at both ends, as far as sensors told them."""
    work_key: str
    setup_key: str
    machine_key: str
    flags: tuple[Flag, ...] = ()
    reasons: dict[str, str] = msgspec.field(default_factory=dict)
    """Field -> why it is None, for every such field but `message`; and for `energy` without any."""


def summarize(result: Result, flags: Sequence[Flag] = ()) -> Summary:
    """Every figure of a result.

    Args:
        result: the record.
        flags: what `checks` found.

    Raises:
        RecordError: it holds no process.
    """
    last, telling = last_process(result), _telling(result)
    script = last.script
    work, setup = result.work, result.setup
    bare = Summary(
        id=result.id,
        created=result.created,
        workload=work.workload,
        engine=setup.engine,
        versions=setup.versions,
        device=setup.device,
        device_name=setup.device_name,
        precision=setup.precision,
        setup=setup.name,
        profile=result.profile,
        data=result.data.kind,
        outcome=telling.outcome,
        message=telling.message,
        processes=len(result.processes),
        run=result.run,
        weights=result.data.weights,
        deviations=work.deviations,
        peak_memory_bytes=max(p.peak_memory_bytes or 0 for p in result.processes) or None,
        batch_size=work.batch_size,
        epochs=work.epochs,
        visits=sum(len(visit_speeds(process)) for process in counted(result) or (last,)),
        work_key=work.key,
        setup_key=setup.key,
        machine_key=machine_key(result.machine),
        flags=tuple(flags),
        script=watched(last, script) if script is not None else None,
    )
    summary = msgspec.structs.replace(bare, **figures_of(result))
    summary = msgspec.structs.replace(summary, limit=limit(summary.evidence, result))
    missing = [name for name in Summary.__struct_fields__ if getattr(summary, name) is None]
    reasons = reasons_for(result, last, missing)
    if not summary.energy:
        reasons["energy"] = why_none(counted(result) or (last,))
    return msgspec.structs.replace(summary, reasons=reasons)


def _telling(result: Result) -> Process:
    """The process whose outcome is the result's: the first that failed, unless enough went well.

    'Enough' gives an interval; that others were lost is then a flag (`checks`), not the outcome.
    """
    well = [process for process in result.processes if process.outcome == "ok"]
    if len(well) >= FEWEST_PROCESSES:
        return well[-1]
    return next((p for p in result.processes if p.outcome != "ok"), result.processes[-1])


def is_sound(summary: Summary) -> bool:
    """Whether it may stand beside others of the same work: it ended well, not known not to learn."""
    return summary.outcome in RANKED and summary.learned is not False


def is_ranked(summary: Summary) -> bool:
    """Whether it may stand beside published times: it is sound, and the work is as published."""
    return is_sound(summary) and not summary.deviations and summary.profile != "watch"


def machine_key(machine: Machine) -> str:
    """Equal for one computer whatever its system and Python are updated to."""
    memory_gib = round(machine.memory_bytes / 2**30)
    return digest(
        (
            *(machine.system, machine.architecture, machine.model, machine.chip),
            *(machine.cores_usable, memory_gib, machine.graphics),
        )
    )


def on_region(
    summary: Summary, *, epochs: int, startup: bool, validation: bool, quantity: str
) -> float | None:
    """Our seconds for the quantity that somebody else timed; None where a part is not known.

    Compilation happens in the first step, so it is inside every timer but one that leaves out the
    first epoch, whether or not that timer ran while the network was made.

    Args:
        summary: ours.
        epochs: of the published run.
        startup: whether their timer ran while the network was made.
        validation: whether it ran during validation.
        quantity: 'total', 'epoch_mean' or 'epoch_mean_after_first'.
    """
    parts = (summary.epoch_s, summary.first_extra_s, *([summary.build_s] if startup else []))
    checked = summary.validation_s if validation else 0.0
    if summary.epoch_s is None or checked is None or None in parts:
        return None
    each = summary.epoch_s + checked
    once = (summary.first_extra_s or 0.0) + (summary.build_s or 0.0 if startup else 0.0)
    once += summary.fit_s or 0.0
    match quantity:
        case "total":
            return once + epochs * each
        case "epoch_mean":
            return once / epochs + each
        case "epoch_mean_after_first":
            return each
        case _:
            return None
