"""A network: its layers at their places, and what follows from them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import msgspec

from laptime.layers._kinds import AnyLayer, Flatten, Residual, Sequence, Shape, Weight

UPDATE_NUMBERS = 7
"""Read and written for each trained weight by an update of Adam."""


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
        return {key: msgspec.structs.replace(w, trainable=False) for key, w in own.items()}


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

    def training_bytes(self, batch_size: int, item_bytes: int = 4) -> int:
        """Least bytes that a training step moves: each pass as `forward_bytes`, and the optimizer's.

        Passes are counted as in `training_flops`. An update by Adam reads a weight, its gradient and
        two means, and writes all but the gradient.
        """
        numbers = 0
        for place in self.placed():
            own = sum(weight.size for weight in place.weights.values())
            trained = sum(weight.size for weight in place.weights.values() if weight.trainable)
            passes = 1 + bool(trained) + place.needs_input_gradient
            if not isinstance(place.layer, Flatten):
                images = math.prod(place.input_shape) + math.prod(place.output_shape)
                numbers += passes * (batch_size * images + own)
            numbers += UPDATE_NUMBERS * trained
        return numbers * item_bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the description; equal exactly when the networks are described alike."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


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
