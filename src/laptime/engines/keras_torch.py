"""Keras on PyTorch: CUDA and ROCm, Intel GPUs, Apple's GPU, or the processor.

`published` is compile and one long fit with Keras' own defaults, which on PyTorch compile nothing.
It is how Keras reaches a Mac's GPU today (MPS): tensorflow-metal does not load beside a TensorFlow of
today.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import torch

from laptime.engines import Device, Job, _torch_devices
from laptime.engines._keras_fit import FitTrainer
from laptime.engines._keras_session import KerasSession, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

TITLE = "Keras on PyTorch"
MODULES = ("torch", "keras")
EXTRA = "keras-torch"
UNAVAILABLE = {
    "sys_platform == 'darwin' and platform_machine == 'x86_64'": "PyTorch has no wheels for Intel "
    "Macs any more; take another engine",
}
DEVICES = ("cuda", "xpu", "mps", "cpu")
PRECISIONS = ("float32", "bfloat16", "float16")
OPTIONS = {"loop": ("fit",)}
SETUPS: dict[str, dict[str, str]] = {"published": {}}
ENVIRONMENT = {"": {"KERAS_BACKEND": "torch"}}


def devices() -> list[Device]:
    """What a small product really comes out right on, best first."""
    return _torch_devices.found()


def start(job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> KerasSession:
    """Build the network with these weights, on the device.

    Raises:
        Unsupported: a precision that the device does not have.
    """
    place = Place(
        handle=job.device,
        name=_torch_devices.name(job.device),
        versions={"torch": str(torch.__version__)},
        options={"threads": torch.get_num_threads()},
    )
    fit = partial(FitTrainer, device=place.handle)
    return KerasSession(job, weights, batches, trainer=fit, place=place)
