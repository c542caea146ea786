"""A small loop beside every visit: how fast is this machine at this moment?

Shared and virtual machines drift while nothing else runs on them. The loop is a float32 matrix
product on the parent's own numpy. It says how much the machine drifted; no figure is corrected by it.
"""

from __future__ import annotations

import time

import numpy as np

from laptime.record import Reference
from laptime.runner.clock import SystemClock

SIZE = 384
SECONDS = 0.08
QUIET_S = 0.04
"""BLAS threads spin for some 30 ms after their last product; the worker must not meet them."""


class ReferenceLoop:
    """Square matrix products, float32, on as many threads as numpy's BLAS takes."""

    def __init__(self) -> None:
        generator = np.random.default_rng(0)
        self._left = generator.random((SIZE, SIZE), np.float32)
        self._right = generator.random((SIZE, SIZE), np.float32)
        self._out = np.empty((SIZE, SIZE), np.float32)
        self._clock = SystemClock()
        self.measure(0)  # wakes the threads

    def measure(self, visit: int) -> Reference:
        """The machine's momentary speed."""
        products = 0
        began = self._clock.now_ns()
        while (elapsed_s := (self._clock.now_ns() - began) / 1e9) < SECONDS:
            np.matmul(self._left, self._right, out=self._out)
            products += 1
        time.sleep(QUIET_S)
        return Reference(visit=visit, gflop_per_s=products * 2 * SIZE**3 / elapsed_s / 1e9)
