"""When not to believe a figure, and what to do about it. Thresholds live here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from laptime.record import Block, Process, Result
from laptime.steady import WINDOW_BLOCKS, find_steady
from laptime.summary import Flag, Summary, measured_blocks, summarize, visit_speeds
from laptime.stats import log_standard_deviation

DRIFT_LIMIT = 0.10
"""A machine whose speed wanders by more than this while it is measured is noisy."""
SPREAD_LIMIT = 0.05
"""Visits that differ by more than this (standard deviation) make a figure indicative at best."""
READBACK_LIMIT_S = 0.005
READBACK_SHARE = 0.01
"""Reading a parameter after a true synchronisation takes less than the larger of these."""
CLOCK_LIMIT_S = 1.0
"""A wall clock that runs off by more than this: the machine slept, or its clock was set."""
WAIT_LIMIT = 0.10
"""More of the time than this spent waiting for the next batch."""


def summarized(result: Result) -> Summary:
    """The figures of a result with every flag that touches them."""
    return summarize(result, tuple(flags(result)))


def flags(result: Result) -> Iterator[Flag]:
    """Every reason not to take a result at face value."""
    process = result.processes[-1]
    yield from _fake(result)
    yield from _noise(process)
    yield from _steadiness(process)
    yield from _sync(measured_blocks(process))
    yield from _clock(process)
    yield from _input(process)
    yield from _validation(result, process)


def _fake(result: Result) -> Iterator[Flag]:
    if result.setup.engine == "fake":
        yield Flag(
            name="fake",
            sentence="The fake engine trains nothing; its clock is scripted.",
            remedy="Use it for demos and tests only.",
        )


def _noise(process: Process) -> Iterator[Flag]:
    speeds = [reference.gflop_per_s for reference in process.references]
    drift = max(speeds) / min(speeds) - 1 if len(speeds) > 1 else 0.0
    visits = visit_speeds(process)
    spread = log_standard_deviation(visits) if len(visits) > 1 else 0.0
    if drift > DRIFT_LIMIT or spread > SPREAD_LIMIT:
        yield Flag(
            name="noisy_machine",
            sentence=f"This machine's speed wandered while it was measured: by {drift:.0%} in the "
            f"reference loop, visits spread by {spread:.0%}.",
            remedy="Close other programs, plug it in, let it cool, and run again.",
        )


def _steadiness(process: Process) -> Iterator[Flag]:
    rates = [block.samples / block.wall_s for block in measured_blocks(process)]
    if len(rates) >= 2 * WINDOW_BLOCKS and find_steady(rates) is None:
        yield Flag(
            name="not_steady",
            sentence="No ten blocks in a row ran at the same speed.",
            remedy="Run again on a quiet machine, or take the spread shown seriously.",
        )


def _sync(blocks: tuple[Block, ...]) -> Iterator[Flag]:
    late = [b for b in blocks if b.readback_s > max(READBACK_LIMIT_S, READBACK_SHARE * b.wall_s)]
    if late:
        yield Flag(
            name="sync_suspect",
            sentence=f"After {len(late)} of {len(blocks)} blocks the device was still busy: time may "
            "have been counted short.",
            remedy="Report it with the record; do not share the figure.",
        )


def _clock(process: Process) -> Iterator[Flag]:
    if abs(process.clock_drift_s or 0.0) > CLOCK_LIMIT_S:
        yield Flag(
            name="clock_suspect",
            sentence=f"Wall time and the monotonic clock ran {process.clock_drift_s:.1f} s apart.",
            remedy="Keep the machine awake (no lid closed, no suspend) and run again.",
        )


def _input(process: Process) -> Iterator[Flag]:
    blocks = measured_blocks(process)
    wall_s = sum(b.wall_s for b in blocks) + sum(e.train_s for e in process.epochs)
    wait_s = sum(b.data_wait_s for b in blocks) + sum(e.data_wait_s for e in process.epochs)
    if wall_s and wait_s / wall_s > WAIT_LIMIT:
        yield Flag(
            name="input_bound",
            sentence=f"{wait_s / wall_s:.0%} of the time went into waiting for the next batch.",
            remedy="Prepare batches ahead, on more processor cores.",
        )


def _validation(result: Result, process: Process) -> Iterator[Flag]:
    if process.evaluations and process.evaluations[-1].samples < result.work.validation_count:
        yield Flag(
            name="partial_validation",
            sentence=f"The accuracy is of the first {process.evaluations[-1].samples:,} of "
            f"{result.work.validation_count:,} validation images.",
            remedy="Use --profile full for all of them.",
        )
