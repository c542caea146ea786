"""Weights that anybody can draw again, and that keep a deep network sensitive to its image.

Each tensor has a generator of its own, seeded with its name, so the order of drawing is free. Needs
only NumPy: the script that asks the real Keras for its answer draws with this file too.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np


def tensor(
    layer: str, weight: str, shape: tuple[int, ...]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """One weight by the names of its layer and itself ('stem_bn', 'gamma'), in Keras' layout.

    Ours of squeeze-and-excitation ('block1a_se', 'reduce_kernel') mean Keras' ('block1a_se_reduce',
    'kernel'), and the old Keras' 'depthwise_kernel' the new one's 'kernel'.
    """
    weight = weight.removeprefix("depthwise_")
    half, _, rest = weight.partition("_")
    if half in ("reduce", "expand"):
        layer, weight = f"{layer}_{half}", rest
    generator = np.random.default_rng(zlib.crc32(f"{layer}/{weight}".encode()))
    match weight:
        case "kernel":  # a depthwise one ends with 1
            inputs = math.prod(shape[:-1] if shape[-1] > 1 else shape[:2])
            drawn = generator.normal(0, math.sqrt(2 / inputs), shape)
        case "gamma":  # makes up for what swish and the gates of squeeze-and-excitation take away
            drawn = generator.uniform(0.85, 1.25, shape)
        case "moving_variance":
            drawn = generator.uniform(0.8, 1.2, shape)
        case "mean":
            drawn = np.array([0.485, 0.456, 0.406])
        case "variance":
            drawn = np.array([0.229, 0.224, 0.225])
        case "count":
            drawn = np.zeros(shape)
        case "bias" | "beta" | "moving_mean":
            drawn = generator.normal(0, 0.1, shape)
        case _:
            raise ValueError(f"no rule for {layer}/{weight}")
    return drawn.astype(np.float32)


def photo(size: int, *, seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Noise over smooth waves, (1, size, size, 3)."""
    generator = np.random.default_rng(seed)
    row, column = np.mgrid[:size, :size] / size
    turns = generator.uniform(-4, 4, (3, 2)) * 2 * math.pi
    waves = np.stack([np.sin(a * row + b * column) for a, b in turns], -1)
    image = 127 + 80 * waves + generator.normal(0, 15, (size, size, 3))
    return image.clip(0, 255).astype(np.uint8)[None]
