"""What NVML's numbers mean; no NVML needed to know it."""

from __future__ import annotations

from collections.abc import Iterable

# nvml.h, nvmlClocksEventReason*. Not here: idle (1), clocks that somebody has set (2, 0x100).
POWER_BITS = 0x04 | 0x80
"""Software power cap, and the power brake of the supply."""
HEAT_BITS = 0x20 | 0x40
"""Software and hardware thermal slowdown."""
HARDWARE_BIT = 0x08
"""Hardware slowdown; set beside the bits that say which, so it tells something alone only."""
OTHER_BITS = 0x10 | 0x200 | 0x400
"""Waits for another GPU (sync boost), board limit, reliability."""


def throttles(bits: int) -> tuple[float, float, float]:
    """Whether clocks are held down by power, by heat, by something else: 1.0 for yes."""
    power, heat = bool(bits & POWER_BITS), bool(bits & HEAT_BITS)
    other = bool(bits & OTHER_BITS) or (bool(bits & HARDWARE_BIT) and not (power or heat))
    return float(power), float(heat), float(other)


def others(pids: Iterable[int], *, ours: set[int], here: set[int]) -> float:
    """Processes that compute on a GPU and are none of laptime's.

    NVML names processes of the whole machine: from inside a container those of outside, ours too,
    have numbers that nobody has in here. Only numbers of processes that we see are counted.
    """
    return float(len({pid for pid in pids if pid in here} - ours))
