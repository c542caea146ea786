"""How much memory a training will want, estimated from the description of its network."""

from __future__ import annotations

import math

from laptime.layers import Network, Placed

FRAMEWORK_BYTES = 500_000_000
"""A framework, its libraries and the images, before anything is trained."""
TRAINED_COPIES = 4
"""A weight, its gradient and Adam's two means."""
PASSING_COPIES = 1.5
"""Of the largest layer's input and output: a library's own rearranged copies come on top."""
NUMBER_BYTES = 4


def need_bytes(network: Network, *, batch_size: int) -> int:
    """Bytes that a worker will want at its peak.

    The backward pass needs the input of every trained layer, so what stands between them is kept. Of a
    frozen part only one layer's input and output lie in memory at a time. How far this is off on a
    machine: `benchmarks/memory.py`.
    """
    places = network.placed()
    weights = sum(
        weight.size * (TRAINED_COPIES if weight.trainable else 1)
        for weight in network.weights().values()
    )
    kept = sum(math.prod(place.output_shape) for place in places if _is_kept(place))
    passing = max(math.prod(p.input_shape) + math.prod(p.output_shape) for p in places)
    numbers = weights + batch_size * (kept + PASSING_COPIES * passing)
    return FRAMEWORK_BYTES + round(NUMBER_BYTES * numbers)


def floats_bytes(network: Network, *, count: int) -> int:
    """Bytes of so many images as float32, which Keras' `fit` is handed beside the ones in memory."""
    return NUMBER_BYTES * count * math.prod(network.input_shape)


def _is_kept(place: Placed) -> bool:
    """Whether the backward pass needs its output; of a layer with weights only what follows is."""
    return place.needs_input_gradient and not place.weights
