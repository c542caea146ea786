"""What PyTorch can compute on here."""

from __future__ import annotations

import torch

from laptime.engines import Device

KINDS = ("cuda", "xpu", "mps", "cpu")
"""Best first. ROCm calls itself CUDA."""


def found() -> list[Device]:
    """What a small product really comes out right on, best first."""
    return [
        Device(key=key, name=name(key))
        for kind in KINDS
        if _is_listed(kind)
        for key in _keys(kind)
        if _computes(key)
    ]


def name(key: str) -> str | None:
    """What the vendor calls it; None for the processor, which the machine's record names."""
    match key.split(":", maxsplit=1)[0]:
        case "cuda":
            return str(torch.cuda.get_device_name(key))
        case "xpu":
            return str(torch.xpu.get_device_name(key))
        case "mps":
            return "Apple GPU"
        case _:
            return None


def _keys(kind: str) -> list[str]:
    """'cuda' is the first; 'cuda:1' and so on the others."""
    count = {"cuda": torch.cuda.device_count, "xpu": torch.xpu.device_count}.get(kind, lambda: 1)()
    return [kind, *(f"{kind}:{index}" for index in range(1, count))]


def _is_listed(kind: str) -> bool:
    match kind:
        case "cuda":
            return bool(torch.cuda.is_available())
        case "xpu":
            return bool(torch.xpu.is_available())
        case "mps":
            return bool(torch.backends.mps.is_available())
        case _:
            return True


def _computes(key: str) -> bool:
    """`is_available` can lie (a driver too old, a virtual Mac): compute something."""
    try:
        ones = torch.ones(4, 4, device=key)
        return float((ones @ ones).sum()) == 64.0
    except RuntimeError:
        return False
