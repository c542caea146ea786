"""The vocabulary of `layers`, built in MLX. Images run as (batch, height, width, channels)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

import mlx.core as mx
import numpy as np
from mlx import nn
from mlx.utils import tree_flatten

from laptime import layers
from laptime.layers import AnyLayer, Network, Padding, Shape, pads

if TYPE_CHECKING:
    from numpy.typing import NDArray

Permutation = tuple[int, ...]
Amounts = tuple[tuple[int, int], ...]
Join = Callable[[mx.array, mx.array], mx.array]

# Keras' layout -> MLX's, and back.
CONV = (3, 0, 1, 2), (1, 2, 3, 0)
DEPTHWISE = (2, 0, 1, 3), (1, 2, 0, 3)
DENSE = (1, 0), (1, 0)
AS_IS = (0,), (0,)
SCALAR: tuple[Permutation, Permutation] = (), ()

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "swish": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "gelu_exact": nn.GELU,
    "gelu_tanh": lambda: nn.GELU(approx="precise"),
}


class Rescale(nn.Module):
    """`x * scale + offset`; the scale is one number or one per channel."""

    def __init__(self, scale: float | tuple[float, ...], offset: float) -> None:
        super().__init__()
        # A constant, no weight: what begins with an underscore is not counted as one.
        self._scale = mx.array(scale) if isinstance(scale, tuple) else scale
        self.offset = offset

    def __call__(self, x: mx.array) -> mx.array:
        """Any shape."""
        scaled = x * self._scale
        return scaled + self.offset if self.offset else scaled


class Normalize(nn.Module):
    """`(x - mean) / sqrt(variance)` per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mean, self.variance = mx.zeros(channels), mx.ones(channels)
        self.count = mx.array(0.0)
        self.freeze()

    def __call__(self, x: mx.array) -> mx.array:
        """(..., channels)."""
        return (x - self.mean) / mx.sqrt(self.variance)


class Conv(nn.Conv2d):
    """A convolution that computes in a type of its own, padded unevenly where that is asked for.

    Args:
        layer: what it is; depthwise where it has no number of filters.
        channels: of its input.
        amounts: pixels before and after height and width.
        dtype: to compute in; the weights stay float32.
    """

    def __init__(
        self,
        layer: layers.Conv | layers.DepthwiseConv,
        channels: int,
        amounts: Amounts,
        dtype: mx.Dtype,
    ) -> None:
        depthwise = isinstance(layer, layers.DepthwiseConv)
        self.is_even = all(before == after for before, after in amounts)
        super().__init__(
            channels,
            layer.filters if isinstance(layer, layers.Conv) else channels,
            layer.kernel,
            layer.stride,
            padding=tuple(before for before, _ in amounts) if self.is_even else 0,
            groups=channels if depthwise else 1,
            bias=layer.bias,
        )
        self.amounts = amounts
        self.dtype = dtype
        self.positions = 0
        """Where the kernel was put in one image, the last time it was called."""

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, height, width, channels)."""
        x = x.astype(self.dtype)
        if not self.is_even:
            x = mx.pad(x, [(0, 0), *self.amounts, (0, 0)])
        weight = self.weight.astype(self.dtype)
        y = mx.conv2d(x, weight, self.stride, self.padding, groups=self.groups)
        self.positions = math.prod(y.shape[1:-1])
        return y + self.bias.astype(self.dtype) if "bias" in self else y


class Dense(nn.Linear):
    """A fully connected layer that computes in a type of its own."""

    def __init__(self, features: int, units: int, bias: bool, dtype: mx.Dtype) -> None:
        super().__init__(features, units, bias)
        self.dtype = dtype
        self.positions = 0
        """1 once it was called: it is put on an image once."""

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, features)."""
        x, weight = x.astype(self.dtype), self.weight.astype(self.dtype).T
        self.positions = math.prod(x.shape[1:-1])
        return mx.addmm(self.bias.astype(self.dtype), x, weight) if "bias" in self else x @ weight


class MaxPool(nn.Module):
    """The largest value of each window.

    Not MLX's own, which gives a gradient to every pixel that is the largest: here, as in the other
    frameworks, the first gets it all.
    """

    def __init__(self, size: int, stride: int, amounts: Amounts) -> None:
        super().__init__()
        self.size, self.stride, self.amounts = size, stride, amounts

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, height, width, channels)."""
        if any(map(any, self.amounts)):
            x = mx.pad(x, [(0, 0), *self.amounts, (0, 0)], constant_values=-math.inf)
        # Of two that are equal, mx.maximum sends the gradient to its second argument.
        return _windowed(x, self.size, self.stride, lambda first, next_: mx.maximum(next_, first))


class AveragePool(nn.Module):
    """Mean of each window over the pixels that are there: padding is not counted."""

    def __init__(self, size: int, stride: int, amounts: Amounts, shape: Shape) -> None:
        super().__init__()
        self.size, self.stride = size, stride
        self.around = [(0, 0), *amounts, (0, 0)]
        there = mx.pad(mx.ones((1, *shape[:2], 1)), self.around)
        self._counts = _windowed(there, size, stride, mx.add)

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, height, width, channels); sums in float32."""
        padded = mx.pad(x.astype(mx.float32), self.around)
        total = _windowed(padded, self.size, self.stride, mx.add)
        return (total / self._counts).astype(x.dtype)


class GlobalAveragePool(nn.Module):
    """Mean over height and width, in float32."""

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, height, width, channels) to (batch, channels)."""
        return x.astype(mx.float32).mean((1, 2))


class Flatten(nn.Module):
    """One row per sample in height, width, channel order, which is how memory holds it."""

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, ...) to (batch, features)."""
        return x.flatten(1)


class BatchNorm(nn.Module):
    """Keras' batch-norm: momentum is the share that is kept, and the kept variance is biased.

    Args:
        layer: what it is.
        channels: of its input.
        frozen: whether it runs as in evaluation also in training.
    """

    def __init__(self, layer: layers.BatchNorm, channels: int, *, frozen: bool) -> None:
        super().__init__()
        self.momentum, self.epsilon, self.frozen = layer.momentum, layer.epsilon, frozen
        self.weight, self.bias = mx.ones(channels), mx.zeros(channels)
        self.running_mean, self.running_var = mx.zeros(channels), mx.ones(channels)
        self.freeze(keys=["running_mean", "running_var"])

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, ..., channels); statistics in float32."""
        wide = x.astype(mx.float32)
        mean, variance = self.running_mean, self.running_var
        if self.training and not self.frozen:
            axes = tuple(range(x.ndim - 1))
            mean, variance = wide.mean(axes), wide.var(axes)
            kept, new = self.momentum, 1 - self.momentum
            self.running_mean = kept * self.running_mean + new * mean
            self.running_var = kept * self.running_var + new * variance
        scaled = (wide - mean) * (mx.rsqrt(variance + self.epsilon) * self.weight)
        return (scaled + self.bias).astype(x.dtype)


class SqueezeExcite(nn.Module):
    """Scales each channel by a sigmoid of two 1x1 convolutions over the channel means."""

    def __init__(self, layer: layers.SqueezeExcite, channels: int, dtype: mx.Dtype) -> None:
        super().__init__()
        none = (0, 0), (0, 0)
        squeeze = layers.Conv(filters=layer.squeezed, kernel=1)
        self.reduce = Conv(squeeze, channels, none, dtype)
        self.activation = ACTIVATIONS[layer.function]()
        self.expand = Conv(layers.Conv(filters=channels, kernel=1), layer.squeezed, none, dtype)

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, height, width, channels)."""
        means = x.astype(mx.float32).mean((1, 2), keepdims=True)
        gate = self.expand(self.activation(self.reduce(means)))
        return x * mx.sigmoid(gate).astype(x.dtype)


class Residual(nn.Module):
    """`body(x) + shortcut(x)`."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def __call__(self, x: mx.array) -> mx.array:
        """(batch, height, width, channels)."""
        y: mx.array = self.body(x) + self.shortcut(x)
        return y


class Built:
    """A network as a module, with every weight of the description bound to its array.

    Args:
        network: what to build.
        dtype: what convolutions and dense layers compute in; weights, statistics and means are float32.
    """

    def __init__(self, network: Network, *, dtype: mx.Dtype = mx.float32) -> None:
        self._dtype = dtype
        self._in_frozen = False
        self._image = network.input_shape
        # The module that holds a weight, not the array: every update replaces arrays.
        self._bound: dict[str, tuple[nn.Module, str, tuple[Permutation, Permutation]]] = {}
        self.module = self._sequence(network.body, network.input_shape, "")

    def load(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Copy weights in Keras' layout into the module."""
        for path, (module, name, (there, _)) in self._bound.items():
            setattr(module, name, mx.array(weights[path].transpose(there)))
        mx.eval(self.module.parameters())

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Copies of all weights in Keras' layout."""
        return {
            path: np.array(mx.contiguous(getattr(module, name).transpose(back)))
            for path, (module, name, (_, back)) in self._bound.items()
        }

    @property
    def parameters(self) -> int:
        """Counted from the module itself: parameters and kept statistics."""
        return sum(array.size for _, array in tree_flatten(self.module.parameters()))

    def forward_flops(self) -> int:
        """For one image, from the kernels and the places where they are put: nothing is computed."""
        self.module(mx.zeros((1, *self._image)))
        return sum(
            2 * part.weight.size * part.positions
            for part in self.module.modules()
            if isinstance(part, Conv | Dense)
        )

    def _sequence(self, sequence: layers.Sequence, shape: Shape, path: str) -> nn.Module:
        modules: list[nn.Module] = []
        outside, self._in_frozen = self._in_frozen, self._in_frozen or sequence.frozen
        for index, layer in enumerate(sequence.layers):
            own = layer.name or f"{index}_{type(layer).__struct_config__.tag}"
            modules.append(self._layer(layer, shape, f"{path}/{own}".strip("/")))
            shape = layer.output_shape(shape)
        self._in_frozen = outside
        body = nn.Sequential(*modules)
        return body.freeze() if sequence.frozen else body

    def _layer(  # noqa: C901 - one case a kind
        self, layer: AnyLayer, shape: Shape, path: str
    ) -> nn.Module:
        match layer:
            case layers.Rescale():
                return Rescale(layer.scale, layer.offset)
            case layers.Normalize():
                return self._normalize(shape, path)
            case layers.Conv() | layers.DepthwiseConv():
                return self._conv(layer, shape, path)
            case layers.Dense():
                dense = Dense(shape[0], layer.units, layer.bias, self._dtype)
                self._bind(path, dense, kernel=("weight", DENSE), bias=("bias", AS_IS))
                return dense
            case layers.BatchNorm():
                return self._batch_norm(layer, shape, path)
            case layers.MaxPool():
                return MaxPool(layer.size, layer.stride, _amounts(layer, shape, layer.size))
            case layers.AveragePool():
                amounts = _amounts(layer, shape, layer.size)
                return AveragePool(layer.size, layer.stride, amounts, shape)
            case layers.GlobalAveragePool():
                return GlobalAveragePool()
            case layers.Dropout():
                return nn.Identity() if self._in_frozen else nn.Dropout(layer.rate)
            case layers.Flatten():
                return Flatten()
            case layers.Activation():
                return ACTIVATIONS[layer.function]()
            case layers.SqueezeExcite():
                return self._squeeze_excite(layer, shape, path)
            case layers.Sequence():
                return self._sequence(layer, shape, path)
            case layers.Residual():
                body = self._sequence(layer.body, shape, f"{path}/body")
                shortcut: nn.Module = nn.Identity()
                if layer.shortcut is not None:
                    shortcut = self._sequence(layer.shortcut, shape, f"{path}/shortcut")
                return Residual(body, shortcut)

    def _conv(
        self, layer: layers.Conv | layers.DepthwiseConv, shape: Shape, path: str
    ) -> nn.Module:
        conv = Conv(layer, shape[2], _amounts(layer, shape, layer.kernel), self._dtype)
        layout = DEPTHWISE if isinstance(layer, layers.DepthwiseConv) else CONV
        self._bind(path, conv, kernel=("weight", layout), bias=("bias", AS_IS))
        return conv

    def _batch_norm(self, layer: layers.BatchNorm, shape: Shape, path: str) -> nn.Module:
        norm = BatchNorm(layer, shape[-1], frozen=self._in_frozen)
        self._bind(path, norm, gamma=("weight", AS_IS), beta=("bias", AS_IS))
        self._bind(path, norm, moving_mean=("running_mean", AS_IS))
        self._bind(path, norm, moving_variance=("running_var", AS_IS))
        return norm

    def _normalize(self, shape: Shape, path: str) -> nn.Module:
        norm = Normalize(shape[-1])
        self._bind(path, norm, mean=("mean", AS_IS), variance=("variance", AS_IS))
        self._bind(path, norm, count=("count", SCALAR))
        return norm

    def _squeeze_excite(self, layer: layers.SqueezeExcite, shape: Shape, path: str) -> nn.Module:
        module = SqueezeExcite(layer, shape[2], self._dtype)
        self._bind(path, module.reduce, reduce_kernel=("weight", CONV), reduce_bias=("bias", AS_IS))
        self._bind(path, module.expand, expand_kernel=("weight", CONV), expand_bias=("bias", AS_IS))
        return module

    def _bind(
        self, path: str, module: nn.Module, **names: tuple[str, tuple[Permutation, Permutation]]
    ) -> None:
        """Weights of the description by their names in the module; those it does not have are left."""
        for weight, (name, layout) in names.items():
            if name in module:
                self._bound[f"{path}/{weight}"] = module, name, layout


def _windowed(x: mx.array, size: int, stride: int, join: Join) -> mx.array:
    """Windows of (batch, height, width, channels) joined to a pixel each: along rows, then across.

    Of pixels that are equal, the first in reading order stays the first.
    """
    height, width = ((axis - size) // stride * stride + 1 for axis in x.shape[1:3])
    rows = reduce(join, [x[:, :, at : at + width : stride] for at in range(size)])
    return reduce(join, [rows[:, at : at + height : stride] for at in range(size)])


def _amounts(
    layer: layers.Conv | layers.DepthwiseConv | layers.MaxPool | layers.AveragePool,
    shape: Shape,
    window: int,
) -> Amounts:
    """Pixels before and after height, and before and after width."""
    padding: Padding = layer.padding
    return tuple(pads(axis, window, layer.stride, padding) for axis in shape[:2])
