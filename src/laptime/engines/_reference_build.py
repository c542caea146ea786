"""A network of reference layers, from its description."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from laptime import layers
from laptime.engines import _reference_layers as plain
from laptime.engines import _reference_windows as windows
from laptime.engines._reference_layers import Array, Back, Layer
from laptime.layers import AnyLayer, Network, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Chain:
    """Layers one after the other; a frozen chain runs as in evaluation, whatever is asked."""

    def __init__(self, parts: list[Part], *, frozen: bool) -> None:
        self.parts, self.frozen = parts, frozen
        self.trained: bool = any(part.trained for part in parts)
        self.first = 0
        """Part at which the way back may end, because nothing before it is trained."""
        self._known: dict[bytes, tuple[Array, Back]] = {}

    def forward(self, x: Array, training: bool) -> tuple[Array, Back]:
        """Through every part, and the way back to the first that needs it."""
        if not self.frozen:
            return self._through(x, training)
        # A trial goes round over few batches, of which a frozen part makes the same each time.
        key = hashlib.blake2b(x.tobytes()).digest()
        if key not in self._known:
            self._known[key] = self._through(x, False)
        return self._known[key]

    def _through(self, x: Array, training: bool) -> tuple[Array, Back]:
        backs: list[Back] = []
        for part in self.parts:
            x, own = part.forward(x, training)
            backs.append(own)

        def back(gradient: Array) -> Array:
            for each in reversed(backs[self.first :]):
                gradient = each(gradient)
            return gradient

        return x, back


class Residual:
    """`body(x) + shortcut(x)`; without a shortcut, `body(x) + x`."""

    def __init__(self, body: Chain, shortcut: Chain) -> None:
        self.body, self.shortcut = body, shortcut
        self.trained = body.trained or shortcut.trained

    def forward(self, x: Array, training: bool) -> tuple[Array, Back]:
        """Through both, and back through both."""
        y, back = self.body.forward(x, training)
        short, short_back = self.shortcut.forward(x, training)
        return y + short, lambda gradient: back(gradient) + short_back(gradient)


Part = Layer[Any] | Chain | Residual

KINDS: dict[type[layers.Layer], type[Layer[Any]]] = {
    layers.Rescale: plain.Rescale,
    layers.Normalize: plain.Normalize,
    layers.Conv: windows.Conv,
    layers.DepthwiseConv: windows.DepthwiseConv,
    layers.Dense: plain.Dense,
    layers.BatchNorm: plain.BatchNorm,
    layers.MaxPool: windows.MaxPool,
    layers.AveragePool: windows.AveragePool,
    layers.GlobalAveragePool: plain.GlobalAveragePool,
    layers.Dropout: plain.Dropout,
    layers.Flatten: plain.Flatten,
    layers.Activation: plain.Activation,
    layers.SqueezeExcite: plain.SqueezeExcite,
}


class Built:
    """A network at work.

    Args:
        network: what to build.
        weights: by path, in Keras' layout; they are copied.
        seed: of what is random in training.
    """

    kinds: ClassVar[Mapping[type[layers.Layer], type[Layer[Any]]]] = KINDS
    chain: ClassVar[type[Chain]] = Chain
    residual: ClassVar[type[Residual]] = Residual

    def __init__(
        self, network: Network, weights: Mapping[str, NDArray[np.float32]], *, seed: int
    ) -> None:
        self._given = weights
        self._generator = np.random.default_rng(seed)
        self.layers: dict[str, Layer[Any]] = {}
        """Every layer that computes something, by its path."""
        self.body = self._sequence(network.body, network.input_shape, "", True)
        if self.body.trained:
            self.body.first = [part.trained for part in self.body.parts].index(True)
        self._trained = [path for path, each in network.weights().items() if each.trainable]

    @property
    def weights(self) -> dict[str, Array]:
        """The weights themselves by path: what is written into them is what the layers use."""
        return {
            f"{path}/{name}": weight
            for path, layer in self.layers.items()
            for name, weight in layer.weights.items()
        }

    @property
    def trained(self) -> dict[str, Array]:
        """Those weights that a gradient trains."""
        weights = self.weights
        return {path: weights[path] for path in self._trained}

    @property
    def gradients(self) -> dict[str, Array]:
        """Of the weights by path, by the last way back; those of frozen layers may be among them."""
        return {
            f"{path}/{name}": gradient
            for path, layer in self.layers.items()
            for name, gradient in layer.gradients.items()
        }

    def _sequence(
        self, sequence: layers.Sequence, shape: Shape, path: str, trainable: bool
    ) -> Chain:
        parts: list[Part] = []
        for index, layer in enumerate(sequence.layers):
            own = layer.name or f"{index}_{type(layer).__struct_config__.tag}"
            within = trainable and not sequence.frozen
            parts.append(self._part(layer, shape, f"{path}/{own}".strip("/"), within))
            shape = layer.output_shape(shape)
        return self.chain(parts, frozen=sequence.frozen)

    def _part(self, layer: AnyLayer, shape: Shape, path: str, trainable: bool) -> Part:
        match layer:
            case layers.Sequence():
                return self._sequence(layer, shape, path, trainable)
            case layers.Residual():
                body = self._sequence(layer.body, shape, f"{path}/body", trainable)
                shortcut = layer.shortcut or layers.Sequence(layers=())
                around = self._sequence(shortcut, shape, f"{path}/shortcut", trainable)
                return self.residual(body, around)
            case _:
                described = layer.weights(shape)
                own = {
                    name: np.array(self._given[f"{path}/{name}"], np.float64) for name in described
                }
                trained = trainable and any(each.trainable for each in described.values())
                made = self.kinds[type(layer)](layer, shape, own, trained, self._generator)
                self.layers[path] = made
                return made
