"""PyTorch with a planted fault, which the option `fault` names: a plug-in's engine, for test_gate."""

import queue
import threading
import time

import msgspec
import numpy as np

from laptime import registry
from laptime.runner.setups import resolve

TITLE = "PyTorch with a planted fault"
MODULES = ("torch",)
EXTRA = None
DEVICES = ("cpu",)
PRECISIONS = ("float32", "bfloat16")
OPTIONS = {
    "fault": (
        "none",
        "zeroed gradients",
        "next label",
        "random labels",
        "half the steps",
        "twice the steps",
        "no sync",
        "late read back",
    ),
}
SETUPS = {"plain": {}}

HONEST = registry.load("engines", "torch")
ORDER_S = 0.002
"""What ordering a step costs, on a device that is told now and done later."""

devices = HONEST.devices


def start(job, *, weights, batches):
    """An honest session, and what the fault makes of it."""
    fault = job.options["fault"]
    honest = msgspec.structs.replace(job, options=resolve("torch", "tuned"))
    feed = Mislabelled(batches, fault) if "label" in fault else batches
    session = HONEST.start(honest, weights=weights, batches=feed)
    if fault == "zeroed gradients":
        session._update = lambda loss, _: loss.backward()
    made = {"half the steps": Half, "twice the steps": More, "no sync": Hasty}
    made |= {"late read back": Late}
    return made.get(fault, lambda session, _: session)(session, batches)


class Mislabelled:
    """Batches with wrong labels."""

    def __init__(self, batches, fault):
        self._batches, self._fault = batches, fault
        self._draw = np.random.default_rng(0)

    def take(self):
        x, y = self._batches.take()
        wrong = (y + 1) % 10 if self._fault == "next label" else self._draw.permutation(y)
        return x, wrong.astype(np.uint8)

    def __getattr__(self, name):
        return getattr(self._batches, name)


class Around:
    """Passes everything on."""

    def __init__(self, session, batches):
        self._session, self._batches = session, batches
        self.samples = 0

    def __getattr__(self, name):
        return getattr(self._session, name)


class Half(Around):
    """Takes every batch, and trains on every second one."""

    def train(self, steps):
        for _ in range(steps):
            self.samples += self._batches.batch_size
            if self.samples // self._batches.batch_size % 2:
                self._session.train(1)
            else:
                self._batches.take()


class More(Around):
    """Trains two steps where one is counted."""

    def train(self, steps):
        self.samples += steps * self._batches.batch_size
        self._session.train(2 * steps)


class Hasty(Around):
    """Orders steps, and never waits for them."""

    step_s = 0.02

    def __init__(self, session, batches):
        super().__init__(session, batches)
        self._orders = queue.SimpleQueue()
        self._left = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        while self._orders.get() and not self._is_closed:
            time.sleep(self.step_s)
            self._session.train(1)
            self._left -= 1

    def train(self, steps):
        self.samples += steps * self._batches.batch_size
        self._left += steps
        time.sleep(steps * ORDER_S)
        for _ in range(steps):
            self._orders.put(True)

    def close(self):
        """Python must not end while it trains."""
        self._is_closed = True
        self._orders.put(False)
        self._thread.join()
        self._session.close()

    def sync(self):
        return self._session.sync()


class Late(Hasty):
    """The same on a device whose memory is read in the order of the orders."""

    step_s = 0.004

    def read_back(self):
        while self._left > 0:
            time.sleep(self.step_s)
        return self._session.read_back()
