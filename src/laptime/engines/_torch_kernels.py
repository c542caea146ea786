"""Single kernels of PyTorch, for the engines that compute with it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from laptime.engines import Unsupported

KINDS = ("matmul", "copy")
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def kernel(kind: str, *, device: str, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`."""
    dtype = _DTYPES.get(precision)
    if kind not in KINDS or dtype is None:
        raise Unsupported(f"no kernel '{kind}' in {precision}")
    if kind == "matmul":
        left, right = (torch.rand(size, size, device=device).to(dtype) for _ in range(2))
        out = torch.empty(size, size, device=device, dtype=dtype)

        def once() -> object:
            return torch.mm(left, right, out=out)

        run = _repeated(once, device)
        return _with_tf32(run) if device.startswith("cuda") and precision == "float32" else run
    source = torch.ones(size // dtype.itemsize, device=device, dtype=dtype)
    target = torch.empty_like(source)
    return _repeated(lambda: target.copy_(source), device)


def _repeated(once: Callable[[], object], device: str) -> Callable[[int], object]:
    def run(count: int) -> None:
        for _ in range(count):
            once()
        _wait(device)

    return run


def _with_tf32(run: Callable[[int], object]) -> Callable[[int], object]:
    """With what convolutions are allowed: else a network could be faster than its own roof."""

    def allowed(count: int) -> None:
        products = torch.backends.cuda.matmul
        before, products.allow_tf32 = products.allow_tf32, torch.backends.cudnn.allow_tf32
        try:
            run(count)
        finally:
            products.allow_tf32 = before

    return allowed


def _wait(device: str) -> None:
    kind = device.split(":", maxsplit=1)[0]
    if kind != "cpu":
        getattr(torch, kind).synchronize()
