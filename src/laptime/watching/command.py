"""Any command, with the sensors beside it: `laptime watch`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from laptime.record import Result
from laptime.runner.clock import SystemClock
from laptime.runner.sampling import Sampled, Sampler
from laptime.runner.script import Command, Ended, passed_through
from laptime.watching.result import Seen, main_of, result_of
from laptime.watching.told import VARIABLE, read

RATE_HZ = 1.0
"""Readings of the sensors a second: a script runs for minutes or hours, and pays for each."""


def watch(words: Sequence[str], *, name: str | None, keep: Callable[[Result], None]) -> Ended:
    """Run a command to its end, and hand on what was seen of it.

    Args:
        words: program and arguments.
        name: of the training; None for what it tells, or its script's file name.
        keep: is given the result; no Ctrl-C or SIGTERM cuts it short.

    Raises:
        NotStartedError: the command cannot be started.
    """
    clock = SystemClock()
    main = main_of(words)
    with contextlib.ExitStack() as stack:
        heard = stack.enter_context(passed_through())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="laptime-"))
        told = Path(folder) / "told"
        told.touch()
        swap = _swap()
        started, zero_ns, calendar_ns = datetime.now(UTC), clock.now_ns(), clock.wall_ns()
        command = Command(words, {**os.environ, VARIABLE: str(told)})
        heard.lead_to(command)
        sampler = stack.enter_context(Sampler(rate_hz=RATE_HZ))
        sampler.start(command.pid)
        ended = command.wait()
        wall_ns, calendar_ns = clock.now_ns() - zero_ns, clock.wall_ns() - calendar_ns
        sampled = sampler.stop()
        after = _swap()
        result = result_of(
            Seen(
                name=name,
                main=main,
                watched="command",
                started=started,
                zero_ns=zero_ns,
                wall_ns=wall_ns,
                calendar_ns=calendar_ns,
                cpu_s=ended.cpu_s,
                peak_memory_bytes=_most(ended.peak_memory_bytes, seen_bytes(sampled)),
                swap_growth_bytes=None if swap is None or after is None else after - swap,
                status=ended.status,
                is_interrupted=heard.is_interrupted and ended.status != 0,
                messages=read(told.read_bytes().splitlines()),
                sampled=sampled,
            )
        )
        keep(result)
    return ended


def _swap() -> int | None:
    try:
        return int(psutil.swap_memory().used)
    except (OSError, RuntimeError):  # Windows with its performance counters off
        return None


def seen_bytes(sampled: Sampled) -> int | None:
    """Most memory that all processes of the script held together, once a second."""
    found = [
        value
        for each in sampled.sensors
        for quantity in each.quantities
        if quantity.name == "tree_memory_bytes"
        for value in each.track(quantity).values
    ]
    return int(max(found)) if found else None


def _most(*found: int | None) -> int | None:
    """A script that ends between two readings is known by the system's own count."""
    return max((each for each in found if each is not None), default=None)
