"""The vocabulary of `layers` as plain formulas: numpy, float64, (batch, height, width, channels).

`forward` gives the output and how to go back: a function from the gradient of the output to that of
the input, which leaves the gradients of the layer's weights in `gradients` on its way.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from laptime import layers
from laptime.layers import Shape

Array = NDArray[np.float64]
Back = Callable[[Array], Array]
Kind = TypeVar("Kind", bound=layers.Layer)


class Layer(ABC, Generic[Kind]):
    """What the layers have in common.

    Args:
        layer: its description.
        shape: of one input sample.
        weights: its own by name, in Keras' layout; they are changed in place.
        trained: whether any of them is.
        generator: of what is random in training.
    """

    def __init__(
        self,
        layer: Kind,
        shape: Shape,
        weights: dict[str, Array],
        trained: bool,
        generator: np.random.Generator,
    ) -> None:
        self.layer, self.shape, self.weights, self.trained = layer, shape, weights, trained
        self.generator = generator
        self.gradients: dict[str, Array] = {}
        """Of the weights, by the last way back."""
        self.flops = 0
        """Of the last way forward, for one image: two per multiply-add with a kernel."""

    @abstractmethod
    def forward(self, x: Array, training: bool, /) -> tuple[Array, Back]:
        """The output for a batch, and the way back."""


class Dense(Layer[layers.Dense]):
    """`x @ kernel + bias`."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """(batch, features) to (batch, units)."""
        kernel, bias = self.weights["kernel"], self.weights.get("bias")
        self.flops = 2 * kernel.size

        def back(gradient: Array) -> Array:
            self.gradients = {"kernel": x.T @ gradient}
            if bias is not None:
                self.gradients["bias"] = gradient.sum(0)
            return gradient @ kernel.T

        return x @ kernel + (0.0 if bias is None else bias), back


class BatchNorm(Layer[layers.BatchNorm]):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta` per channel, with biased variances.

    In training of the batch, and the moving ones keep `momentum` of themselves; otherwise of those.
    """

    def forward(self, x: Array, training: bool, /) -> tuple[Array, Back]:
        """Any shape with the channels last."""
        axes = tuple(range(x.ndim - 1))
        gamma = self.weights["gamma"]
        mean, variance = self.weights["moving_mean"], self.weights["moving_variance"]
        if training:
            mean, variance = x.mean(axes), x.var(axes)
            self.keep(mean, variance)
        deviation = np.sqrt(variance + self.layer.epsilon)
        normal = (x - mean) / deviation

        def back(gradient: Array) -> Array:
            self.gradients = {"gamma": (gradient * normal).sum(axes), "beta": gradient.sum(axes)}
            gradient = gradient * gamma
            if training:  # mean and variance depend on x too
                along = (gradient * normal).mean(axes)
                gradient = gradient - gradient.mean(axes) - normal * along
            return gradient / deviation

        return normal * gamma + self.weights["beta"], back

    def keep(self, mean: Array, variance: Array) -> None:
        """Move the moving statistics towards those of a batch."""
        momentum = self.layer.momentum
        for name, seen in (("moving_mean", mean), ("moving_variance", variance)):
            moving = self.weights[name]
            moving[:] = momentum * moving + (1 - momentum) * seen


class GlobalAveragePool(Layer[layers.GlobalAveragePool]):
    """Mean over height and width."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """(batch, height, width, channels) to (batch, channels)."""
        share = np.ones_like(x) / (x.shape[1] * x.shape[2])
        return x.mean((1, 2)), lambda gradient: gradient[:, None, None] * share


class Rescale(Layer[layers.Rescale]):
    """`x * scale + offset`."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """Any shape with the channels last."""
        scale = np.asarray(self.layer.scale)
        return x * scale + self.layer.offset, lambda gradient: gradient * scale


class Normalize(Layer[layers.Normalize]):
    """`(x - mean) / sqrt(variance)` per channel."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """Any shape with the channels last."""
        deviation = np.sqrt(self.weights["variance"])
        return (x - self.weights["mean"]) / deviation, lambda gradient: gradient / deviation


class Dropout(Layer[layers.Dropout]):
    """Zeroes a share of the values in training and scales the rest up."""

    def forward(self, x: Array, training: bool, /) -> tuple[Array, Back]:
        """Any shape."""
        if not training:
            return x, lambda gradient: gradient
        share = 1 - self.layer.rate
        kept = (self.generator.random(x.shape) < share) / share
        return x * kept, lambda gradient: gradient * kept


class Flatten(Layer[layers.Flatten]):
    """One row per sample, in height, width, channel order."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """(batch, ...) to (batch, features)."""
        return x.reshape(len(x), -1), lambda gradient: gradient.reshape(x.shape)


class Activation(Layer[layers.Activation]):
    """An elementwise function."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """Any shape."""
        y, slope = FUNCTIONS[self.layer.function](x)
        return y, lambda gradient: gradient * slope


class SqueezeExcite(Layer[layers.SqueezeExcite]):
    """`x * sigmoid(expand(function(reduce(mean of x))))`; its convolutions see one pixel."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """(batch, height, width, channels)."""
        own, pixels = self.weights, x.shape[1] * x.shape[2]
        mean = x.mean((1, 2))
        reduced = mean @ own["reduce_kernel"][0, 0] + own["reduce_bias"]
        excited, slope = FUNCTIONS[self.layer.function](reduced)
        gate, steep = sigmoid(excited @ own["expand_kernel"][0, 0] + own["expand_bias"])
        self.flops = 2 * (own["reduce_kernel"].size + own["expand_kernel"].size)

        def back(gradient: Array) -> Array:
            to_expanded = (gradient * x).sum((1, 2)) * steep
            to_reduced = (to_expanded @ own["expand_kernel"][0, 0].T) * slope
            to_mean = to_reduced @ own["reduce_kernel"][0, 0].T
            self.gradients = {
                "reduce_kernel": (mean.T @ to_reduced)[None, None],
                "reduce_bias": to_reduced.sum(0),
                "expand_kernel": (excited.T @ to_expanded)[None, None],
                "expand_bias": to_expanded.sum(0),
            }
            through: Array = gradient * gate[:, None, None] + to_mean[:, None, None] / pixels
            return through

        return x * gate[:, None, None], back


def _relu(x: Array) -> tuple[Array, Array]:
    return np.maximum(x, 0.0), np.where(x > 0, 1.0, 0.0)


def _relu6(x: Array) -> tuple[Array, Array]:
    return x.clip(0.0, 6.0), np.where((x > 0) & (x < 6), 1.0, 0.0)


def sigmoid(x: Array) -> tuple[Array, Array]:
    """`1 / (1 + exp(-x))`, in the form that cannot overflow."""
    y = 0.5 + 0.5 * np.tanh(0.5 * x)
    return y, y * (1 - y)


def _swish(x: Array) -> tuple[Array, Array]:
    gate, slope = sigmoid(x)
    return x * gate, gate + x * slope


def _gelu_exact(x: Array) -> tuple[Array, Array]:
    """`x` times the normal distribution's share below it."""
    share = 0.5 + 0.5 * _erf(x / math.sqrt(2))
    return x * share, share + x * np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)


def _gelu_tanh(x: Array) -> tuple[Array, Array]:
    """The same with an approximation by tanh (Hendrycks and Gimpel 2016)."""
    root, cubic = math.sqrt(2 / math.pi), 0.044715
    bent = np.tanh(root * (x + cubic * x**3))
    slope = (1 - bent**2) * root * (1 + 3 * cubic * x**2)
    return 0.5 * x * (1 + bent), 0.5 * (1 + bent) + 0.5 * x * slope


_erf = np.vectorize(math.erf, otypes=[float])

FUNCTIONS: dict[str, Callable[[Array], tuple[Array, Array]]] = {
    "relu": _relu,
    "relu6": _relu6,
    "swish": _swish,
    "sigmoid": sigmoid,
    "gelu_exact": _gelu_exact,
    "gelu_tanh": _gelu_tanh,
}
"""Each gives its values and its slopes; those of relu are 0 at the corners, as everywhere."""
