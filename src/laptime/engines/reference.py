"""The yardstick: what every description means, in numpy and float64, and nothing for speed.

`laptime verify` sets the engines against it. The formulas of the layers are in `_reference_layers` and
`_reference_windows`, the walk through a network in `_reference_build`; loss and optimizer are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from laptime.engines import Device, Facts, Job, Unsupported
from laptime.engines._reference_build import Built
from laptime.engines._reference_layers import Array
from laptime.optimizers import Adam

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

TITLE = "numpy in float64: slow, the yardstick of the proof; never timed"
YARDSTICK = True
"""What others are compared with; not among the engines that a user runs."""
MODULES = ()
EXTRA = None
DEVICES = ("cpu",)
PRECISIONS = ("float32",)  # what it proves; it computes in float64
OPTIONS: dict[str, tuple[str, ...]] = {}
SETUPS: dict[str, dict[str, str]] = {"plain": {}}


def devices() -> list[Device]:
    """Where numpy is, a processor is."""
    return [Device(key="cpu", name=None)]


def start(job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> Session:
    """Build the network with these weights.

    Raises:
        Unsupported: a precision other than float32.
    """
    if job.precision not in PRECISIONS:
        raise Unsupported(f"the yardstick knows no {job.precision}; ask it for float32")
    return Session(job, weights, batches)


class Optimizer:
    """Keras' Adam, over weights that it changes in place."""

    def __init__(self, adam: Adam, weights: dict[str, Array]) -> None:
        self.adam, self.weights, self.steps = adam, weights, 0
        self.m = {path: np.zeros_like(weight) for path, weight in weights.items()}
        self.v = {path: np.zeros_like(weight) for path, weight in weights.items()}

    def step(self, gradients: Mapping[str, Array]) -> None:
        """Move every weight by its own gradient."""
        self.steps += 1
        for path, weight in self.weights.items():
            m, v, gradient = self.m[path], self.v[path], gradients[path]
            m += (1 - self.adam.beta_1) * (gradient - m)
            v += (1 - self.adam.beta_2) * (gradient**2 - v)
            weight -= self.movement(m, v)  # noqa: PLW2901 - into the array

    def movement(self, m: Array, v: Array) -> Array:
        """What is taken off a weight with these means of its gradient and of its square."""
        return self.adam.step_size(self.steps) * m / (np.sqrt(v) + self.adam.epsilon)


def cross_entropy(logits: Array, y: NDArray[np.uint8]) -> tuple[float, Array]:
    """The mean over a batch of `-log(softmax)` at the true class, and its gradient.

    Args:
        logits: (batch, classes).
        y: class numbers (batch,).
    """
    rows = np.arange(len(y))
    shifted = logits - logits.max(1, keepdims=True)  # no effect, but for what exp can hold
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    gradient = np.exp(logs)
    gradient[rows, y] -= 1
    return float(-logs[rows, y].mean()), gradient / len(y)


class Session:
    """A network in training; see the contract in `laptime.engines`."""

    built: ClassVar[type[Built]] = Built
    optimizer: ClassVar[type[Optimizer]] = Optimizer

    def __init__(self, job: Job, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> None:
        self.samples = 0
        self._job, self._batches = job, batches
        self._net = self.built(job.network, weights, seed=job.seed)
        self._adam = self.optimizer(job.recipe.optimizer, self._net.trained)
        self._loss: float | None = None

    def train(self, steps: int) -> None:
        """Take the next batches and train on them.

        Raises:
            Unsupported: there is nothing to train.
        """
        if not self._net.trained:
            raise Unsupported("this network has no weight to train; ask only for its output")
        for _ in range(steps):
            self._step(*self._batches.take())

    def _step(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        logits, back = self._net.body.forward(x.astype(np.float64), training=True)
        self._loss, gradient = self.loss(logits, y)
        back(gradient)
        self._adam.step(self._net.gradients)
        self.samples += len(x)

    def loss(self, logits: Array, y: NDArray[np.uint8]) -> tuple[float, Array]:
        """Of a batch, and its gradient."""
        return cross_entropy(logits, y)

    def sync(self) -> float | None:
        """The loss of the last step, as the mean over its batch; None before the first."""
        return self._loss

    def read_back(self) -> float:
        """One number of one trained weight, or of any where none is trained."""
        weights = self._net.trained or self._net.weights
        return float([*weights.values()][-1].flat[0])

    def evaluate(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean loss and accuracy (0 to 1), in the recipe's batches."""
        size = self._job.recipe.batch_size
        loss, right = 0.0, 0
        for start in range(0, len(x), size):
            labels = y[start : start + size]
            logits = self.exact_forward(x[start : start + size])
            loss += cross_entropy(logits, labels)[0] * len(labels)
            right += int((logits.argmax(1) == labels).sum())
        return loss / len(x), right / len(x)

    def forward(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's output for a batch of images, as in evaluation."""
        return self.exact_forward(x).astype(np.float32)

    def exact_forward(self, x: NDArray[np.uint8]) -> Array:
        """The same, not rounded."""
        return self._net.body.forward(x.astype(np.float64), training=False)[0]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Every weight by its path in the network, in Keras' layout."""
        return {path: weight.astype(np.float32) for path, weight in self._net.weights.items()}

    def exact_weights(self) -> dict[str, Array]:
        """The same, not rounded."""
        return {path: weight.copy() for path, weight in self._net.weights.items()}

    def forward_flops(self) -> int:
        """Counted by the layers themselves, while one black image goes through."""
        self.exact_forward(np.zeros((1, *self._job.network.input_shape), np.uint8))
        return sum(layer.flops for layer in self._net.layers.values())

    def close(self) -> None:
        """Nothing is left running."""

    @property
    def facts(self) -> Facts:
        """Asked from the arrays that are used."""
        return Facts(
            device_name=None,  # the machine's record names it
            parameters=sum(weight.size for weight in self._net.weights.values()),
            versions={"numpy": np.__version__},
            options={"arithmetic": "float64"},
        )
