"""Image-sensitive weights for frozen backbones: with plain random ones a deep network hardly tells two
images apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laptime.layers import DepthwiseConv, Network
from tests.weights import alive

if TYPE_CHECKING:
    import numpy as np


def alive_weights(network: Network) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """For every layer that has a name of its own, by the network's paths."""
    found = {}
    for place in network.placed():
        if not place.layer.name:
            continue
        for name, weight in place.weights.items():
            layer, kind = place.layer.name, name
            if name.startswith(("reduce_", "expand_")):  # Keras has a layer for each of the two
                part, _, kind = name.partition("_")
                layer = f"{layer}_{part}"
            elif name == "kernel" and isinstance(place.layer, DepthwiseConv):
                kind = "depthwise_kernel"
            found[f"{place.path}/{name}"] = alive.tensor(layer, kind, weight.shape)
    return found
