"""The vocabulary as a Keras model, made of Keras' own layers, on whichever backend runs."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from laptime import layers
from laptime.layers import AnyLayer, Network, Shape, pads

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tensor = Any
"""A symbolic tensor of Keras while a model is made."""

Activation = Callable[[Tensor], Tensor]

ACTIVATIONS: dict[str, Activation] = {
    "relu": keras.activations.relu,
    "relu6": keras.activations.relu6,
    "swish": keras.activations.silu,
    "sigmoid": keras.activations.sigmoid,
    "gelu_exact": functools.partial(keras.activations.gelu, approximate=False),
    "gelu_tanh": functools.partial(keras.activations.gelu, approximate=True),
}

OWN_ACTIVATION = (layers.Conv, layers.DepthwiseConv, layers.Dense)
"""Layers into which an activation that follows is written, as the authors write it."""

_DASHES = str.maketrans("/.", "--")


class Built:
    """A network as a `keras.Model`, with every weight of the description bound to its variable.

    The model takes float32 levels of 0 to 255 (batch, height, width, channels) and gives the network's
    output (batch, ...), logits where it classifies. Its precision is the dtype policy in force.

    Args:
        network: what to build.
        seed: of the dropouts; each has a stream of its own.
    """

    def __init__(self, network: Network, *, seed: int = 0) -> None:
        self._seeds = np.random.SeedSequence(seed)
        self._in_frozen = False
        self._bound: dict[str, keras.Variable] = {}
        self._normalizations: list[keras.layers.Normalization] = []
        x = keras.Input(network.input_shape, dtype="float32")
        y = self._sequence(network.body, x, network.input_shape, "")
        self.model = keras.Model(x, y)

    def load(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Copy weights in Keras' layout into the model."""
        for path, variable in self._bound.items():
            variable.assign(weights[path])
        for layer in self._normalizations:
            layer.finalize_state()  # it computes with copies of its statistics

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Copies of all weights in Keras' layout."""
        return {path: on_host(variable) for path, variable in self._bound.items()}

    @property
    def parameters(self) -> int:
        """As `count_params` of the model counts, without what dropouts keep of their random streams."""
        return int(self.model.count_params())

    def forward_flops(self) -> int:
        """For one image: two per multiply-add of every layer that has a kernel."""
        return sum(
            2 * math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1])
            for layer in _flat(self.model)
            if hasattr(layer, "kernel")
        )

    def _sequence(self, sequence: layers.Sequence, x: Tensor, shape: Shape, path: str) -> Tensor:
        if not sequence.frozen:
            return self._chain(sequence, x, shape, path)
        outside, self._in_frozen = self._in_frozen, True
        inner = keras.Input(shape, dtype=x.dtype)
        model = keras.Model(inner, self._chain(sequence, inner, shape, path), name=_name(path))
        model.trainable = False
        self._in_frozen = outside
        return model(x)

    def _chain(self, sequence: layers.Sequence, x: Tensor, shape: Shape, path: str) -> Tensor:
        previous: AnyLayer | None = None
        for index, layer in enumerate(sequence.layers):
            is_written = isinstance(previous, OWN_ACTIVATION) and _function(layer)
            if not is_written:
                own = layer.name or f"{index}_{type(layer).__struct_config__.tag}"
                followers = sequence.layers[index + 1 : index + 2]
                activation = _function(*followers) if followers else None
                x = self._layer(layer, x, shape, f"{path}/{own}".strip("/"), activation)
            shape = layer.output_shape(shape)
            previous = layer
        return x

    def _layer(  # noqa: C901 - one case a kind
        self, layer: AnyLayer, x: Tensor, shape: Shape, path: str, activation: Activation | None
    ) -> Tensor:
        name = _name(path)
        match layer:
            case layers.Rescale():
                return keras.layers.Rescaling(layer.scale, layer.offset, name=name)(x)
            case layers.Normalize():
                return self._normalize(x, path)
            case layers.Conv() | layers.DepthwiseConv() | layers.Dense():
                return self._weighted(layer, x, path, activation)
            case layers.BatchNorm():
                return self._batch_norm(layer, x, path)
            case layers.MaxPool():
                pool = keras.layers.MaxPooling2D
                return pool(layer.size, layer.stride, layer.padding, name=name)(x)
            case layers.AveragePool():
                return _average_pool(layer, x, shape, name)
            case layers.GlobalAveragePool():
                return keras.layers.GlobalAveragePooling2D(name=name)(x)
            case layers.Dropout() if self._in_frozen:
                # Keras would drop, called with `training=False` or not: a functional model hands its
                # own `training` to all that is in it. Only batch-norms heed `trainable` besides.
                return x
            case layers.Dropout():
                (seed,) = self._seeds.spawn(1)
                drawn = int(seed.generate_state(1)[0]) >> 1  # PyTorch takes 31 bits
                return keras.layers.Dropout(layer.rate, seed=drawn, name=name)(x)
            case layers.Flatten():
                return keras.layers.Flatten(name=name)(x)
            case layers.Activation():
                return keras.layers.Activation(ACTIVATIONS[layer.function], name=name)(x)
            case layers.SqueezeExcite():
                return self._squeeze_excite(layer, x, shape[2], path)
            case layers.Sequence():
                return self._sequence(layer, x, shape, path)
            case layers.Residual():
                return self._residual(layer, x, shape, path)

    def _weighted(
        self,
        layer: layers.Conv | layers.DepthwiseConv | layers.Dense,
        x: Tensor,
        path: str,
        activation: Activation | None,
    ) -> Tensor:
        given: dict[str, Any] = {"use_bias": layer.bias, "activation": activation}
        given["name"] = _name(path)
        made: keras.layers.Layer
        match layer:
            case layers.Dense():
                made = keras.layers.Dense(layer.units, **given)
            case layers.Conv():
                window = layer.kernel, layer.stride, layer.padding
                made = keras.layers.Conv2D(layer.filters, *window, **given)
            case _:
                window = layer.kernel, layer.stride, layer.padding
                made = keras.layers.DepthwiseConv2D(*window, **given)
        y = made(x)
        self._bound[f"{path}/kernel"] = made.kernel
        if layer.bias:
            self._bound[f"{path}/bias"] = made.bias
        return y

    def _batch_norm(self, layer: layers.BatchNorm, x: Tensor, path: str) -> Tensor:
        norm = keras.layers.BatchNormalization(
            momentum=layer.momentum, epsilon=layer.epsilon, name=_name(path)
        )
        y = norm(x)
        for name in ("gamma", "beta", "moving_mean", "moving_variance"):
            self._bound[f"{path}/{name}"] = getattr(norm, name)
        return y

    def _normalize(self, x: Tensor, path: str) -> Tensor:
        # Statistics given to Keras' constructor are no weights; those that it is adapted to are.
        norm = keras.layers.Normalization(name=_name(path))
        y = norm(x)
        self._bound[f"{path}/mean"] = norm.adapt_mean
        self._bound[f"{path}/variance"] = norm.adapt_variance
        self._bound[f"{path}/count"] = norm.count
        self._normalizations.append(norm)
        return y

    def _squeeze_excite(
        self, layer: layers.SqueezeExcite, x: Tensor, channels: int, path: str
    ) -> Tensor:
        name = _name(path)
        y = keras.layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}-squeeze")(x)
        for part, filters, function in (
            ("reduce", layer.squeezed, layer.function),
            ("expand", channels, "sigmoid"),
        ):
            conv = keras.layers.Conv2D(
                filters, 1, activation=ACTIVATIONS[function], name=f"{name}-{part}"
            )
            y = conv(y)
            self._bound[f"{path}/{part}_kernel"] = conv.kernel
            self._bound[f"{path}/{part}_bias"] = conv.bias
        return keras.layers.Multiply(name=f"{name}-excite")([x, y])

    def _residual(self, layer: layers.Residual, x: Tensor, shape: Shape, path: str) -> Tensor:
        shortcut = x
        body = self._sequence(layer.body, x, shape, f"{path}/body")
        if layer.shortcut is not None:
            shortcut = self._sequence(layer.shortcut, x, shape, f"{path}/shortcut")
        return keras.layers.Add(name=f"{_name(path)}-add")([body, shortcut])


def on_host(variable: keras.Variable) -> NDArray[np.float32]:
    """A copy."""
    return np.array(keras.ops.convert_to_numpy(variable), np.float32)


def _function(layer: AnyLayer) -> Activation | None:
    return ACTIVATIONS[layer.function] if isinstance(layer, layers.Activation) else None


def _name(path: str) -> str:
    """As Keras and every backend accept it: PyTorch no dots, TensorFlow no underscore in front."""
    return path.translate(_DASHES).lstrip("_")


def _average_pool(layer: layers.AveragePool, x: Tensor, shape: Shape, name: str) -> Tensor:
    """Mean over the pixels that are there: padding is not counted.

    On PyTorch Keras pads unevenly by repeating the last pixel, and counts it (up to 1.0 off): there the
    sum of a padded window is divided by the number of its pixels.
    """
    axes = [pads(size, layer.size, layer.stride, layer.padding) for size in shape[:2]]
    pool = keras.layers.AveragePooling2D
    if keras.config.backend() != "torch" or all(before == after for before, after in axes):
        return pool(layer.size, layer.stride, layer.padding, name=name)(x)
    padded = keras.layers.ZeroPadding2D(axes, name=f"{name}-pad")(x)
    mean = pool(layer.size, layer.stride, name=name)(padded)
    rows, columns = (_pixels(size, pad, layer) for size, pad in zip(shape[:2], axes, strict=True))
    share = layer.size**2 / (rows[:, None, None] * columns[:, None])
    return keras.layers.Rescaling(share, name=f"{name}-share")(mean)


def _pixels(size: int, pad: tuple[int, int], layer: layers.AveragePool) -> NDArray[np.float32]:
    """How many pixels of an axis, padding not counted, each window holds."""
    there = np.pad(np.ones(size, np.float32), pad)
    windows = np.lib.stride_tricks.sliding_window_view(there, layer.size)[:: layer.stride]
    counted: NDArray[np.float32] = windows.sum(1)
    return counted


def _flat(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Every layer, those of models inside included."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _flat(layer)
        else:
            yield layer
