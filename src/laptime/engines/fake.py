"""No training at all: a scripted clock, for tests, docs and demos. Its figures mean nothing.

Every step takes 2 ms of scripted time and every image learns a little, so that the way from the
command to the answer can be walked in a second on any machine. The device chooses what goes wrong.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from laptime.engines import Device, Facts, Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

TITLE = "scripted clock for tests and demos; trains nothing"
MODULES = ()
EXTRA = None
COMPUTES = False
"""Pretrained weights would be of no use to it, and could not be verified by what it answers."""
LEARNS = (
    {
        "after_steps": 200,
        "samples": 64,
        "worst": {"loss": 1.6, "accuracy": 0.8},
        "best": {"loss": 0.0, "accuracy": 1.0},
    },
)
"""Bands of its own, for every workload: it trains none of them."""
DEVICES = (
    "fake",
    "crash",
    "noisy",
    "nan",
    "oom",
    "hang",
    "exception",
    "dull",
    "throttled",
    "tight",
    "slow",
)
PRECISIONS = ("float32",)
OPTIONS = {"haste": (False, True)}
SETUPS = {"plain": {}, "tuned": {"haste": True}}
ENVIRONMENT = {"haste=true": {"LAPTIME_FAKE_TUNED": "1"}}
LINES = {"haste=true": "hurry()"}

STEP_NS = 2_000_000
FIRST_STEP_NS = 50_000_000
FAILS_AT_STEP = 1200
"""The step at which a device that fails does so: in the second visit of a quick run."""
SLOW_FROM_STEP = 1500
TIGHT_BATCH = 8
"""The largest batch that fits into the device 'tight'."""
LONG_STEP_NS = 2_500_000_000
"""A step of the device 'slow'."""
CALL_NS = 1_000_000
"""A call of any kernel of any size."""


class ScriptedClock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self._now_ns = 0

    def now_ns(self) -> int:
        """Scripted time."""
        return self._now_ns

    wall_ns = now_ns
    cpu_ns = now_ns

    def advance(self, nanoseconds: int) -> None:
        """Let time pass."""
        self._now_ns += nanoseconds


_CLOCK = ScriptedClock()


def make_clock() -> ScriptedClock:
    """The clock by which the worker must time this engine."""
    return _CLOCK


def devices() -> list[Device]:
    """All of them, always."""
    return [Device(key=key, name=None) for key in DEVICES]


def kernel(
    kind: str,  # noqa: ARG001 - all take the same time
    *,
    device: str,
    precision: str,  # noqa: ARG001
    size: int,  # noqa: ARG001
) -> Callable[[int], object]:
    """Lets time pass; on a device that fails, fails."""
    if device == "crash":
        os._exit(7)
    if device == "hang":
        time.sleep(3600)
    return lambda count: _CLOCK.advance(count * CALL_NS)


def start(job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> FakeSession:
    """A session that takes batches and lets time pass."""
    _CLOCK.advance(10_000_000)
    return FakeSession(job, weights, batches)


class FakeSession:
    """Counts steps; its loss falls and its accuracy rises with them."""

    def __init__(self, job: Job, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> None:
        self._device = job.device
        step_ns = LONG_STEP_NS if job.device == "slow" else STEP_NS
        self._step_ns = step_ns // 2 if "LAPTIME_FAKE_TUNED" in os.environ else step_ns
        self._weights = dict(weights)
        self._flops = job.network.forward_flops
        self.samples = 0
        self._batches = batches
        self._steps = 0

    def train(self, steps: int) -> None:
        """Take batches; the scripted clock goes on as if they had been trained on."""
        for _ in range(steps):
            _, labels = self._batches.take()
            self._steps += 1
            self.samples += len(labels)
            if self._device == "tight" and self._batches.batch_size > TIGHT_BATCH:
                raise MemoryError("out of memory: tried to allocate 2 GiB")
            first = max(FIRST_STEP_NS, self._step_ns)
            _CLOCK.advance(first if self._steps == 1 else self._step_time_ns())
            if self._steps == FAILS_AT_STEP:
                self._fail()

    def _step_time_ns(self) -> int:
        slow = self._device == "throttled" and self._steps > SLOW_FROM_STEP
        return self._step_ns * 5 // 4 if slow else self._step_ns

    def _fail(self) -> None:
        match self._device:
            case "crash":
                os._exit(7)
            case "noisy":
                os.write(1, b'{"do": "goodbye"}\nnoise on stdout \xff\xfe\n')
                os.write(2, b"noise on stderr\n")
                sys.stdout.write("more noise\n")
            case "oom":
                raise MemoryError("out of memory: tried to allocate 2 GiB")
            case "hang":
                time.sleep(3600)
            case "exception":
                raise ValueError("a planted mistake in /home/somebody/secret/train.py")

    def sync(self) -> float:
        """The loss, or nan where that is asked for."""
        if self._device == "nan" and self._steps >= FAILS_AT_STEP:
            return math.nan
        return 2.3 * math.exp(-self._steps / 500)

    def read_back(self) -> float:
        """Nothing was updated."""
        return 0.0

    def evaluate(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[float, float]:  # noqa: ARG002 - looks at nothing
        """Better with every step, but for the device 'dull'."""
        _CLOCK.advance(self._step_ns * len(x) // (2 * self._batches.batch_size))
        learned = 0.0 if self._device == "dull" else 1 - math.exp(-self._steps / 100)
        return self.sync(), 0.1 + 0.89 * learned

    def forward(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The mean levels of the four quarters of each image: enough to tell simple classes apart."""
        _CLOCK.advance(self._step_ns // 2)
        rows, columns = x.shape[1] // 2, x.shape[2] // 2
        halves = x[:, :rows], x[:, rows:]
        parts = [half[:, :, side] for half in halves for side in (np.s_[:columns], np.s_[columns:])]
        return np.concatenate([part.mean((1, 2), np.float32) for part in parts], axis=1)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """As they came."""
        return self._weights

    def forward_flops(self) -> int:
        """As described: nothing is built."""
        return self._flops

    def close(self) -> None:
        """Nothing is left running."""

    @property
    def facts(self) -> Facts:
        """The parameters it was given."""
        return Facts(
            device_name="scripted clock",
            parameters=sum(weight.size for weight in self._weights.values()),
            versions={"fake": "1"},
            options={},
        )
