"""Single kernels of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from laptime.engines import Unsupported
from laptime.kernels import CHANNELS, IMAGE_SIDE, ROW

KERNEL_SIDES = {"conv3x3": 3, "conv1x1": 1, "depthwise": 3}


def kernel(kind: str, *, device: str, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`; the device is TensorFlow's name of it."""
    dtype = tf.as_dtype(precision)
    if kind == "launch":
        return _launches(device, dtype)
    if kind == "h2d":
        step = _to_device(device, size, dtype)
    elif kind in KERNEL_SIDES:
        with tf.device(device):
            step = _convolution(kind, size, dtype)
    else:
        with tf.device(device):
            step = _step(kind, size, dtype)

    def run(count: int) -> None:
        with tf.device(device):
            for _ in range(count):
                out = step()
            _wait(out)

    return run


def _step(kind: str, size: int, dtype: Any) -> Callable[[], Any]:
    if kind == "matmul":
        left, right = (tf.cast(tf.random.uniform((size, size)), dtype) for _ in range(2))
        return _compiled(lambda: tf.matmul(left, right))
    source = tf.ones(size // dtype.size, dtype)
    match kind:
        case "copy":
            target = tf.Variable(source)
            # An assignment alone would hand the memory on and copy nothing.
            return _compiled(lambda: target.assign(source * 2))
        case "triad":
            other = tf.ones_like(source)
            return _compiled(lambda: other + 3 * source)
        case "elementwise":
            return _compiled(lambda: tf.nn.relu(2 * source + 1))
        case "softmax":
            rows = tf.reshape(source, (-1, ROW))
            return _compiled(lambda: tf.nn.softmax(rows))
        case _:
            raise Unsupported(f"no kernel '{kind}'")


def _compiled(step: Callable[[], Any]) -> Callable[[], Any]:
    made: Callable[[], Any] = tf.function(step)
    return made


def _convolution(kind: str, images: int, dtype: Any) -> Callable[[], Any]:
    side = KERNEL_SIDES[kind]
    is_depthwise = kind == "depthwise"
    photos = (images, IMAGE_SIDE, IMAGE_SIDE, CHANNELS)
    x, gradient = (tf.cast(tf.random.uniform(photos), dtype) for _ in range(2))
    shape = (side, side, CHANNELS, 1 if is_depthwise else CHANNELS)
    weight = tf.cast(tf.random.uniform(shape), dtype)

    def once() -> Any:
        with tf.GradientTape() as tape:
            tape.watch((x, weight))
            if is_depthwise:
                y = tf.nn.depthwise_conv2d(x, weight, (1, 1, 1, 1), "SAME")
            else:
                y = tf.nn.conv2d(x, weight, 1, "SAME")
        # The forward result is given back too: what nobody asks for is not computed.
        return y, *tape.gradient(y, (x, weight), output_gradients=gradient)

    return _compiled(once)


def _launches(device: str, dtype: Any) -> Callable[[int], object]:
    with tf.device(device):
        start, one = tf.zeros(1, dtype), tf.ones(1, dtype)

    def run(count: int) -> None:
        with tf.device(device):
            number = start
            for _ in range(count):
                number = tf.add(number, one)
            _wait(number)

    return run


def _to_device(device: str, size: int, dtype: Any) -> Callable[[], Any]:
    if device.startswith("cpu"):
        raise Unsupported("the processor's memory is the host's: there is nothing to copy")
    with tf.device("cpu:0"):
        source = tf.ones(size // dtype.size, dtype)
    return lambda: tf.identity(source)


def _wait(out: Any) -> None:
    """One number of each result, on the host: it is there only when the result is."""
    for each in tf.nest.flatten(out):
        tf.reshape(each, [-1])[0].numpy()
