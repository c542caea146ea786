"""Single kernels of PyTorch, for the engines that compute with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch.nn import functional

from laptime.engines import Unsupported
from laptime.kernels import CHANNELS, IMAGE_SIDE, ROW

KERNEL_SIDES = {"conv3x3": 3, "conv1x1": 1, "depthwise": 3}
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_SAID = ("MKL", "oneAPI", "DNN", "BLAS_INFO", "CPU capability", "CUDA Runtime", "CuDNN", "HIP")
"""Words of the lines of `torch.__config__.show` that name what computes."""


def kernel(kind: str, *, device: str, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`."""
    dtype = _DTYPES.get(precision)
    if dtype is None:
        raise Unsupported(f"no kernel '{kind}' in {precision}")
    if kind in KERNEL_SIDES:
        return _repeated(_convolution(kind, size, device=device, dtype=dtype), device)
    match kind:
        case "matmul":
            run = _repeated(_product(size, device=device, dtype=dtype), device)
            is_rounded = device.startswith("cuda") and precision == "float32"
            return _with_tf32(run) if is_rounded else run
        case "launch":
            number = torch.zeros(1, device=device, dtype=dtype)
            return _repeated(lambda: number.add_(1), device)
        case "h2d":
            return _repeated(_to_device(size, device=device, dtype=dtype), device)
        case _:
            return _repeated(_stream(kind, size, device=device, dtype=dtype), device)


def builds() -> Mapping[str, str]:
    """See the contract in `laptime.engines`."""
    lines = [line.strip(" -") for line in torch.__config__.show().splitlines()]
    said = [line for line in lines if any(word in line for word in _SAID) and len(line) < 200]
    return {"torch": "; ".join(said)}


def _product(size: int, *, device: str, dtype: torch.dtype) -> Callable[[], object]:
    left, right = (torch.rand(size, size, device=device).to(dtype) for _ in range(2))
    out = torch.empty(size, size, device=device, dtype=dtype)
    return lambda: torch.mm(left, right, out=out)


def _stream(kind: str, size: int, *, device: str, dtype: torch.dtype) -> Callable[[], object]:
    """What reads and writes memory; the results go where those of the call before went."""
    source = torch.ones(size // dtype.itemsize, device=device, dtype=dtype)
    target = torch.empty_like(source)
    match kind:
        case "copy":
            return lambda: target.copy_(source)
        case "triad":
            other = torch.ones_like(source)
            return lambda: torch.add(other, source, alpha=3, out=target)
        case "elementwise":
            return lambda: torch.mul(source, 2, out=target).add_(1).relu_()
        case "softmax":
            rows, out = source.view(-1, ROW), target.view(-1, ROW)
            return lambda: torch.softmax(rows, 1, out=out)
        case _:
            raise Unsupported(f"no kernel '{kind}'")


def _to_device(size: int, *, device: str, dtype: torch.dtype) -> Callable[[], object]:
    if device == "cpu":
        raise Unsupported("the processor's memory is the host's: there is nothing to copy")
    # Only from memory that is pinned can CUDA copy by itself.
    is_pinned = device.startswith("cuda")
    source = torch.ones(size // dtype.itemsize, dtype=dtype, pin_memory=is_pinned)
    target = torch.empty_like(source, device=device)
    return lambda: target.copy_(source, non_blocking=True)


def _convolution(
    kind: str, images: int, *, device: str, dtype: torch.dtype
) -> Callable[[], object]:
    side = KERNEL_SIDES[kind]
    groups = CHANNELS if kind == "depthwise" else 1
    # Convolutions of cuDNN and oneDNN are fastest so; Metal's know no such layout.
    layout = torch.contiguous_format if device == "mps" else torch.channels_last

    def some(*shape: int) -> torch.Tensor:
        return torch.rand(shape, device=device).to(dtype).contiguous(memory_format=layout)

    x = some(images, CHANNELS, IMAGE_SIDE, IMAGE_SIDE).requires_grad_()
    weight = some(CHANNELS, CHANNELS // groups, side, side).requires_grad_()
    gradient = some(images, CHANNELS, IMAGE_SIDE, IMAGE_SIDE)
    torch.backends.cudnn.benchmark = True  # it tries its ways once and keeps the fastest

    def once() -> object:
        y = functional.conv2d(x, weight, padding=side // 2, groups=groups)
        return torch.autograd.grad(y, (x, weight), gradient)

    return once


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
