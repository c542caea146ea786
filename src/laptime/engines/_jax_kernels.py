"""Single kernels of JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import numpy as jnp

from laptime.engines import Unsupported

KINDS = ("matmul", "copy")


def kernel(kind: str, *, device: Any, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`; the device is JAX' own."""
    if kind not in KINDS:
        raise Unsupported(f"no kernel '{kind}'")
    dtype = jnp.dtype(precision)
    with jax.default_device(device):
        if kind == "matmul":
            left = jax.random.uniform(jax.random.key(0), (size, size)).astype(dtype)
            step = jax.jit(lambda x: x @ left)
        else:
            left = jnp.ones(size // dtype.itemsize, dtype)
            step = jax.jit(jnp.copy)

    def run(count: int) -> None:
        # Each from the same input: nothing is left out, since each is a call of its own.
        for _ in range(count):
            out = step(left)
        out.block_until_ready()

    return run
