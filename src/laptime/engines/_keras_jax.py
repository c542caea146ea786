"""Keras on JAX, as fast as it goes: the whole step, or many of them, in one function that is compiled.

Options for the leaf (first value as `fit` has it):

    loop            "fit", "own"
    steps_per_call  1, "auto" (32 where a step is small), 8, 32: `lax.scan` over stacked batches
    lean            False, True: max-pools whose gradient is made of comparisons (same values)
    allocator       "system", "keep" (environment, as engine torch)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import keras
import numpy as np
from jax import Array
from jax import numpy as jnp

from laptime.engines import Job, Option
from laptime.engines._keras_build import Built
from laptime.engines._keras_loop import Loop, flat_layers, mean_loss
from laptime.layers import Padding, pads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed


class State(NamedTuple):
    """All that a step changes, in the order of the model's and the optimizer's variables."""

    trained: list[Array]
    others: list[Array]
    """Moving statistics and the seeds of dropouts; and what is frozen, unchanged."""
    optimizer: list[Array]


class LoopTrainer(Loop):
    """A `Trainer`: Keras' stateless calls in a jitted step that overwrites its own state."""

    def __init__(self, built: Built, job: Job, batches: Feed) -> None:
        super().__init__(built, job, batches)
        self._lean = job.options.get("lean", False) is True
        if self._lean:
            _use_lean_pools(self._model)
        self._optimizer = self._model.optimizer
        self._optimizer.build(self._model.trainable_variables)
        # Copies: a step frees what it was given, and the model's own arrays must outlive it.
        self._state = State(*([jnp.copy(v.value) for v in group] for group in self._variables()))
        self._one = jax.jit(self._traced_step, donate_argnums=0)
        self._many = jax.jit(self._traced_steps, donate_argnums=0)
        self._loss = jnp.zeros(())

    def sync(self) -> float:
        """Wait until every step is in the parameters; the loss of the last step."""
        jax.block_until_ready(self._state)
        return float(self._loss)

    def read_back(self) -> float:
        """One number of the last variable that is trained."""
        return float(np.asarray(self._state.trained[-1]).flat[0])

    def settle(self) -> None:
        """Put copies of the weights as they are now into the model's own variables."""
        for group, arrays in zip(self._variables()[:2], self._state[:2], strict=True):
            for variable, array in zip(group, arrays, strict=True):
                variable.assign(jnp.copy(array))

    @property
    def options(self) -> Mapping[str, Option]:
        """What really runs."""
        return {**super().options, "jit": True, "lean": self._lean}

    def _variables(self) -> tuple[list[keras.Variable], ...]:
        model = self._model
        return model.trainable_variables, model.non_trainable_variables, self._optimizer.variables

    def _step(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        self._state, self._loss = self._one(self._state, x, y)

    def _steps(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        self._state, self._loss = self._many(self._state, x, y)

    def _traced_step(self, state: State, x: Array, y: Array) -> tuple[State, Array]:
        def loss_of(trained: list[Array]) -> tuple[Array, list[Array]]:
            images = x.astype(jnp.float32)
            logits, others = self._model.stateless_call(
                trained, state.others, images, training=True
            )
            return mean_loss(y, logits), others

        (loss, others), gradients = jax.value_and_grad(loss_of, has_aux=True)(state.trained)
        trained, optimizer = self._optimizer.stateless_apply(
            state.optimizer, gradients, state.trained
        )
        return State(trained, others, optimizer), loss

    def _traced_steps(self, state: State, x: Array, y: Array) -> tuple[State, Array]:
        state, losses = jax.lax.scan(lambda s, batch: self._traced_step(s, *batch), state, (x, y))
        return state, losses[-1]


def _use_lean_pools(model: keras.Model) -> None:
    """XLA's own gradient of a max-pool is slower on a processor than all convolutions together."""
    for layer in flat_layers(model):
        if isinstance(layer, keras.layers.MaxPooling2D) and layer.pool_size == layer.strides:
            layer.call = partial(_pool, size=layer.pool_size[0], padding=layer.padding)


def _pool(x: Array, *, size: int, padding: Padding) -> Array:
    """The largest of each window, side by side, of x (batch, height, width, channels)."""
    before_after = [pads(extent, size, size, padding) for extent in x.shape[1:3]]
    lowest = jnp.array(-jnp.inf, x.dtype)
    padded = jnp.pad(x, [(0, 0), *before_after, (0, 0)], constant_values=lowest)
    rows, columns = padded.shape[1] // size, padded.shape[2] // size
    whole = padded[:, : rows * size, : columns * size]
    windows = whole.reshape(len(x), rows, size, columns, size, x.shape[3])
    largest: Array = _largest(windows)
    return largest


def _largest_alone(windows: Array) -> Array:
    """(batch, rows, size, columns, size, channels) to (batch, rows, columns, channels)."""
    return windows.max((2, 4))


def _largest_forward(windows: Array) -> tuple[Array, tuple[Array, Array]]:
    largest = _largest_alone(windows)
    return largest, (windows, largest)


def _largest_backward(kept: tuple[Array, Array], gradient: Array) -> tuple[Array]:
    """All to the first of several that are equally large, as every framework here but MLX."""
    windows, largest = kept
    size = windows.shape[2]
    is_free = jnp.ones(largest.shape, bool)
    rows = []
    for row in range(size):
        columns = []
        for column in range(size):
            is_first = is_free & (windows[:, :, row, :, column] == largest)
            is_free &= ~is_first
            columns.append(jnp.where(is_first, gradient, 0))
        rows.append(jnp.stack(columns, 3))
    return (jnp.stack(rows, 2),)


_largest = jax.custom_vjp(_largest_alone)
_largest.defvjp(_largest_forward, _largest_backward)
