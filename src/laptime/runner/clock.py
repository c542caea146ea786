"""The only clock. Everything that is timed anywhere in laptime is timed by one of these."""

from __future__ import annotations

import os
import time
from typing import Protocol


class Clock(Protocol):
    """Time as a worker sees it, in nanoseconds."""

    def now_ns(self) -> int:
        """Monotonic: for durations."""

    def wall_ns(self) -> int:
        """Of the calendar: goes on while the machine sleeps."""

    def cpu_ns(self) -> int:
        """Processor time of this process and its finished children, all threads."""


class SystemClock:
    """The machine's own clocks."""

    now_ns = staticmethod(time.perf_counter_ns)
    wall_ns = staticmethod(time.time_ns)

    def cpu_ns(self) -> int:
        """Processor time of this process, all threads, and of its finished children."""
        times = os.times()
        return time.process_time_ns() + int((times.children_user + times.children_system) * 1e9)
