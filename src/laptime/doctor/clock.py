"""Whether the machine's clocks run together, and how long it takes to read one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from laptime.doctor import Case, Finding
from laptime.machine import read
from laptime.runner.clock import SystemClock

TITLE = "clock"
ORDER = 130
FAST = True

JUMP_LIMIT_S = 0.1
"""Wall time and the monotonic clock may part by so much during the examination."""
READ_LIMIT_NS = 1_000
"""Reading a good clock takes a tenth of a microsecond; one that asks the kernel each time, more."""
READS = 1_000
EARLIEST_S = 1_767_225_600
"""1 January 2026, in seconds since 1970: laptime is not older."""
CLOCK = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")


def check(case: Case) -> Iterator[Finding]:
    """Wall time against the monotonic clock since the examination began; so it comes last."""
    clock = SystemClock()
    began = clock.now_ns()
    for _ in range(READS):
        clock.now_ns()
    read_ns = (clock.now_ns() - began) / READS
    now_ns, wall_ns = clock.now_ns(), clock.wall_ns()
    source = (read(CLOCK) or "").strip() if sys.platform == "linux" else ""
    yield judged(
        elapsed_s=(now_ns - case.began_ns[0]) / 1e9,
        wall_elapsed_s=(wall_ns - case.began_ns[1]) / 1e9,
        wall_s=wall_ns / 1e9,
        read_ns=read_ns,
        source=source or None,
    )


def judged(
    *,
    elapsed_s: float,
    wall_elapsed_s: float,
    wall_s: float,
    read_ns: float,
    source: str | None,
) -> Finding:
    """What is to be said of the clocks.

    Args:
        elapsed_s: by the monotonic clock.
        wall_elapsed_s: by the calendar's.
        wall_s: the calendar's, in seconds since 1970.
        read_ns: what reading the monotonic clock takes.
        source: Linux' name of what it reads ('tsc', 'hpet'); None where it is not told.
    """
    jump_s = wall_elapsed_s - elapsed_s
    named = f" ({source})" if source else ""
    told = (
        f"wall time and the monotonic clock parted by {1e3 * abs(jump_s):.1f} ms in "
        f"{elapsed_s:.1f} s; reading one takes {read_ns:,.0f} ns{named}"
    )
    if abs(jump_s) > JUMP_LIMIT_S:
        return Finding(
            outcome="warn",
            evidence=told,
            fix="The machine slept, or its clock was set. Keep it awake, and let it synchronise "
            "before anything is measured.",
        )
    if wall_s < EARLIEST_S:
        date = time.strftime("%Y-%m-%d", time.gmtime(wall_s))
        return Finding(
            outcome="warn",
            evidence=f"the clock says {date}, which is long past; {told}",
            fix="Set the clock: results are named by it, and downloads fail with a wrong one.",
        )
    if read_ns > READ_LIMIT_NS:
        return Finding(
            outcome="warn",
            evidence=told,
            fix="A slow clock shortens small steps. On Linux see which there are, and take tsc or "
            "the hypervisor's own:",
            command=f"cat {CLOCK.with_name('available_clocksource')}",
        )
    return Finding(outcome="ok", evidence=told)
