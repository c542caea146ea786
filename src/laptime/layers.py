"""The vocabulary in which a network is described, once, for every engine.

Shapes are one sample's, channels last and without the batch: `(height, width, channels)` or
`(features,)`. A layer knows its output shape, its weights and its cost; it computes nothing.
The defaults are Keras' own, stated here so that every engine starts alike:

* kernels start Glorot-uniform, biases at zero (`Weight.start`);
* batch-norm has momentum 0.99 (PyTorch's 0.01) and epsilon 1e-3, and keeps the biased variance;
* 'same' padding puts the odd pixel after, as TensorFlow does (`pads`);
* flatten runs in height, width, channel order.

FLOPs are two per multiply-add of the weighted layers, the convention of PyTorch's own counter;
bytes are the least that must move: each layer reads its input and weights and writes its output once.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from typing import Literal

import msgspec

Shape = tuple[int, ...]
Padding = Literal["valid", "same"]
Start = Literal["glorot_uniform", "zeros", "ones"]


class Weight(msgspec.Struct, frozen=True):
    """One tensor of a layer, in Keras' layout.

    Kernels are `(height, width, in, out)`, depthwise `(height, width, in, 1)`, dense `(in, out)`.
    """

    shape: Shape
    start: Start
    trainable: bool = True

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
    """`x * scale + offset`; images arrive as 0..255."""

    scale: float = 1 / 255
    offset: float = 0.0


class Normalize(Layer, frozen=True, tag="normalize"):
    """`(x - mean) / sqrt(variance)` per channel, with fixed statistics."""

    mean: tuple[float, ...]
    variance: tuple[float, ...]


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


class Placed(msgspec.Struct, frozen=True):
    """A layer at its place in a network."""

    path: str
    """Unique in the network: '3_conv', '5_residual/body/0_conv', or the layer's own name."""
    layer: AnyLayer
    input_shape: Shape
    output_shape: Shape
    trainable: bool
    needs_input_gradient: bool
    """Whether a trained weight stands before it, so that the gradient must pass through."""

    @property
    def weights(self) -> dict[str, Weight]:
        """Own weights; none of a frozen layer's is trainable."""
        own = self.layer.weights(self.input_shape)
        if self.trainable:
            return own
        return {key: Weight(w.shape, w.start, trainable=False) for key, w in own.items()}


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A network: its input, its layers, and what follows from them."""

    input_shape: Shape
    """One image, channels last, as the first layer gets it (0..255)."""
    body: Sequence

    def placed(self) -> list[Placed]:
        """Every layer that computes something, in order, with paths, shapes and trainability."""
        return list(_place(self.body, self.input_shape, "", True, False))

    def weights(self) -> dict[str, Weight]:
        """Every weight by 'path/name', in order."""
        return {
            f"{place.path}/{key}": weight
            for place in self.placed()
            for key, weight in place.weights.items()
        }

    @property
    def output_shape(self) -> Shape:
        """Shape of one output sample."""
        return self.body.output_shape(self.input_shape)

    @property
    def parameters(self) -> int:
        """Numbers in all weights, moving statistics included, as Keras counts."""
        return sum(weight.size for weight in self.weights().values())

    @property
    def trainable_parameters(self) -> int:
        """Numbers that training changes."""
        return sum(weight.size for weight in self.weights().values() if weight.trainable)

    @property
    def forward_flops(self) -> int:
        """For one sample, weighted layers only."""
        return sum(place.layer.flops(place.input_shape) for place in self.placed())

    @property
    def training_flops(self) -> int:
        """Forward, gradients of trained weights, and gradients that must pass through, one sample."""
        return sum(
            place.layer.flops(place.input_shape)
            * (1 + any(w.trainable for w in place.weights.values()) + place.needs_input_gradient)
            for place in self.placed()
        )

    def forward_bytes(self, batch_size: int, item_bytes: int = 4) -> int:
        """Least bytes that a forward pass of one batch moves: inputs, weights and outputs once."""
        numbers = sum(
            batch_size * (math.prod(place.input_shape) + math.prod(place.output_shape))
            + sum(weight.size for weight in place.weights.values())
            for place in self.placed()
            if not isinstance(place.layer, Flatten)  # another view of the same numbers
        )
        return numbers * item_bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the description; equal exactly when the networks are described alike."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


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


def _place(
    layer: AnyLayer, shape: Shape, path: str, trainable: bool, gradient: bool
) -> Iterator[Placed]:
    """Walk a layer and what is in it. `gradient`: a trained weight stands before it."""
    match layer:
        case Sequence():
            trainable = trainable and not layer.frozen
            for index, inner in enumerate(layer.layers):
                own = inner.name or f"{index}_{type(inner).__struct_config__.tag}"
                for place in _place(inner, shape, f"{path}/{own}".strip("/"), trainable, gradient):
                    yield place
                    gradient = gradient or any(w.trainable for w in place.weights.values())
                shape = inner.output_shape(shape)
        case Residual():
            yield from _place(layer.body, shape, f"{path}/body", trainable, gradient)
            if layer.shortcut is not None:
                yield from _place(layer.shortcut, shape, f"{path}/shortcut", trainable, gradient)
        case _:
            yield Placed(path, layer, shape, layer.output_shape(shape), trainable, gradient)
