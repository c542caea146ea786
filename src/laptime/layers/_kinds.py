"""The kinds of layers: what each turns a shape into, its weights and its cost."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

Shape = tuple[int, ...]
Padding = Literal["valid", "same"]
Start = Literal["glorot_uniform", "zeros", "ones", "values"]


class Weight(msgspec.Struct, frozen=True):
    """One tensor of a layer, in Keras' layout.

    Kernels are `(height, width, in, out)`, depthwise `(height, width, in, 1)`, dense `(in, out)`.
    """

    shape: Shape
    start: Start
    trainable: bool = True
    values: tuple[float, ...] = ()
    """What it starts from where `start` is 'values', in the order in which memory holds them."""

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


class Layer(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of all layers. `name` is only needed where weights from elsewhere are mapped by name."""

    name: str = ""

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of one output sample for one input sample of `shape`."""
        return shape

    def weights(self, shape: Shape) -> dict[str, Weight]:  # noqa: ARG002 - most need the shape
        """Own weights by name, in Keras' order."""
        return {}

    def flops(self, shape: Shape) -> int:  # noqa: ARG002 - weighted layers need the shape
        """Forward FLOPs for one sample, two per multiply-add; 0 for layers without a product."""
        return 0


class Rescale(Layer, frozen=True, tag="rescale"):
    """`x * scale + offset`; images arrive as 0..255. A scale may be one number per channel."""

    scale: float | tuple[float, ...] = 1 / 255
    offset: float = 0.0


class Normalize(Layer, frozen=True, tag="normalize"):
    """`(x - mean) / sqrt(variance)` per channel, with fixed statistics.

    They are weights that nothing trains, so that published ones can replace them.
    """

    mean: tuple[float, ...]
    variance: tuple[float, ...]

    def weights(self, shape: Shape) -> dict[str, Weight]:
        """`mean`, `variance`, and the `count` of samples behind them, which Keras keeps too."""
        size = (shape[-1],)
        return {
            "mean": Weight(size, "values", trainable=False, values=self.mean),
            "variance": Weight(size, "values", trainable=False, values=self.variance),
            "count": Weight((), "zeros", trainable=False),
        }


class Conv(Layer, frozen=True, tag="conv"):
    """Two-dimensional convolution with a square kernel."""

    filters: int
    kernel: int = 3
    stride: int = 1
    padding: Padding = "valid"
    bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        """Height and width by kernel, stride and padding; channels become `filters`."""
        return (*_window(shape, self.kernel, self.stride, self.padding), self.filters)

    def weights(self, shape: Shape) -> dict[str, Weight]:
        """`kernel` and, unless switched off, `bias`."""
        kernel = Weight((self.kernel, self.kernel, shape[2], self.filters), "glorot_uniform")
        return {"kernel": kernel} | _bias(self.filters, self.bias)

    def flops(self, shape: Shape) -> int:
        """Two per kernel element and output pixel."""
        height, width, filters = self.output_shape(shape)
        return 2 * height * width * filters * self.kernel**2 * shape[2]


class DepthwiseConv(Layer, frozen=True, tag="depthwise_conv"):
    """A convolution of each channel with its own kernel."""

    kernel: int = 3
    stride: int = 1
    padding: Padding = "same"
    bias: bool = False

    def output_shape(self, shape: Shape) -> Shape:
        """Height and width by kernel, stride and padding; channels stay."""
        return (*_window(shape, self.kernel, self.stride, self.padding), shape[2])

    def weights(self, shape: Shape) -> dict[str, Weight]:
        """`kernel` and, where switched on, `bias`."""
        kernel = Weight((self.kernel, self.kernel, shape[2], 1), "glorot_uniform")
        return {"kernel": kernel} | _bias(shape[2], self.bias)

    def flops(self, shape: Shape) -> int:
        """Two per kernel element and output pixel."""
        return 2 * math.prod(self.output_shape(shape)) * self.kernel**2


class Dense(Layer, frozen=True, tag="dense"):
    """A fully connected layer over the last axis."""

    units: int
    bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:  # noqa: ARG002 - flat inputs only
        """`(units,)`."""
        return (self.units,)

    def weights(self, shape: Shape) -> dict[str, Weight]:
        """`kernel` and, unless switched off, `bias`."""
        return {"kernel": Weight((shape[0], self.units), "glorot_uniform")} | _bias(
            self.units, self.bias
        )

    def flops(self, shape: Shape) -> int:
        """Two per kernel element."""
        return 2 * shape[0] * self.units


class BatchNorm(Layer, frozen=True, tag="batch_norm"):
    """Normalisation over the batch, per channel; moving statistics in evaluation."""

    momentum: float = 0.99
    epsilon: float = 1e-3

    def weights(self, shape: Shape) -> dict[str, Weight]:
        """`gamma` and `beta`, then the moving statistics, which no gradient trains."""
        size = (shape[-1],)
        return {
            "gamma": Weight(size, "ones"),
            "beta": Weight(size, "zeros"),
            "moving_mean": Weight(size, "zeros", trainable=False),
            "moving_variance": Weight(size, "ones", trainable=False),
        }


class _Pool(Layer, frozen=True):
    """What both poolings share."""

    size: int = 2
    stride: int = 2
    padding: Padding = "valid"

    def output_shape(self, shape: Shape) -> Shape:
        """Height and width by size, stride and padding; channels stay."""
        return (*_window(shape, self.size, self.stride, self.padding), shape[2])


class MaxPool(_Pool, frozen=True, tag="max_pool"):
    """Largest value of each window; padding never wins."""


class AveragePool(_Pool, frozen=True, tag="average_pool"):
    """Mean of each window; padding is not counted."""


class GlobalAveragePool(Layer, frozen=True, tag="global_average_pool"):
    """Mean over height and width."""

    def output_shape(self, shape: Shape) -> Shape:
        """`(channels,)`."""
        return (shape[2],)


class Dropout(Layer, frozen=True, tag="dropout"):
    """Zeroes a share of the values in training and scales the rest up."""

    rate: float


class Flatten(Layer, frozen=True, tag="flatten"):
    """One row per sample, in height, width, channel order."""

    def output_shape(self, shape: Shape) -> Shape:
        """`(height * width * channels,)`."""
        return (math.prod(shape),)


class Activation(Layer, frozen=True, tag="activation"):
    """An elementwise function. GELU comes in two kinds that differ, so each has its name."""

    function: Literal["relu", "relu6", "swish", "sigmoid", "gelu_exact", "gelu_tanh"]


class SqueezeExcite(Layer, frozen=True, tag="squeeze_excite"):
    """Scales each channel by a sigmoid of two 1x1 convolutions over the channel means."""

    squeezed: int
    function: Literal["relu", "swish"] = "swish"

    def weights(self, shape: Shape) -> dict[str, Weight]:
        """Kernels and biases of both convolutions."""
        channels = shape[2]
        return {
            "reduce_kernel": Weight((1, 1, channels, self.squeezed), "glorot_uniform"),
            "reduce_bias": Weight((self.squeezed,), "zeros"),
            "expand_kernel": Weight((1, 1, self.squeezed, channels), "glorot_uniform"),
            "expand_bias": Weight((channels,), "zeros"),
        }

    def flops(self, shape: Shape) -> int:
        """Two per kernel element of both convolutions: they see one pixel."""
        return 2 * 2 * shape[2] * self.squeezed


class Sequence(Layer, frozen=True, tag="sequence"):
    """Layers one after the other. A frozen sequence runs as in evaluation and is not trained."""

    layers: tuple[AnyLayer, ...]
    frozen: bool = False

    def output_shape(self, shape: Shape) -> Shape:
        """Shape after the last layer."""
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape


class Residual(Layer, frozen=True, tag="residual"):
    """`body(x) + shortcut(x)`; without a shortcut, `body(x) + x`."""

    body: Sequence
    shortcut: Sequence | None = None

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the body's output."""
        return self.body.output_shape(shape)


AnyLayer = (
    Rescale
    | Normalize
    | Conv
    | DepthwiseConv
    | Dense
    | BatchNorm
    | MaxPool
    | AveragePool
    | GlobalAveragePool
    | Dropout
    | Flatten
    | Activation
    | SqueezeExcite
    | Sequence
    | Residual
)


def pads(size: int, kernel: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Pixels before and after one axis of `size`; 'same' puts the odd one after, as TensorFlow."""
    if padding == "valid":
        return 0, 0
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _window(shape: Shape, kernel: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Height and width after a sliding window."""
    height, width = (
        (size + sum(pads(size, kernel, stride, padding)) - kernel) // stride + 1
        for size in shape[:2]
    )
    if min(height, width) < 1:
        raise ValueError(f"a window of {kernel} does not fit into {shape[:2]}")
    return height, width


def _bias(size: int, wanted: bool) -> dict[str, Weight]:
    return {"bias": Weight((size,), "zeros")} if wanted else {}
