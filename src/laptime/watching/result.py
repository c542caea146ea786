"""A training that was watched, as a record: its work unproved, its blocks as those of any other."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from laptime import __version__, machine
from laptime.conditions import UNTOLD
from laptime.energy import energies
from laptime.joules import Window
from laptime.passes import MOST_PASSES, Pass, Script
from laptime.plain import one_line
from laptime.record import (
    FORMAT,
    Block,
    ColdStart,
    DataUsed,
    Outcome,
    Process,
    Result,
    Setup,
    Work,
)
from laptime.runner.sampling import Sampled
from laptime.store import new_id
from laptime.watching.told import About, Began, Message, Passed, Stretch, Trouble, Validated

MOST_BLOCKS = 120
"""Of a record; of more, neighbours of one epoch are joined."""
LONGEST_NAME = 80
UNKNOWN = "unknown"
ASKED_TO_END = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals by which somebody stops a training on purpose."""
SHELL = 128
"""A shell says 128 + N of a command that signal N ended; so do scripts that start one."""
Kind = TypeVar("Kind", Block, Pass)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was seen of a training."""

    name: str | None
    """As its user called it on the command line."""
    main: Path | None
    """Its script; None where there is none. Never written down but for its bare name."""
    watched: Literal["command", "process"]
    started: datetime
    zero_ns: int
    """`perf_counter` at its start."""
    wall_ns: int
    calendar_ns: int
    """The same by the calendar."""
    cpu_s: float | None
    peak_memory_bytes: int | None
    swap_growth_bytes: int | None
    status: int | None
    """Exit code, or -N for signal N, of one that has ended."""
    is_interrupted: bool = False
    messages: Sequence[Message]
    sampled: Sampled | None


def result_of(seen: Seen) -> Result:
    """The record."""
    about = next((m for m in seen.messages if isinstance(m, About)), None)
    began = next((m for m in seen.messages if isinstance(m, Began)), None)
    name = name_of(seen.name or (began.name if began else None), seen.main)
    created = seen.started.astimezone(UTC).isoformat(timespec="seconds")
    setup = _setup(about)
    return Result(
        format=FORMAT,
        id=new_id(created, name, setup.engine, setup.device, "watch"),
        created=created,
        laptime=__version__,
        profile="watch",
        machine=machine.describe(),
        work=_work(name, about, seen.main),
        setup=setup,
        data=DataUsed(name="own", kind="own", origin="script"),
        timed=None,
        targets=(),
        bands=(),
        processes=(_process(seen, about, began),),
        run=None,
    )


def name_of(name: str | None, main: Path | None) -> str:
    """Of a training: what its user called it, else its script's file name, short and printable."""
    told = name or (main.stem if main else None) or "training"
    told = re.split(r"[\\/]", told.strip())[-1]
    return one_line(told)[:LONGEST_NAME] or "training"


def fingerprint(main: Path | None) -> str:
    """First twelve hexadecimal digits of the SHA-256 of a script; 'unknown' where it cannot be read."""
    try:
        return hashlib.sha256(main.read_bytes()).hexdigest()[:12] if main else UNKNOWN
    except OSError:
        return UNKNOWN


def _work(name: str, about: About | None, main: Path | None) -> Work:
    return Work(
        workload=name,
        network=None,
        parameters=about.parameters if about else None,
        trainable_parameters=None,
        train_flops_per_sample=None,
        evaluate_flops_per_sample=None,
        input_shape=None,
        classes=None,
        train_count=None,
        validation_count=None,
        batch_size=(about.batch_size or None) if about else None,
        epochs=None,
        optimizer=None,
        loss=None,
        shuffle=None,
        script=fingerprint(main),
    )


def _setup(about: About | None) -> Setup:
    """What was not told is 'not told': a label comes from the object that ran, or from nobody."""
    return Setup(
        engine=(about.engine if about else None) or "script",
        device=(about.device if about else None) or UNTOLD,
        device_name=None,
        precision=(about.precision if about else None) or UNTOLD,
        name="own",
        versions=about.versions if about else {},
        options={},
        environment={},
        modules=(),
    )


def _process(seen: Seen, about: About | None, began: Began | None) -> Process:
    outcome, message = ending(seen.status, is_interrupted=seen.is_interrupted)
    blocks = _blocks(seen)
    passes = _passes(seen)
    steps = sum(each.steps for each in passes)
    samples = sum(each.samples or 0 for each in passes)
    sampled = seen.sampled
    whole = Window(0.0, seen.wall_ns / 1e9, samples)
    first_ns = about.first_step_ns if about else None
    return Process(
        seed=None,
        outcome=outcome,
        phase="done" if outcome == "ok" else "train",
        message=message,
        steps=steps,
        cold=ColdStart(first_step_s=None if first_ns is None else first_ns / 1e9),
        blocks=blocks,
        epochs=(),
        evaluations=(),
        references=(),
        peak_memory_bytes=seen.peak_memory_bytes,
        clock_drift_s=(seen.calendar_ns - seen.wall_ns) / 1e9,
        swap_growth_bytes=seen.swap_growth_bytes,
        born_s=0.0,
        logs=sampled.logs(zero_ns=seen.zero_ns) if sampled else (),
        energy=energies(sampled.sensors, [whole], zero_ns=seen.zero_ns, idle_power_w=None)
        if sampled
        else (),
        script=Script(
            watched=seen.watched,
            teller=began.teller if began else None,
            wall_s=max(1, seen.wall_ns) / 1e9,
            cpu_s=seen.cpu_s,
            exit_code=seen.status if seen.status is not None and seen.status >= 0 else None,
            signal=-seen.status if seen.status is not None and seen.status < 0 else None,
            epochs=max(
                [p.index for p in _of(seen, Passed)] + [s.epoch for s in _of(seen, Stretch)],
                default=0,
            ),
            passes=passes,
            synchronised=None if about is None else about.unsynchronised_reason is None,
            unsynchronised_reason=about.unsynchronised_reason if about else None,
            trouble=next((m.message for m in _of(seen, Trouble)), None),
        ),
    )


Sort = TypeVar("Sort", bound=Message)


def _of(seen: Seen, kind: type[Sort]) -> list[Sort]:
    return [message for message in seen.messages if isinstance(message, kind)]


def ending(status: int | None, *, is_interrupted: bool) -> tuple[Outcome, str | None]:
    """How a script's end is told: its outcome, and a line for anything but 'ok'.

    Args:
        status: exit code, or -N for signal N; None for one that goes on.
        is_interrupted: whether it was stopped by Ctrl-C.
    """
    name = signal_name(status)
    if name in ASKED_TO_END:
        return "interrupted", f"stopped by {name}"
    if is_interrupted:
        return "interrupted", "stopped by Ctrl-C"
    if name is not None and status is not None and status < 0:
        return "killed", f"ended by {name}" + (_OF_KILL if name == "SIGKILL" else "")
    if status:
        return "error", f"the script ended with exit code {status}"
    return "ok", None


_OF_KILL = "; where nobody did that, the system was short of memory"


def signal_name(status: int | None) -> str | None:
    """'SIGTERM' for -15 and 143; None for what is no signal."""
    known = {int(each): each.name for each in signal.Signals}
    if status is None or status == 0:
        return None
    if status < 0:
        return known.get(-status, f"signal {-status}")
    return known.get(status - SHELL) if status - SHELL in (2, 15) else None


def _blocks(seen: Seen) -> tuple[Block, ...]:
    """Those whose samples are known."""
    found = [
        Block(
            phase="measured",
            visit=max(1, each.epoch),
            started_s=(each.started_ns - seen.zero_ns) / 1e9,
            steps=each.steps,
            samples=each.samples,
            wall_s=max(1, each.wall_ns) / 1e9,
            cpu_s=each.cpu_ns / 1e9,
            data_wait_s=None if each.wait_ns is None else each.wait_ns / 1e9,
            readback_s=0.0,
            loss=each.loss,
        )
        for each in _of(seen, Stretch)
        if each.samples and each.steps
    ]
    while len(found) > MOST_BLOCKS and len({block.visit for block in found}) < len(found):
        found = _halved_blocks(found)
    return tuple(_few_visits(found))


def _halved_blocks(blocks: Sequence[Block]) -> list[Block]:
    joined: list[Block] = []
    for _, same in itertools.groupby(blocks, key=lambda block: block.visit):
        members = list(same)
        joined += [_join_blocks(members[k : k + 2]) for k in range(0, len(members), 2)]
    return joined


def _few_visits(blocks: Sequence[Block]) -> list[Block]:
    """Of very many short epochs: neighbours as one."""
    found = list(blocks)
    while len(found) > MOST_BLOCKS:
        found = [_join_blocks(found[k : k + 2]) for k in range(0, len(found), 2)]
    return found


def _join_blocks(blocks: Sequence[Block]) -> Block:
    return replace(
        blocks[0],
        steps=sum(b.steps for b in blocks),
        samples=sum(b.samples for b in blocks),
        wall_s=sum(b.wall_s for b in blocks),
        cpu_s=_sum(b.cpu_s for b in blocks),
        data_wait_s=_sum(b.data_wait_s for b in blocks),
        loss=blocks[-1].loss,
    )


def _passes(seen: Seen) -> tuple[Pass, ...]:
    """Epochs that ended; of the one that did not, its blocks."""
    validated: Counter[int] = Counter()
    for message in _of(seen, Validated):
        validated[message.epoch] += message.wall_ns
    ended = _of(seen, Passed)
    done = {each.index for each in ended}
    cut: dict[int, list[Stretch]] = {}
    for each in _of(seen, Stretch):
        if each.epoch not in done:
            cut.setdefault(each.epoch, []).append(each)
    found = [_pass(p, seen.zero_ns, validated) for p in ended]
    found += [_pass(_as_passed(parts), seen.zero_ns, validated) for parts in cut.values()]
    while len(found) > MOST_PASSES:
        found = [_join_passes(found[k : k + 2]) for k in range(0, len(found), 2)]
    return tuple(found)


def _as_passed(parts: Sequence[Stretch]) -> Passed:
    samples, waits = [p.samples for p in parts], [p.wait_ns for p in parts]
    return Passed(
        pid=parts[0].pid,
        index=parts[0].epoch,
        started_ns=parts[0].started_ns,
        wall_ns=sum(p.wall_ns for p in parts),
        steps=sum(p.steps for p in parts),
        samples=None if None in samples else sum(s or 0 for s in samples),
        wait_ns=None if None in waits else sum(w or 0 for w in waits),
        loss=parts[-1].loss,
    )


def _pass(told: Passed, zero_ns: int, validated: Counter[int]) -> Pass:
    return Pass(
        index=told.index,
        started_s=(told.started_ns - zero_ns) / 1e9,
        wall_s=max(1, told.wall_ns) / 1e9,
        steps=told.steps,
        samples=told.samples,
        data_wait_s=None if told.wait_ns is None else told.wait_ns / 1e9,
        validation_s=validated[told.index] / 1e9 if told.index in validated else None,
        loss=told.loss,
    )


def _join_passes(passes: Sequence[Pass]) -> Pass:
    known = [p.validation_s for p in passes if p.validation_s is not None]
    samples = [p.samples for p in passes]
    return replace(
        passes[0],
        wall_s=sum(p.wall_s for p in passes),
        steps=sum(p.steps for p in passes),
        samples=None if None in samples else sum(s or 0 for s in samples),
        data_wait_s=_sum(p.data_wait_s for p in passes),
        validation_s=sum(known) if known else None,
        loss=passes[-1].loss,
    )


def _sum(parts: Iterable[float | None]) -> float | None:
    found = list(parts)
    return None if None in found else sum(each or 0.0 for each in found)


def main_of(command: Sequence[str]) -> Path | None:
    """The script in a command: what `python`, `bash` ... are given, or the command itself.

    Args:
        command: as it was asked for; options of the interpreter are skipped, and '-m package' and
            '-c code' have no script.
    """
    for number, word in enumerate(command):
        if word in ("-m", "-c") and number:
            return None
        if number and not word.startswith("-") and Path(word).is_file():
            return Path(word)
    first = Path(command[0])
    return first if os.sep in command[0] and first.is_file() else None
