"""Weights out of the HDF5 files that Keras published: a group per layer, tensors in Keras' order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import h5py
import numpy as np

from laptime.errors import DataError
from laptime.layers import Placed, SqueezeExcite

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read(raw: bytes, layers: Iterable[Placed], *, file: str) -> dict[str, NDArray[np.float32]]:
    """Weights by 'layer/weight', in Keras' layout.

    Tensors are taken in their order, as Keras itself does: their names differ from one Keras to
    another ('block1_conv1_W_1:0', 'block1_conv1/kernel:0').

    Raises:
        DataError: no such file, or a layer is missing or too many.
    """
    try:
        groups = _groups(raw)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise DataError(f"{file} is not a weights file of Keras ({error}); {AGAIN}") from error
    found: dict[str, NDArray[np.float32]] = {}
    for place in layers:
        for layer, weights in _as_published(place):
            arrays = groups.pop(layer, [])
            if len(arrays) != len(weights):
                raise DataError(
                    f"{file} holds {len(arrays)} of the {len(weights)} tensors of {layer}; {AGAIN}"
                )
            found.update(zip(weights, arrays, strict=True))
    if groups:
        raise DataError(f"{file} holds layers of no use: {', '.join(sorted(groups))}; {AGAIN}")
    return found


AGAIN = "replace it with the published file"


def _groups(raw: bytes) -> dict[str, list[NDArray[np.float32]]]:
    """Tensors of each layer that has any."""
    found: dict[str, list[NDArray[np.float32]]] = {}
    with h5py.File(io.BytesIO(raw), "r") as stream:
        for layer in _names(stream, "layer_names"):
            group = stream[layer]
            arrays = [np.asarray(group[name], np.float32) for name in _names(group, "weight_names")]
            if arrays:
                # Keras numbers a layer that nobody named: 'normalization_1'.
                found[re.sub(r"_\d+$", "", layer)] = arrays
    return found


def _names(group: h5py.Group, attribute: str) -> list[str]:
    return [n.decode() if isinstance(n, bytes) else str(n) for n in group.attrs[attribute]]


def _as_published(place: Placed) -> list[tuple[str, list[str]]]:
    """Keras' layers behind one of ours, each with our names of its weights."""
    layer = place.layer.name
    if isinstance(place.layer, SqueezeExcite):
        return [
            (f"{layer}_{half}", [f"{layer}/{half}_{weight}" for weight in ("kernel", "bias")])
            for half in ("reduce", "expand")
        ]
    return [(layer, [f"{layer}/{weight}" for weight in place.weights])]
