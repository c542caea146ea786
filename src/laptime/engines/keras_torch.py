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

from laptime.engines import Device, Job, _torch_devices, _torch_kernels
from laptime.engines._keras_fit import FitTrainer
from laptime.engines._keras_session import KerasSession, Place
from laptime.engines._keras_torch import LoopTrainer

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
OPTIONS = {
    "loop": ("fit", "own"),
    "graph": ("none", "traced", "compiled"),
    "optimizer": ("default", "fused"),
    "lean": (False, True),
    "threads": ("all", "auto", "one"),
    "allocator": ("system", "keep"),
}
SETUPS = {
    "published": {},
    "tuned": {
        "loop": "own",
        "graph": "traced",
        "optimizer": "fused",
        "lean": True,
        "threads": "auto",
        "allocator": "keep",
    },
}
ENVIRONMENT = {
    # float32 is float32: left to themselves NVIDIA's libraries round it to 10 bits (TF32).
    "": {"KERAS_BACKEND": "torch", "NVIDIA_TF32_OVERRIDE": "0"},
    # Memory that glibc's allocator keeps is not faulted in again at every step.
    "allocator=keep; sys_platform == 'linux'": {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": "-1",
        "MALLOC_TOP_PAD_": "268435456",
    },
}
COMPILER = ("graph=compiled",)
LINES = {
    "loop=own": "loss = loss_of(model(x, training=True), y)\nloss.backward()\noptimizer.step()",
    "graph=traced": "graph = torch.fx.experimental.proxy_tensor.make_fx(gradients_of)(x, y)",
    "graph=compiled": "graph = torch.compile(make_fx(gradients_of)(x, y))",
    "optimizer=fused": "optimizer = torch.optim.Adam(weights, fused=True)",
    "lean=true": "# in place of MaxPooling2D(2) and Conv2D, which copy between memory layouts:\n"
    "F.max_pool2d(x, 2); F.conv2d(x, kernel)  # on tensors that are channels-last in memory",
    "threads=one": "torch.set_num_threads(1)",
    "threads=auto": "torch.set_num_threads(1)  # on a processor, where a step has little work",
    "allocator=keep": "# before Python starts:\nexport MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=-1 "
    "MALLOC_TOP_PAD_=268435456",
}


kernel = _torch_kernels.kernel
builds = _torch_kernels.builds


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
    is_own = job.options["loop"] == "own"
    trainer = LoopTrainer if is_own else partial(FitTrainer, device=place.handle)
    return KerasSession(job, weights, batches, trainer=trainer, place=place)
