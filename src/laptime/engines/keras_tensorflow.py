"""Keras on TensorFlow: NVIDIA and AMD GPUs, or the processor.

`published` is what the articles ran: compile and one long fit with Keras' own defaults.
`tuned` is a loop of our own around the same model, the fastest that we know on this backend.

On a Mac this is the processor. tensorflow-metal 1.2, which would be its GPU, stops at Python 3.12 and
does not load beside TensorFlow 2.20 or newer; Keras on a Mac's GPU is `keras-torch` today. Where an old
TensorFlow has it, it is found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import tensorflow as tf

from laptime.engines import Device, Job, _tensorflow_kernels
from laptime.engines._keras_fit import FitTrainer
from laptime.engines._keras_session import KerasSession, Place
from laptime.engines._keras_tensorflow import LoopTrainer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

TITLE = "Keras on TensorFlow"
MODULES = ("tensorflow", "keras")
EXTRA = "keras-tensorflow"
UNAVAILABLE = {
    "python_version >= '3.14'": "TensorFlow 2.21 has no wheels for Python 3.14 "
    "(2.22, a release candidate yet, has); take Python 3.13",
    "sys_platform == 'darwin' and platform_machine == 'x86_64'": "TensorFlow has no wheels for Intel "
    "Macs any more; take another engine",
}
DEVICES = ("cuda", "mps", "cpu")
PRECISIONS = ("float32", "bfloat16", "float16")
OPTIONS = {
    "loop": ("fit", "own"),
    "optimizer": ("default", "fused"),
    "steps_per_call": (1, "auto", 8, 32),
    "jit": ("auto", False, True),
    "threads": ("all", "one"),
    "allocator": ("system", "keep"),
}
SETUPS = {
    "published": {},
    "tuned": {
        "loop": "own",
        "optimizer": "fused",
        "steps_per_call": "auto",
        "allocator": "keep",
    },
}
ENVIRONMENT = {
    # float32 is float32: left to themselves NVIDIA's libraries round it to 10 bits (TF32).
    "": {
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "NVIDIA_TF32_OVERRIDE": "0",
    },
    "threads=one": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
    # Memory that glibc's allocator keeps is not faulted in again at every step.
    "allocator=keep; sys_platform == 'linux'": {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": "-1",
        "MALLOC_TOP_PAD_": "268435456",
    },
}
LINES = {
    "loop=own": "@tf.function\ndef step(x, y):\n    with tf.GradientTape() as tape:\n"
    "        loss = loss_of(y, model(x, training=True))\n"
    "    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)",
    "optimizer=fused": "tf.raw_ops.ResourceApplyAdam(...)  # for each weight, not optimizer.apply",
    "steps_per_call=auto": "model.compile(..., steps_per_execution=32)",
    "steps_per_call=8": "model.compile(..., steps_per_execution=8)",
    "steps_per_call=32": "model.compile(..., steps_per_execution=32)",
    "jit=true": "model.compile(..., jit_compile=True)",
    "threads=one": "tf.config.threading.set_intra_op_parallelism_threads(1)",
    "allocator=keep": "# before Python starts:\nexport MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=-1 "
    "MALLOC_TOP_PAD_=268435456",
}

GPU = "mps" if sys.platform == "darwin" else "cuda"
"""Keys say how a GPU is reached: Metal on a Mac, elsewhere CUDA, which ROCm calls itself too."""


def devices() -> list[Device]:
    """What a small product really comes out right on, best first."""
    return [
        Device(key=key, name=_name(key))
        for key in [*(_key(index) for index in range(len(_gpus()))), "cpu"]
        if _computes(key)
    ]


def kernel(kind: str, *, device: str, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`."""
    place = _handle(device)
    return _tensorflow_kernels.kernel(kind, device=place, precision=precision, size=size)


def start(job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> KerasSession:
    """Build the network with these weights, on the device.

    Raises:
        Unsupported: a precision that the device does not have.
    """
    _gpus()
    place = Place(
        handle=_handle(job.device),
        name=_name(job.device),
        versions={"tensorflow": tf.__version__},
        options={
            "intra_op_threads": _threads("INTRA"),
            "inter_op_threads": _threads("INTER"),
        },
    )
    is_own = job.options["loop"] == "own"
    trainer = LoopTrainer if is_own else partial(FitTrainer, device=place.handle)
    return KerasSession(job, weights, batches, trainer=trainer, place=place)


def _threads(kind: str) -> int:
    """As its environment says; 0 is TensorFlow's word for as many as there are cores."""
    return int(os.environ.get(f"TF_NUM_{kind}OP_THREADS", "0"))


def _gpus() -> list[tf.config.PhysicalDevice]:
    """All of them, told to take memory as they need it and not all of it at once."""
    found = tf.config.list_physical_devices("GPU")
    for gpu in found:
        tf.config.experimental.set_memory_growth(gpu, enable=True)
    return list(found)


def _key(index: int) -> str:
    return f"{GPU}:{index}" if index else GPU


def _handle(key: str) -> str:
    kind, _, index = key.partition(":")
    return f"{'cpu' if kind == 'cpu' else 'gpu'}:{index or 0}"


def _name(key: str) -> str | None:
    kind, _, index = key.partition(":")
    if kind == "cpu":
        return None  # the machine's record names it
    details = tf.config.experimental.get_device_details(_gpus()[int(index or 0)])
    name: str | None = details.get("device_name")
    return name


def _computes(key: str) -> bool:
    """A device may be listed with a driver that does not fit it: compute something."""
    try:
        with tf.device(_handle(key)):
            ones = tf.ones((4, 4))
            return float(tf.reduce_sum(ones @ ones)) == 64.0
    except (tf.errors.OpError, RuntimeError):
        return False
