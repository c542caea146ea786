"""When not to believe a figure, and what to do about it. Thresholds live here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from laptime import limits
from laptime.bands import verdicts
from laptime.conditions import of_process
from laptime.figures import counted, figures_of, last_process, measured_blocks, visit_speeds
from laptime.reasons import BELIEVABLE
from laptime.record import Block, Process, Result
from laptime.stats import log_standard_deviation, median
from laptime.steady import WINDOW_BLOCKS, find_steady
from laptime.summary import Flag, Summary, summarize
from laptime.trend import Trend, classify

DRIFT_LIMIT = 0.10
"""A machine whose speed wanders by more than this while it is measured is noisy."""
SPREAD_LIMIT = 0.05
"""Visits that differ by more than this (standard deviation) make a figure indicative at best."""
READBACK_LIMIT_S = 0.005
READBACK_SHARE = 0.01
"""Reading a parameter after a true synchronisation takes less than the larger of these."""
CLOCK_LIMIT_S = 1.0
"""A wall clock that runs off by more than this: the machine slept, or its clock was set."""
SWAP_LIMIT_BYTES = 64_000_000
"""Swap that grew by more than this while a worker ran: memory was short."""
WAIT_LIMIT = 0.10
"""More of the time than this spent waiting for the next batch."""
OF_CHANCE = ("warm_up", "slowdown", "disturbed", "not_steady")
"""Flags that chance raises now and then: of several processes one alone is no reason."""


def summarized(result: Result) -> Summary:
    """The figures of a result with every flag that touches them.

    Raises:
        RecordError: it holds no process.
    """
    return summarize(result, tuple(flags(result)))


def flags(result: Result) -> Iterator[Flag]:
    """Every reason not to take a result at face value.

    Raises:
        RecordError: it holds no process.
    """
    last = last_process(result)
    processes = counted(result) or (last,)
    yield from _fake(result)
    yield from _lost(result)
    yield from _told_once([list(_of_process(result, each)) for each in processes])
    yield from _witnesses(result)
    yield from _validation(result, last)
    yield from _photos(result)
    yield from _work(result)


def _of_process(result: Result, process: Process) -> Iterator[Flag]:
    """What speaks against the figures of one process."""
    is_noisy = any(_noise(process))
    yield from _noise(process)
    yield from _steadiness(process, is_noisy=is_noisy)
    yield from _sync(measured_blocks(process))
    yield from _clock(process)
    yield from _input(result, process)
    yield from _learning(result, process)
    yield from _memory(process)
    yield from of_process(
        process,
        machine=result.machine,
        device=result.setup.device,
        is_in_memory=result.data.train_files is None,
    )


def _told_once(found: Sequence[Sequence[Flag]]) -> Iterator[Flag]:
    """Each flag of several processes once, with the figures of the first and how many it touches."""
    touched: dict[str, list[Flag]] = {}
    for flags_of_one in found:
        for flag in flags_of_one:
            touched.setdefault(flag.name, []).append(flag)
    for name, each in touched.items():
        if len(found) == 1:
            yield each[0]
        elif name not in OF_CHANCE or len(each) > 1:
            share = f"{len(each)} of {len(found)} processes"
            first = each[0].measured
            yield replace(each[0], measured=f"{share}, {first}" if first else share)


def _lost(result: Result) -> Iterator[Flag]:
    well = sum(process.outcome in BELIEVABLE for process in result.processes)
    lost = next((p for p in result.processes if p.outcome not in BELIEVABLE), None)
    if lost and len(result.processes) > 1:
        yield Flag(
            name="lost_processes",
            sentence="Some processes failed; the figure is of the others.",
            measured=f"{well} of {len(result.processes)} ok, else {lost.outcome}",
            remedy="See what they ended with, with `laptime show --raw`, and run again.",
        )


def _fake(result: Result) -> Iterator[Flag]:
    if result.setup.engine == "fake":
        yield Flag(
            name="fake",
            sentence="The fake engine trains nothing; its clock is scripted.",
            measured=None,
            remedy="For demos and tests only: use another engine for figures.",
        )


def _noise(process: Process) -> Iterator[Flag]:
    speeds = [r.gflop_per_s for r in process.references if r.gflop_per_s > 0]
    drift = max(speeds) / min(speeds) - 1 if len(speeds) > 1 else 0.0
    visits = [speed for speed in visit_speeds(process) if speed > 0]
    spread = log_standard_deviation(visits) if len(visits) > 1 else 0.0
    found = (
        (f"reference loop by {100 * drift:.0f} %", drift > DRIFT_LIMIT),
        (f"visits by {100 * spread:.0f} %", spread > SPREAD_LIMIT),
    )
    if any(is_over for _, is_over in found):
        yield Flag(
            name="noisy_machine",
            sentence="This machine's speed wandered while it was measured.",
            measured=", ".join(figure for figure, is_over in found if is_over),
            remedy="Close other programs, plug it in, let it cool, and run again.",
        )


def _steadiness(process: Process, *, is_noisy: bool) -> Iterator[Flag]:
    blocks = measured_blocks(process)
    rates = [block.samples / block.wall_s for block in blocks if block.samples]
    trend = classify(rates)
    if trend is not None:
        yield from (flag for flag in _trend(trend, len(rates)) if _is_own(flag, is_noisy))
    elif not is_noisy and len(rates) >= 2 * WINDOW_BLOCKS and find_steady(rates) is None:
        yield Flag(
            name="not_steady",
            sentence=f"No {2 * WINDOW_BLOCKS} blocks in a row ran at the same speed.",
            measured=None,
            remedy="Take the spread shown seriously, or run again on a quiet machine.",
        )


def _is_own(flag: Flag, is_noisy: bool) -> bool:
    """A noisy machine is never steady, and has been told so; but heat slows down both."""
    return flag.name == "slowdown" or not is_noisy


def _trend(trend: Trend, count: int) -> Iterator[Flag]:
    where = f"by {100 * abs(trend.change):.0f} % from block {trend.since + 1} of {count}"
    if trend.kind == "slowdown":
        yield Flag(
            name="slowdown",
            sentence="It became slower while it was measured, and stayed so; the figure is a mix.",
            measured=where,
            remedy="Heat, a power limit or a neighbour does this: let it cool, plug it in, run again.",
        )
    elif trend.kind == "warm_up":
        yield Flag(
            name="warm_up",
            sentence="It became faster while it was measured, and stayed so; the figure is a mix.",
            measured=where,
            remedy="A long training is faster than this figure: measure it with --profile full.",
        )
    elif trend.kind == "disturbed":
        yield Flag(
            name="disturbed",
            sentence="It was slower for a while, or stalled often, and came back.",
            measured=where if trend.since else f"{trend.stalls} of {count} blocks stalled",
            remedy="Something else ran: close other programs and run again.",
        )
    elif trend.kind == "not_steady":
        yield Flag(
            name="not_steady",
            sentence="Its speed changed several times while it was measured.",
            measured=None,
            remedy="Take the spread shown seriously, or run again on a quiet machine.",
        )


def _sync(blocks: tuple[Block, ...]) -> Iterator[Flag]:
    late = [b for b in blocks if b.readback_s > max(READBACK_LIMIT_S, READBACK_SHARE * b.wall_s)]
    if late:
        yield Flag(
            name="sync_suspect",
            sentence="The device was still busy after a block: time may have been counted short.",
            measured=f"{len(late)} of {len(blocks)} blocks",
            remedy="Do not share the figure; report it to laptime with the record.",
        )


def _clock(process: Process) -> Iterator[Flag]:
    drift_s = process.clock_drift_s or 0.0
    if abs(drift_s) > CLOCK_LIMIT_S:
        yield Flag(
            name="clock_suspect",
            sentence="Wall time and the monotonic clock ran apart: the machine slept, or its clock "
            "was set.",
            measured=f"{drift_s:+.1f} s",
            remedy="Keep the machine awake (lid open, no suspend) and run again.",
        )


def _input(result: Result, process: Process) -> Iterator[Flag]:
    blocks = measured_blocks(process)
    wall_s = sum(b.wall_s for b in blocks) + sum(e.train_s for e in process.epochs)
    wait_s = sum(b.data_wait_s or 0.0 for b in blocks)
    wait_s += sum(e.data_wait_s or 0.0 for e in process.epochs)
    turns = limits.stalls(process.blocks)
    share = wait_s / wall_s if wall_s else 0.0
    # Two short blocks differ by chance: a higher bar.
    if turns and median(turns) >= limits.INPUT_SHARE:
        share = max(share, median(turns))
    if share > WAIT_LIMIT:
        yield Flag(
            name="input_bound",
            sentence="Training waited for its batches.",
            measured=f"{100 * share:.0f} % of the time",
            remedy=limits.input_advice(result),
        )


def _learning(result: Result, process: Process) -> Iterator[Flag]:
    found = [each.hasty for each in verdicts(process.looks, result.bands) if each.hasty]
    if found:
        yield Flag(
            name="learned_too_fast",
            sentence="It learned more than so many steps can teach: other work was done than was "
            "counted.",
            measured=found[0],
            remedy="Do not share the figure; see what the engine trains with `laptime verify`.",
        )


def _validation(result: Result, process: Process) -> Iterator[Flag]:
    last = process.evaluations[-1] if process.evaluations else None
    whole = result.work.validation_count or 0
    if result.profile != "full" and last and last.samples < whole:
        yield Flag(
            name="partial_validation",
            sentence="The accuracy is of the first validation images only.",
            measured=f"{last.samples:,} of {whole:,}",
            remedy="Use --profile full for all of them.",
        )


def _memory(process: Process) -> Iterator[Flag]:
    growth = process.swap_growth_bytes or 0
    if growth > SWAP_LIMIT_BYTES:
        yield Flag(
            name="swapped",
            sentence="Memory was short: the system moved some of it to the disk meanwhile.",
            measured=f"{growth / 1e9:.1f} GB",
            remedy="Close other programs, or run fewer workloads at a time.",
        )


def _witnesses(result: Result) -> Iterator[Flag]:
    """The two ways to see what the input costs contradict each other."""
    seen = figures_of(result).get("evidence")
    if isinstance(seen, limits.Evidence) and seen.is_contradicted:
        stall, waited = seen.input_stall or 0.0, seen.data_wait_share or 0.0
        yield Flag(
            name="witnesses_differ",
            sentence="What the input costs is not certain: its two witnesses differ.",
            measured=f"{100 * stall:.0f} % by turns, {100 * waited:.0f} % by waiting",
            remedy="Run it again on a quiet machine before changing the pipeline.",
        )


def _photos(result: Result) -> Iterator[Flag]:
    used, work = result.data, result.work
    count = work.train_count or 0
    if used.kind == "synthetic" and used.train_files and used.train_files < count:
        yield Flag(
            name="subset",
            sentence="A part of the photos stood for all of them, and came out of the page cache.",
            measured=f"{used.train_files:,} of {count:,} files",
            remedy="A slow disk does not show in this; --profile full writes and reads all of them.",
        )
    if used.skipped_files:
        yield Flag(
            name="skipped_files",
            sentence="Image files that could not be read were left out.",
            measured=f"{used.skipped_files:,} files",
            remedy="Get whole copies of them; the rest was trained on as it is.",
        )


def _work(result: Result) -> Iterator[Flag]:
    if result.work.deviations:
        yield Flag(
            name="deviation",
            sentence="This is not the published work, and is compared with nobody's.",
            measured="; ".join(result.work.deviations),
            remedy="For a comparison run it as published, where memory and data allow it.",
        )
    if result.data.weights == "random":
        yield Flag(
            name="random_weights",
            sentence="The frozen network had random weights: the time is right, the accuracy is not.",
            measured=None,
            remedy="Get the published weights with --weights pretrained.",
        )
