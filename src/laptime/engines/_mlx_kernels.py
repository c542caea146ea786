"""Single kernels of MLX. Nothing is computed before it is asked for, so each call is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx

from laptime.engines import Unsupported
from laptime.kernels import CHANNELS, IMAGE_SIDE, ROW

KERNEL_SIDES = {"conv3x3": 3, "conv1x1": 1, "depthwise": 3}
DTYPES = {"float32": mx.float32, "bfloat16": mx.bfloat16}


def kernel(kind: str, *, device: mx.Device, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`; the device is MLX' own."""
    dtype = DTYPES.get(precision)
    if dtype is None:
        raise Unsupported(f"no kernel '{kind}' in {precision}")
    mx.set_default_device(device)
    if kind == "launch":
        return _launches(dtype)
    if kind == "h2d":
        raise Unsupported("MLX' arrays lie in memory that host and device share")
    if kind in KERNEL_SIDES:
        step = _convolution(kind, size, dtype)
    else:
        step = _step(kind, size, dtype, is_compiled=device.type == mx.gpu)
    ahead: Callable[..., None] = mx.async_eval

    def run(count: int) -> None:
        for _ in range(count):
            ahead(step())
        mx.synchronize()

    return run


def _step(kind: str, size: int, dtype: mx.Dtype, *, is_compiled: bool) -> Callable[[], Any]:
    """Compiled on a GPU alone: on a processor that would need a C++ compiler."""
    compiled: Callable[..., Any] = mx.compile if is_compiled else lambda step: step
    if kind == "matmul":
        left, right = (mx.random.uniform(shape=(size, size)).astype(dtype) for _ in range(2))
        mx.eval(left, right)
        return lambda: mx.matmul(left, right)
    source, other = (mx.ones(size // dtype.size, dtype) for _ in range(2))
    rows = mx.ones((size // dtype.size // ROW, ROW), dtype) if kind == "softmax" else source
    mx.eval(source, other, rows)
    match kind:
        case "copy":
            return lambda: mx.multiply(source, 2)
        case "triad":
            triad = compiled(lambda b, c: b + 3 * c)
            return lambda: triad(other, source)
        case "elementwise":
            relu = compiled(lambda x: mx.maximum(2 * x + 1, 0))
            return lambda: relu(source)
        case "softmax":
            return lambda: mx.softmax(rows, axis=1)
        case _:
            raise Unsupported(f"no kernel '{kind}'")


def _convolution(kind: str, images: int, dtype: mx.Dtype) -> Callable[[], Any]:
    side = KERNEL_SIDES[kind]
    groups = CHANNELS if kind == "depthwise" else 1
    photos = (images, IMAGE_SIDE, IMAGE_SIDE, CHANNELS)
    x, gradient = (mx.random.uniform(shape=photos).astype(dtype) for _ in range(2))
    shape = (CHANNELS, side, side, CHANNELS // groups)
    weight = mx.random.uniform(shape=shape).astype(dtype)
    mx.eval(x, gradient, weight)

    def forward(x: mx.array, weight: mx.array) -> mx.array:
        y: mx.array = mx.conv2d(x, weight, padding=side // 2, groups=groups)
        return y

    return lambda: mx.vjp(forward, [x, weight], [gradient])


def _launches(dtype: mx.Dtype) -> Callable[[int], object]:
    start = mx.zeros(1, dtype)
    mx.eval(start)
    ahead: Callable[..., None] = mx.async_eval

    def run(count: int) -> None:
        number = start
        for _ in range(count):
            number = number + 1
            ahead(number)
        mx.synchronize()

    return run
