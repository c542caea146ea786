"""Mistakes that engines make, each planted in the yardstick: the proof must catch every one.

A trap is the reference engine with one piece of it exchanged, and a network on which that shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import numpy as np

from laptime import layers, registry
from laptime.layers import Network
from tests.proof import reduced

reference = registry.load("engines", "reference")
from laptime.engines import _reference_build as build  # noqa: E402 - leaves come from the registry
from laptime.engines import _reference_layers as plain  # noqa: E402
from laptime.engines import _reference_windows as windows  # noqa: E402


class Trap(NamedTuple):
    """A mistake, and a network on which it shows."""

    network: Network
    session: type[Any]

    def __call__(self) -> SimpleNamespace:
        """An engine that makes it: all that `reference` has, but for its sessions."""
        return SimpleNamespace(**(vars(reference) | {"start": self._start}))

    def _start(self, job, *, weights, batches):
        return self.session(job, weights, batches)


def with_built(**pieces: Any) -> type[Any]:
    """Other pieces of which a network is built."""
    built = type("Trapped", (build.Built,), pieces)
    return type("Trapped", (reference.Session,), {"built": built})


def with_layer(kind: type[layers.Layer], made: type[plain.Layer[Any]]) -> type[Any]:
    """Another formula for a kind of layer."""
    return with_built(kinds={**build.KINDS, kind: made})


def with_optimizer(movement: Callable[[Any, Any, Any], Any]) -> type[Any]:
    """Another way from a gradient to a weight."""
    optimizer = type("Trapped", (reference.Optimizer,), {"movement": movement})
    return type("Trapped", (reference.Session,), {"optimizer": optimizer})


# Adam: `self` is the optimizer, m and v the means of the gradient and of its square.


def epsilon_after_correction(self, m, v):
    """PyTorch's Adam with Keras' epsilon."""
    root = math.sqrt(1 - self.adam.beta_2**self.steps)
    deviation = np.sqrt(v) / root + self.adam.epsilon
    return self.adam.step_size(self.steps) / root * m / deviation


def step_size_in_float64(self, m, v):
    adam, step = self.adam, self.steps
    size = adam.learning_rate * math.sqrt(1 - adam.beta_2**step) / (1 - adam.beta_1**step)
    return size * m / (np.sqrt(v) + adam.epsilon)


def no_bias_correction(self, m, v):
    """MLX' Adam as it comes."""
    return self.adam.learning_rate * m / (np.sqrt(v) + self.adam.epsilon)


# Batch-norm.


class EpsilonOfPyTorch(plain.BatchNorm):
    def __init__(self, layer, *args):
        super().__init__(msgspec.structs.replace(layer, epsilon=1e-5), *args)


class MomentumOfPyTorch(plain.BatchNorm):
    """0.99 taken for the share of the new."""

    def __init__(self, layer, *args):
        super().__init__(msgspec.structs.replace(layer, momentum=1 - layer.momentum), *args)


class UnbiasedVariance(plain.BatchNorm):
    def forward(self, x, training, /):
        self.count = x.size // x.shape[-1]
        return super().forward(x, training)

    def keep(self, mean, variance):
        super().keep(mean, variance * self.count / (self.count - 1))


# Windows and order.


class SymmetricPadding(windows.Conv):
    """As `padding=1` pads."""

    def __init__(self, layer, *args):
        super().__init__(layer, *args)
        if layer.padding == "same":
            both = (layer.kernel // 2, layer.kernel // 2)
            self.window = self.window._replace(rows=both, columns=both)


class PaddingCounted(windows.AveragePool):
    def count(self, x):
        return np.full((1, 1, 1, 1), self.window.size**2)


class ShareAmongEquals(windows.MaxPool):
    """MLX' gradient of a max-pool."""

    def forward(self, x, training, /):
        y, _ = super().forward(x, training)
        window, padded = self.window, self.window.pad(x, -math.inf)
        equals = sum((view == y).astype(float) for view in window.views(padded))

        def back(gradient):
            to_padded = np.zeros_like(padded)
            places = zip(window.views(to_padded), window.views(padded), strict=True)
            for into, view in places:
                into[...] += gradient * (view == y) / equals
            return window.cut(to_padded)

        return y, back


class ChannelsFirst(plain.Flatten):
    def forward(self, x, training, /):
        y, back = super().forward(np.moveaxis(x, -1, 1), training)
        return y, lambda gradient: np.moveaxis(back(gradient), 1, -1)


# A frozen part that goes on as in training.


class Thawed(build.Chain):
    """Tells its layers of training, frozen or not."""

    def __init__(self, parts, *, frozen):
        super().__init__(parts, frozen=False)


class BatchNormAtRest(plain.BatchNorm):
    """Keras' `trainable = False` stops a batch-norm, and nothing else."""

    def forward(self, x, training, /):
        return super().forward(x, training and self.trained)


class NoDropout(plain.Dropout):
    def forward(self, x, _training, /):
        return x, lambda gradient: gradient


class StochasticDepth(build.Residual):
    """Leaves out the body for a fifth of the images, as Keras' EfficientNet does."""

    def forward(self, x, training):
        y, back = super().forward(x, training)
        if not training:
            return y, back
        kept = np.random.default_rng(1).random((len(x), 1, 1, 1)) < 0.8
        return x + (y - x) * kept / 0.8, back


AT_REST = {**build.KINDS, layers.BatchNorm: BatchNormAtRest}
WITHOUT_DROPOUT = {**build.KINDS, layers.Dropout: NoDropout}
BOTH = {**AT_REST, layers.Dropout: NoDropout}


# The rest.


class SumOfLosses(reference.Session):
    def loss(self, logits, y):
        loss, gradient = super().loss(logits, y)
        return loss * len(y), gradient * len(y)


class RunningMean(reference.Session):
    """What `train_on_batch` returns."""

    def loss(self, logits, y):
        loss, gradient = super().loss(logits, y)
        self.losses = [*getattr(self, "losses", []), loss]
        return sum(self.losses) / len(self.losses), gradient


class StatisticsForgotten(plain.Normalize):
    """Keras' `Normalization` that took its statistics before they were loaded."""

    def forward(self, x, _training, /):
        return x, lambda gradient: gradient


class OtherGelu(plain.Activation):
    def __init__(self, layer, *args):
        if layer.function == "gelu_exact":
            layer = msgspec.structs.replace(layer, function="gelu_tanh")
        super().__init__(layer, *args)


TRAPS = {
    "adam-epsilon-after-correction": Trap(
        reduced.CONVOLUTIONS, with_optimizer(epsilon_after_correction)
    ),
    "adam-step-size-in-float64": Trap(reduced.CONVOLUTIONS, with_optimizer(step_size_in_float64)),
    "adam-without-bias-correction": Trap(reduced.CONVOLUTIONS, with_optimizer(no_bias_correction)),
    "batch-norm-epsilon": Trap(reduced.NORMALIZED, with_layer(layers.BatchNorm, EpsilonOfPyTorch)),
    "batch-norm-momentum": Trap(
        reduced.NORMALIZED, with_layer(layers.BatchNorm, MomentumOfPyTorch)
    ),
    "batch-norm-unbiased": Trap(reduced.NORMALIZED, with_layer(layers.BatchNorm, UnbiasedVariance)),
    "symmetric-padding": Trap(reduced.CONVOLUTIONS, with_layer(layers.Conv, SymmetricPadding)),
    "flatten-channels-first": Trap(reduced.CONVOLUTIONS, with_layer(layers.Flatten, ChannelsFirst)),
    "frozen-dropout": Trap(reduced.FROZEN, with_built(chain=Thawed, kinds=AT_REST)),
    "frozen-stochastic-depth": Trap(
        reduced.FROZEN,
        with_built(chain=Thawed, residual=StochasticDepth, kinds=BOTH),
    ),
    "frozen-batch-norm": Trap(reduced.FROZEN, with_built(chain=Thawed, kinds=WITHOUT_DROPOUT)),
    "average-pool-counts-padding": Trap(
        reduced.CONVOLUTIONS, with_layer(layers.AveragePool, PaddingCounted)
    ),
    "max-pool-shares-gradient": Trap(reduced.TIES, with_layer(layers.MaxPool, ShareAmongEquals)),
    "sum-of-losses": Trap(reduced.CONVOLUTIONS, SumOfLosses),
    "running-mean-of-losses": Trap(reduced.CONVOLUTIONS, RunningMean),
    "normalization-not-applied": Trap(
        reduced.NORMALIZED, with_layer(layers.Normalize, StatisticsForgotten)
    ),
    "gelu-by-tanh": Trap(reduced.DENSE, with_layer(layers.Activation, OtherGelu)),
}
