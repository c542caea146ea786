"""Single kernels of JAX."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from laptime.engines import Unsupported
from laptime.kernels import CHANNELS, IMAGE_SIDE, ROW

KERNEL_SIDES = {"conv3x3": 3, "conv1x1": 1, "depthwise": 3}
SIMPLE: dict[str, Callable[..., Any]] = {
    "matmul": jnp.matmul,
    "copy": jnp.copy,
    "triad": lambda source, other: other + 3 * source,
    "elementwise": lambda source: jax.nn.relu(2 * source + 1),
    "softmax": lambda source: jax.nn.softmax(source.reshape(-1, ROW)),
}
"""What has no more to it. An input that were a constant would be computed with beforehand."""


def kernel(kind: str, *, device: Any, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`; the device is JAX' own."""
    dtype = jnp.dtype(precision)
    if kind == "launch":
        return _launches(device, dtype)
    if kind == "h2d":
        return _to_device(device, size, dtype)
    step, inputs = _step(kind, device, size, dtype)

    def run(count: int) -> None:
        # Each from the same input: nothing is left out, since each is a call of its own.
        for _ in range(count):
            out = step(*inputs)
        jax.block_until_ready(out)

    return run


def _step(kind: str, device: Any, size: int, dtype: Any) -> tuple[Callable[..., Any], list[Any]]:
    """Compiled, and its inputs on the device."""
    with jax.default_device(device):
        if kind in KERNEL_SIDES:
            return _convolution(kind), _images(kind, size, dtype)
        if kind == "matmul":
            keys = jax.random.split(jax.random.key(0))
            return _compiled("matmul"), [
                jax.random.uniform(key, (size, size)).astype(dtype) for key in keys
            ]
        if kind not in SIMPLE:
            raise Unsupported(f"no kernel '{kind}'")
        count = 2 if kind == "triad" else 1
        inputs = [jnp.ones(size // dtype.itemsize, dtype) for _ in range(count)]
        return _compiled(kind), inputs


@cache  # the same object again is not compiled again
def _compiled(kind: str) -> Callable[..., Any]:
    step: Callable[..., Any] = jax.jit(SIMPLE[kind])
    return step


def _images(kind: str, images: int, dtype: Any) -> list[Any]:
    """Images, kernel and gradient."""
    side = KERNEL_SIDES[kind]
    inputs = 1 if kind == "depthwise" else CHANNELS
    photos = (images, IMAGE_SIDE, IMAGE_SIDE, CHANNELS)
    shapes = (photos, (side, side, inputs, CHANNELS), photos)
    keys = jax.random.split(jax.random.key(0), len(shapes))
    return [
        jax.random.uniform(key, shape).astype(dtype)
        for key, shape in zip(keys, shapes, strict=True)
    ]


@cache
def _convolution(kind: str) -> Callable[..., Any]:
    groups = CHANNELS if kind == "depthwise" else 1

    def forward(x: Any, weight: Any) -> Any:
        return lax.conv_general_dilated(
            x,
            weight,
            (1, 1),
            "SAME",
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )

    def both(x: Any, weight: Any, gradient: Any) -> Any:
        # The forward result is given back too: what nobody asks for is not computed.
        y, backward = jax.vjp(forward, x, weight)
        return y, backward(gradient)

    step: Callable[..., Any] = jax.jit(both)
    return step


def _launches(device: Any, dtype: Any) -> Callable[[int], object]:
    step = jax.jit(lambda number: number + 1)
    start = jax.device_put(jnp.zeros(1, dtype), device)

    def run(count: int) -> None:
        number = start
        for _ in range(count):
            number = step(number)
        number.block_until_ready()

    return run


def _to_device(device: Any, size: int, dtype: Any) -> Callable[[int], object]:
    if device.platform == "cpu":
        raise Unsupported("the processor's memory is the host's: there is nothing to copy")
    source = np.ones(size // dtype.itemsize, dtype)

    def run(count: int) -> None:
        for _ in range(count):
            out = jax.device_put(source, device)
        out.block_until_ready()

    return run
