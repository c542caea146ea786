"""What is left of the speed after a long time without a rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from laptime.record import Block

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


def soaked(blocks: Sequence[Block]) -> Soaked | None:
    """From the measured blocks, in order; None where there is nothing at one of the ends."""
    if not blocks:
        return None
    start_s = blocks[0].started_s
    end_s = blocks[-1].started_s + blocks[-1].wall_s
    burst_s = start_s + min(MOST_BURST_S, BURST_SHARE * (end_s - start_s))
    sustained_s = end_s - SUSTAINED_SHARE * (end_s - start_s)
    first = [block for block in blocks if block.started_s <= burst_s]
    last = [block for block in blocks if block.started_s >= sustained_s]
    if not first or not last or first[-1] is last[0]:
        return None
    return Soaked(_speed(first), _speed(last))


def _speed(blocks: Sequence[Block]) -> float:
    return sum(block.samples for block in blocks) / sum(block.wall_s for block in blocks)
