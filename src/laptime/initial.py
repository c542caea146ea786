"""The weights that every engine starts from: drawn once, from the network's description and a seed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from laptime.layers import Network, Shape, Weight

if TYPE_CHECKING:
    from numpy.typing import NDArray


def initial_weights(network: Network, *, seed: int) -> dict[str, NDArray[np.float32]]:
    """Every weight of a network by its path, in Keras' layout, float32.

    The draw depends on nothing but the description and the seed: PCG64 streams are the same on
    every system.
    """
    generator = np.random.default_rng(seed)
    return {path: _draw(weight, generator) for path, weight in network.weights().items()}


def _draw(weight: Weight, generator: np.random.Generator) -> NDArray[np.float32]:
    match weight.start:
        case "zeros":
            return np.zeros(weight.shape, np.float32)
        case "ones":
            return np.ones(weight.shape, np.float32)
        case "values":
            return np.array(weight.values, np.float32).reshape(weight.shape)
        case "glorot_uniform":
            fan_in, fan_out = fans(weight.shape)
            limit = math.sqrt(6.0 / (fan_in + fan_out))
            return generator.uniform(-limit, limit, weight.shape).astype(np.float32)


def fans(shape: Shape) -> tuple[int, int]:
    """Inputs and outputs of one unit, as Keras counts them: the receptive field times channels."""
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]
