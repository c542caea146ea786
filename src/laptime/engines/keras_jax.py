"""Keras on JAX: NVIDIA and AMD GPUs, others by a plug-in of JAX, or the processor.

`published` is compile and one long fit with Keras' own defaults, which on JAX compile the whole step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import jax
import jaxlib

from laptime.engines import Device, Job, _jax_kernels
from laptime.engines._keras_fit import FitTrainer
from laptime.engines._keras_jax import LoopTrainer
from laptime.engines._keras_session import KerasSession, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

TITLE = "Keras on JAX"
MODULES = ("jax", "keras")
EXTRA = "keras-jax"
UNAVAILABLE = {
    "sys_platform == 'darwin' and platform_machine == 'x86_64'": "JAX has no wheels for Intel Macs "
    "any more; take another engine",
}
DEVICES = ("cuda", "rocm", "mps", "cpu")
PRECISIONS = ("float32", "bfloat16", "float16")
OPTIONS = {
    "loop": ("fit", "own"),
    "steps_per_call": (1, "auto", 8, 32),
    "lean": (False, True),
    "allocator": ("system", "keep"),
}
SETUPS = {
    "published": {},
    "tuned": {"loop": "own", "steps_per_call": "auto", "lean": True, "allocator": "keep"},
}
ENVIRONMENT = {
    # A GPU's memory is taken as it is needed, and not most of it at once.
    "": {
        "KERAS_BACKEND": "jax",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "NVIDIA_TF32_OVERRIDE": "0",
    },
    # Memory that glibc's allocator keeps is not faulted in again at every step.
    "allocator=keep; sys_platform == 'linux'": {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": "-1",
        "MALLOC_TOP_PAD_": "268435456",
    },
}
LINES = {
    "loop=own": "@functools.partial(jax.jit, donate_argnums=0)\ndef step(state, x, y):\n"
    "    # model.stateless_call and optimizer.stateless_apply, see keras.io on custom loops in JAX",
    "steps_per_call=auto": "state, losses = jax.lax.scan(step, state, (batches_x, batches_y))",
    "steps_per_call=8": "state, losses = jax.lax.scan(step, state, (batches_x, batches_y))",
    "steps_per_call=32": "state, losses = jax.lax.scan(step, state, (batches_x, batches_y))",
    "lean=true": "# in place of MaxPooling2D(2), whose gradient is slow on a processor:\n"
    "x.reshape(n, rows, 2, columns, 2, channels).max((2, 4))  # with a gradient of comparisons",
    "allocator=keep": "# before Python starts:\nexport MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=-1 "
    "MALLOC_TOP_PAD_=268435456",
}


def devices() -> list[Device]:
    """What a small product really comes out right on, best first."""
    return [
        Device(key=key, name=_name(device))
        for key, device in _listed().items()
        if _computes(device)
    ]


def kernel(kind: str, *, device: str, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`."""
    place = _listed()[device]
    return _jax_kernels.kernel(kind, device=place, precision=precision, size=size)


def start(job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> KerasSession:
    """Build the network with these weights, on the device.

    Raises:
        Unsupported: a precision that the device does not have.
    """
    device = _listed()[job.device]
    if job.device != "cpu":  # by default XLA rounds float32 to 10 bits on a GPU (TF32)
        jax.config.update("jax_default_matmul_precision", "highest")
    place = Place(
        handle=device,
        name=_name(device),
        versions={"jax": jax.__version__, "jaxlib": jaxlib.__version__},
        options={},
    )
    is_own = job.options["loop"] == "own"
    trainer = LoopTrainer if is_own else partial(FitTrainer, device=place.handle)
    return KerasSession(job, weights, batches, trainer=trainer, place=place)


def _listed() -> dict[str, jax.Device]:
    """By key: 'cuda' is the first GPU, 'cuda:1' the second; the processor last."""
    others = [device for device in jax.devices() if device.platform != "cpu"]
    found = {f"{_kind(device)}:{index}": device for index, device in enumerate(others)}
    found["cpu"] = jax.devices("cpu")[0]
    return {key.removesuffix(":0"): device for key, device in found.items()}


def _kind(device: jax.Device) -> str:
    if device.platform.lower() in ("metal", "mps"):
        return "mps"
    return "rocm" if "rocm" in device.client.platform_version.lower() else "cuda"


def _name(device: jax.Device) -> str | None:
    """What the vendor calls it; the machine's record names the processor."""
    return None if device.platform == "cpu" else device.device_kind


def _computes(device: jax.Device) -> bool:
    """A device may be listed with a driver that does not fit it: compute something."""
    try:
        ones = jax.device_put(jax.numpy.ones((4, 4)), device)
        return float((ones @ ones).sum()) == 64.0
    except RuntimeError:
        return False
