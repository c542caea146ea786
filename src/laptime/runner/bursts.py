"""A kernel, timed: so many calls, one wait at their end, again and again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from laptime.runner.clock import Clock


class Burst(msgspec.Struct, frozen=True):
    """Calls of a kernel that were waited for once, at their end."""

    calls: int
    wall_s: float
    cpu_s: float
    """Processor seconds of the process meanwhile, all threads."""

    @property
    def call_s(self) -> float:
        """Seconds of one call."""
        return self.wall_s / self.calls


def bursts(
    run: Callable[[int], object],
    *,
    clock: Clock,
    seconds: float,
    count: int,
    most_s: float = float("inf"),
) -> list[Burst]:
    """Warm up, find out how many calls take `seconds`, and time so many.

    Args:
        run: the kernel; see `laptime.engines.EngineModule.kernel`.
        clock: the only one.
        seconds: of a burst at least.
        count: bursts; fewer, one at least, where
        most_s: would be passed by another one.
    """
    run(1)  # compiles, and wakes the device
    calls = 1
    while (first := _burst(run, calls, clock)).wall_s < seconds:
        grown = round(calls * 1.2 * seconds / max(first.wall_s, 1e-6))
        calls = max(2 * calls, min(100 * calls, grown))
    found = [first]
    while len(found) < count and (len(found) + 1) * first.wall_s < most_s:
        found.append(_burst(run, calls, clock))
    return found


def _burst(run: Callable[[int], object], calls: int, clock: Clock) -> Burst:
    cpu_ns, began_ns = clock.cpu_ns(), clock.now_ns()
    run(calls)
    wall_ns = clock.now_ns() - began_ns
    return Burst(calls, wall_ns / 1e9, (clock.cpu_ns() - cpu_ns) / 1e9)
