"""Which device a script computes on, and waiting for it, by the modules that it has imported.

Nothing is imported here: a framework that is not in `sys.modules` computes nothing.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from laptime.passes import NO_FRAMEWORK

FRAMEWORKS = ("torch", "jax", "tensorflow", "mlx")
LIBRARIES = {"lightning": "lightning", "transformers": "transformers", "keras": "keras"}
"""Teller -> distribution of its library."""
DISTRIBUTIONS = {"tensorflow": ("tensorflow", "tensorflow-cpu"), "mlx": ("mlx",)}
LAZY = "mlx computes when a value is asked for: what nobody has asked for yet is not counted"


def frameworks() -> list[str]:
    """Those that the script has imported. Keras imports more than the one it computes with."""
    found = [name for name in FRAMEWORKS if name in sys.modules]
    backend = _keras_backend()
    return [backend] if backend in found else found


def _keras_backend() -> str | None:
    keras = sys.modules.get("keras")
    config = getattr(keras, "config", None)
    return str(config.backend()) if config is not None else None


def synchronise() -> str | None:
    """Wait until the device has done all that it was told; why that is not known to work, or None."""
    names = frameworks()
    for name in names:
        _WAITS[name](sys.modules[name])
    if not names:
        return NO_FRAMEWORK
    return LAZY if "mlx" in names else None


def _torch(torch: Any) -> None:
    """A device that was never used is not woken."""
    for name in ("cuda", "xpu"):
        device = getattr(torch, name, None)
        if device is not None and device.is_available() and device.is_initialized():
            device.synchronize()
    mps = getattr(torch.backends, "mps", None)
    if mps is not None and mps.is_available():
        torch.mps.synchronize()


def _jax(jax: Any) -> None:
    for array in jax.live_arrays():
        array.block_until_ready()


def _tensorflow(tensorflow: Any) -> None:
    tensorflow.test.experimental.sync_devices()


def _mlx(_: Any) -> None:
    core = sys.modules.get("mlx.core")
    if core is not None:
        core.synchronize()


_WAITS = {"torch": _torch, "jax": _jax, "tensorflow": _tensorflow, "mlx": _mlx}


def device() -> str | None:
    """The accelerator that is in use, 'cpu' where there is none, None where nobody tells."""
    names = frameworks()
    if len(names) != 1:
        return None
    return _DEVICES[names[0]](sys.modules[names[0]])


def _torch_device(torch: Any) -> str | None:
    """By memory that is taken: that a card is there does not say that it is used."""
    if torch.cuda.is_available():
        is_used = torch.cuda.is_initialized() and torch.cuda.memory_allocated() > 0
        return "cuda" if is_used else None
    mps = getattr(torch.backends, "mps", None)
    if mps is not None and mps.is_available():
        return "mps" if torch.mps.current_allocated_memory() > 0 else None
    xpu = getattr(torch, "xpu", None)
    return None if xpu is not None and xpu.is_available() else "cpu"


def _jax_device(jax: Any) -> str | None:
    return str(jax.default_backend())


def _tensorflow_device(tensorflow: Any) -> str | None:
    return "gpu" if tensorflow.config.list_logical_devices("GPU") else "cpu"


def _mlx_device(_: Any) -> str | None:
    core = sys.modules.get("mlx.core")
    if core is None:
        return None
    return "gpu" if "gpu" in str(core.default_device()).lower() else "cpu"


_DEVICES = {
    "torch": _torch_device,
    "jax": _jax_device,
    "tensorflow": _tensorflow_device,
    "mlx": _mlx_device,
}


def versions(teller: str) -> dict[str, str]:
    """Of the library and of the frameworks that compute, by what is installed."""
    found = {}
    library = [LIBRARIES[teller]] if teller in LIBRARIES else []
    for name in dict.fromkeys([*library, *frameworks()]):
        for distribution in DISTRIBUTIONS.get(name, (name,)):
            try:
                found[name] = version(distribution)
                break
            except PackageNotFoundError:
                continue
    return found


def engine(teller: str) -> str | None:
    """'lightning', 'keras-jax', 'torch'; None where no framework was imported."""
    names = frameworks()
    alone = names[0] if len(names) == 1 else None
    if teller == "keras":
        return f"keras-{alone}" if alone else "keras"
    return teller if teller in LIBRARIES else alone


def is_main_process() -> bool:
    """Whether it is the first of those that train together."""
    rank = os.environ.get("RANK") or os.environ.get("LOCAL_RANK") or "0"
    return rank == "0"
