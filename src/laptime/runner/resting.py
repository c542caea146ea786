"""The computer at rest, before anything is trained: what it draws then, and how fast that is told."""

from __future__ import annotations

import time
from collections.abc import Mapping

from laptime.energy import Place, idle_powers, stretch_s
from laptime.joules import IDLE_PERIODS, PERIODS
from laptime.runner.sampling import STILL_OPENING, Sampler

LOOK_S = 1.0
MOST_LOOKS = 8
"""So long, and so often, it is looked whether any sensor tells of power;"""
REST_S = 3.0
MOST_REST_S = 25.0
"""and between these to measure it, with what is as slow as its sources."""


def at_rest(sampler: Sampler) -> tuple[float, Mapping[Place, float]]:
    """How long to train without a rest until joules are known, and watts of every place at rest.

    0 and none where no sensor tells of power; that takes a second, or as long as one is opening.
    """
    for _ in range(MOST_LOOKS):
        sampler.start(None)
        time.sleep(LOOK_S)
        told = sampler.stop().sensors
        if not any(each.ended == STILL_OPENING for each in told):
            break
    needed_s = stretch_s(told)
    if not needed_s:
        return 0.0, {}
    sampler.start(None)
    rest_s = 1.2 * needed_s * IDLE_PERIODS / PERIODS
    time.sleep(min(MOST_REST_S, max(REST_S, rest_s)))
    return needed_s, idle_powers(sampler.stop().sensors)
