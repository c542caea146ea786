"""What is left of the speed after a long time without a rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from laptime.frozen import Frozen
from laptime.record import Block, Process

BURST_SHARE = 0.1
MOST_BURST_S = 60.0
"""The burst is the first tenth of the time, at most a minute: before most machines are warm;"""
SUSTAINED_SHARE = 0.2
"""what is sustained, the last fifth."""


class Soaked(NamedTuple):
    """Speeds at both ends of a long training."""

    burst_samples_per_s: float
    sustained_samples_per_s: float

    @property
    def retention(self) -> float:
        """Sustained over burst: 0.8 where a fifth was lost."""
        return self.sustained_samples_per_s / self.burst_samples_per_s


class Course(Frozen, frozen=True, kw_only=True):
    """What a sensor told at both ends of a long training."""

    quantity: str
    """Its unit is the end of the name."""
    part: str | None
    burst: float
    sustained: float
    most: float
    """Over the whole of it."""


COURSES = ("temperature_c", "frequency_hz", "power_w")


def courses(process: Process) -> tuple[Course, ...]:
    """Temperatures, clocks and power beside the measured blocks; those that were told at both ends."""
    blocks = [block for block in process.blocks if block.phase == "measured"]
    if not blocks:
        return ()
    burst_s, sustained_s = _edges(blocks)
    start_s, end_s = blocks[0].started_s, blocks[-1].started_s + blocks[-1].wall_s
    found = []
    for log in process.logs:
        for series in log.series:
            if series.quantity.name not in COURSES:
                continue
            middles = [
                ((place + 0.5) * log.bin_s, value)
                for place, value in enumerate(series.means, start=log.first_bin)
                if value is not None
            ]
            during = [(time_s, value) for time_s, value in middles if start_s <= time_s <= end_s]
            first = [value for time_s, value in during if time_s <= max(burst_s, during[0][0])]
            last = [value for time_s, value in during if time_s >= sustained_s]
            if first and last:
                found.append(
                    Course(
                        quantity=series.quantity.name,
                        part=series.quantity.part,
                        burst=math.fsum(first) / len(first),
                        sustained=math.fsum(last) / len(last),
                        most=max(value for _, value in during),
                    )
                )
    return tuple(found)


def soaked(blocks: Sequence[Block]) -> Soaked | None:
    """From the measured blocks, in order; None where there is nothing at one of the ends."""
    if not blocks:
        return None
    burst_s, sustained_s = _edges(blocks)
    first = [block for block in blocks if block.started_s <= burst_s]
    last = [block for block in blocks if block.started_s >= sustained_s]
    if not first or not last or first[-1] is last[0]:
        return None
    return Soaked(_speed(first), _speed(last))


def _edges(blocks: Sequence[Block]) -> tuple[float, float]:
    """When the burst ends, and when what is sustained begins."""
    start_s = blocks[0].started_s
    end_s = blocks[-1].started_s + blocks[-1].wall_s
    length_s = end_s - start_s
    burst_s = start_s + min(MOST_BURST_S, BURST_SHARE * length_s)
    return burst_s, end_s - SUSTAINED_SHARE * length_s


def _speed(blocks: Sequence[Block]) -> float:
    return sum(block.samples for block in blocks) / sum(block.wall_s for block in blocks)
