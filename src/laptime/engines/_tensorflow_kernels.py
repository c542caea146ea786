"""Single kernels of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from laptime.engines import Unsupported

KINDS = ("matmul", "copy")


def kernel(kind: str, *, device: str, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`; the device is TensorFlow's name of it."""
    if kind not in KINDS:
        raise Unsupported(f"no kernel '{kind}'")
    dtype = tf.as_dtype(precision)
    with tf.device(device):
        if kind == "matmul":
            source = tf.cast(tf.random.uniform((size, size)), dtype)
            step = tf.function(lambda: tf.matmul(source, source))
        else:
            source = tf.ones(size // dtype.size, dtype)
            target = tf.Variable(source)
            # An assignment alone would hand the memory on and copy nothing.
            step = tf.function(lambda: target.assign(source * 2))

    def run(count: int) -> None:
        with tf.device(device):
            for _ in range(count):
                out = step()
            tf.reshape(out, [-1])[0].numpy()

    return run
