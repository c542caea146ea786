"""Keras on TensorFlow, as fast as it goes: the whole step, or many of them, in one compiled graph.

Options for the leaf (first value as `fit` has it):

    loop            "fit", "own"
    optimizer       "default" (Keras' Adam, a dozen operations a weight), "fused" (one of TensorFlow's)
    steps_per_call  1, "auto" (32 where a step is small), 8, 32: a loop on the device over batches
    jit             "auto" (Keras' own choice: XLA where there is a GPU), False, True (the whole step)
    threads         "all", "one" (environment TF_NUM_INTRAOP_THREADS, TF_NUM_INTEROP_THREADS)
    allocator       "system", "keep" (environment, as engine torch)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from laptime.engines import Job, Option
from laptime.engines._keras_build import Built
from laptime.engines._keras_loop import Loop, mean_loss
from laptime.optimizers import Adam

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

Update = Callable[[Sequence[tf.Tensor]], None]
"""From gradients to new weights, within a graph."""


class LoopTrainer(Loop):
    """A `Trainer`: the gradients of Keras' model by TensorFlow's own tape, in `tf.function`."""

    def __init__(self, built: Built, job: Job, batches: Feed) -> None:
        super().__init__(built, job, batches)
        asked = job.options.get("jit", "auto")
        self._jit = bool(self._model.jit_compile if asked == "auto" else asked)
        self._trained = [variable.value for variable in self._model.trainable_variables]
        self._update = self._make_update()
        # Shapes are fixed in each trace, which TensorFlow's kernels like; a short batch is another.
        self._one = tf.function(self._traced_step, jit_compile=self._jit)
        self._many = tf.function(self._traced_steps, jit_compile=self._jit, autograph=False)
        self._loss = tf.zeros(())

    def sync(self) -> float:
        """Wait until every step is in the parameters; the loss of the last step."""
        self.read_back()  # a function's effects are ordered, and a GPU's are awaited with the last
        return float(self._loss)

    def read_back(self) -> float:
        """One number of the last variable that is trained."""
        return float(tf.reshape(self._trained[-1], [-1])[0])

    def settle(self) -> None:
        """The model's own variables are what is trained."""

    @property
    def options(self) -> Mapping[str, Option]:
        """What really runs."""
        optimizer = "fused" if isinstance(self._update, _FusedAdam) else "default"
        return {**super().options, "jit": self._jit, "optimizer": optimizer}

    def _make_update(self) -> Update:
        if self._job.options.get("optimizer", "default") == "fused":
            return _FusedAdam(self._job.recipe.optimizer, self._trained)
        optimizer = self._model.optimizer
        optimizer.build(self._model.trainable_variables)
        return lambda gradients: optimizer.apply(gradients, self._model.trainable_variables)

    def _step(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        self._loss = self._one(tf.constant(x), tf.constant(y))

    def _steps(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        self._loss = self._many(tf.constant(x), tf.constant(y))

    def _traced_step(self, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        # Keras' variables of a frozen part are trainable to TensorFlow: name those that are trained.
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._trained)
            loss = mean_loss(y, self._model(tf.cast(x, tf.float32), training=True))
        self._update(tape.gradient(loss, self._trained))
        return loss

    def _traced_steps(self, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        def body(index: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return index + 1, self._traced_step(x[index], y[index])

        count = self._steps_per_call
        start = tf.constant(0), tf.constant(0.0)
        _, loss = tf.while_loop(
            lambda index, _: index < count, body, start, maximum_iterations=count
        )
        return loss


class _FusedAdam:
    """TensorFlow's own kernel for a whole weight.

    It computes as Keras does: step size from powers in float32, epsilon before bias correction. But it
    takes 1 - beta of betas in float32, which makes steps 6e-6 too long: the rate is that much smaller.
    """

    def __init__(self, adam: Adam, trained: Sequence[tf.Variable]) -> None:
        self._adam = adam
        self._trained = trained
        self._means = [tf.Variable(tf.zeros_like(weight)) for weight in trained]
        self._squares = [tf.Variable(tf.zeros_like(weight)) for weight in trained]
        self._step = tf.Variable(0.0)

    def __call__(self, gradients: Sequence[tf.Tensor]) -> None:
        adam = self._adam
        step = self._step.assign_add(1.0)
        given: dict[str, Any] = {
            "beta1_power": tf.pow(adam.beta_1, step),
            "beta2_power": tf.pow(adam.beta_2, step),
            "lr": _rate(adam),
            "beta1": adam.beta_1,
            "beta2": adam.beta_2,
            "epsilon": adam.epsilon,
        }
        state = zip(self._trained, self._means, self._squares, gradients, strict=True)
        for weight, mean, square, gradient in state:
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle, m=mean.handle, v=square.handle, grad=gradient, **given
            )


def _rate(adam: Adam) -> float:
    """With which the kernel's steps are as long as Keras', whose 1 - beta is Python's."""
    one = np.float32(1)
    mean = float(one - np.float32(adam.beta_1)) / (1 - adam.beta_1)
    square = float(one - np.float32(adam.beta_2)) / (1 - adam.beta_2)
    return adam.learning_rate * math.sqrt(square) / mean
