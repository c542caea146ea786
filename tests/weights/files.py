"""Weights files in the layouts of their publishers, with numbers that `alive` draws."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import msgspec

from laptime import weights
from laptime.layers import Network, Sequence
from tests.weights import alive

if TYPE_CHECKING:
    import numpy as np
    import pytest

REFERENCE = Path(__file__).parent / "reference"
Change = Callable[[dict[str, dict[str, Any]]], object]


def keras_file(path: Path, key: str, *, names: str = "{layer}/{weight}:0", change: Change) -> Path:
    """A legacy .h5 file as Keras lays it out (`reference/from_keras.py` recorded how)."""
    layout = json.loads((REFERENCE / f"{key}.json").read_text("utf-8"))["layout"]
    groups = {
        layer: {
            names.format(layer=layer, weight=name.rpartition("/")[2]): drawn(layer, name, shape)
            for name, shape, _ in tensors
        }
        for layer, tensors in layout.items()
    }
    change(groups)
    with h5py.File(path, "w") as stream:
        stream.attrs["layer_names"] = [layer.encode() for layer in groups]
        stream.attrs["backend"] = b"tensorflow"
        for layer, tensors in groups.items():
            group = stream.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name in tensors]
            for name, tensor in tensors.items():
                group[name] = tensor
    return path


def drawn(layer: str, name: str, shape: list[int]) -> np.ndarray:
    if layer.startswith("normalization"):
        layer = "normalization"
    return alive.tensor(layer, name.rpartition("/")[2], tuple(shape))


def drawn_for(network: Network) -> dict[str, np.ndarray]:
    """The same numbers by the network's own paths."""
    return {
        f"{place.path}/{weight}": alive.tensor(place.layer.name, weight, each.shape)
        for place in network.placed()
        for weight, each in place.weights.items()
    }


def publish(monkeypatch: pytest.MonkeyPatch, key: str, path: Path) -> Path:
    """Take a file for the published one."""
    raw = path.read_bytes()
    algorithm = weights.KNOWN[key].checksum.partition(":")[0]
    checksum = f"{algorithm}:{hashlib.new(algorithm, raw).hexdigest()}"
    known = msgspec.structs.replace(weights.KNOWN[key], bytes=len(raw), checksum=checksum)
    monkeypatch.setitem(weights.KNOWN, key, known)
    return path


def alone(key: str, *, size: int = 64) -> Network:
    """Just the published part."""
    body = Sequence(layers=(weights.KNOWN[key].build(),))
    return Network(input_shape=(size, size, 3), body=body)


def kept(home: Path) -> list[str]:
    """Everything in laptime's cache."""
    return sorted(path.name for path in (home / "cache").rglob("*") if path.is_file())
