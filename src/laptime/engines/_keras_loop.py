"""Loops of our own around a Keras model: what those of all backends have in common."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from laptime.engines import Job, Option, Unsupported
from laptime.engines._keras_build import Built

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

SMALL_STEP_FLOPS = 50e6
"""A step with less work than this takes less time than its launch: several go in one call."""

SMALL_STEPS_PER_CALL = 32


class Loop(abc.ABC):
    """Batches in groups through two compiled functions; most of a `Trainer`.

    The last batch of an epoch is smaller, and so is what is left of an order: both go through the
    function of a single step.

    Args:
        built: a compiled model.
        job: what to train.
        batches: what to train on.

    Raises:
        Unsupported: float16, whose loss must be scaled.
    """

    is_wait_known = True

    def __init__(self, built: Built, job: Job, batches: Feed) -> None:
        if job.precision == "float16":
            raise Unsupported("this loop does not scale the loss for float16; take loop=fit")
        self.samples = 0
        self._model = built.model
        self._job = job
        self._batches = batches
        self._steps_per_call = steps_per_call(job)

    def train(self, steps: int) -> None:
        """Take the next batches and train on them; may return before the device is done."""
        for group in _groups(self._batches, steps, self._steps_per_call):
            if len(group) == 1:
                self._step(*group[0])
            else:
                images, labels = zip(*group, strict=True)
                self._steps(np.stack(images), np.stack(labels))
            self.samples += sum(len(y) for _, y in group)

    def close(self) -> None:  # noqa: B027 - not abstract: no loop has anything to end
        """Nothing runs on its own."""

    @property
    def options(self) -> Mapping[str, Option]:
        """What really runs."""
        return {"loop": "own", "steps_per_call": self._steps_per_call}

    @abc.abstractmethod
    def _step(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        """Train on one batch: images (count, height, width, channels), labels (count,)."""

    @abc.abstractmethod
    def _steps(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        """Train on full batches, one after the other: each of x and y has them in its first axis."""


def steps_per_call(job: Job) -> int:
    """As the option says; 'auto' by the work of a step."""
    value = job.options.get("steps_per_call", 1)
    if value != "auto":
        return int(value)
    return SMALL_STEPS_PER_CALL if is_small(job) else 1


def is_small(job: Job) -> bool:
    """Whether a step takes less time than its launch."""
    return job.network.training_flops * job.recipe.batch_size < SMALL_STEP_FLOPS


def mean_loss(y: Any, logits: Any) -> Any:
    """Of a batch, a scalar in float32; labels (count,), logits (count, classes). On tensors."""
    logits = keras.ops.cast(logits, "float32")
    return keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))


def flat_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Every layer, those of models inside included."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from flat_layers(layer)
        else:
            yield layer


_Batch = tuple["NDArray[np.uint8]", "NDArray[np.uint8]"]


def _groups(batches: Feed, steps: int, size: int) -> Iterator[list[_Batch]]:
    """Full batches `size` at a time; all that does not fill a group one by one, in order."""
    held: list[_Batch] = []
    for left in range(steps, 0, -1):
        if not held and left < size:
            yield [batches.take()]
            continue
        batch = batches.take()
        held.append(batch)
        is_short = len(batch[1]) < batches.batch_size
        if is_short:
            yield from ([each] for each in held)
        elif len(held) == size:
            yield held
        else:
            continue
        held = []
