"""Weights out of a PyTorch state dict, turned into Keras' layout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from laptime.errors import DataError
from laptime.layers import BatchNorm, DepthwiseConv, Placed
from laptime.weights import _pickled
from laptime.weights._keras import AGAIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
OTHER = {"kernel": "weight", "bias": "bias"}
# PyTorch's axes in Keras' order, by how many there are; a depthwise kernel's are told apart.
AXES = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}
DEPTHWISE = (2, 3, 0, 1)
COUNTER = ".num_batches_tracked"
"""How many batches a batch-norm saw: nothing is computed with it."""


def read(raw: bytes, layers: Iterable[Placed], *, file: str) -> dict[str, NDArray[np.float32]]:
    """Weights by 'layer/weight', in Keras' layout.

    Raises:
        DataError: no such file, or a tensor is missing or too many.
    """
    try:
        state = _pickled.read(raw)
    except ValueError as error:
        raise DataError(f"{file} cannot be read ({error}); {AGAIN}") from error
    state = {name: each for name, each in state.items() if not name.endswith(COUNTER)}
    found = {}
    for place in layers:
        names = NORM if isinstance(place.layer, BatchNorm) else OTHER
        for weight in place.weights:
            source = f"{place.layer.name}.{names[weight]}"
            if source not in state:
                raise DataError(f"{file} lacks {source}; {AGAIN}")
            array = state.pop(source)
            depthwise = isinstance(place.layer, DepthwiseConv) and weight == "kernel"
            axes = DEPTHWISE if depthwise else AXES[len(place.weights[weight].shape)]
            if array.ndim != len(axes):
                raise DataError(f"{file} holds {source} of shape {array.shape}; {AGAIN}")
            found[f"{place.layer.name}/{weight}"] = np.ascontiguousarray(
                array.transpose(axes), np.float32
            )
    if state:
        raise DataError(f"{file} holds tensors of no use: {', '.join(sorted(state))}; {AGAIN}")
    return found
