"""Which of the graphics processors that the system lists a framework could train on."""

from __future__ import annotations

import re
from collections.abc import Iterable

NEEDS = {"NVIDIA": "cuda", "AMD": "rocm", "Intel": "xpu"}
"""Maker -> the kind of build that computes on its cards."""
DEVICES = {"cuda": ("NVIDIA", "AMD"), "rocm": ("AMD",), "xpu": ("Intel",), "gpu": ("NVIDIA",)}
"""Device as on the command line -> makers whose cards it may mean, away from a Mac."""

_NVIDIA = re.compile(r"NVIDIA|GeForce|Quadro|Tesla|\b[RG]TX\b")
# ROCm computes on none of the small ones inside processors ('AMD Radeon Graphics').
_AMD = re.compile(r"Radeon (RX|PRO W|VII|AI PRO)|Instinct|\bMI\d{3}|Navi [2-4]\d|Strix Halo")
# 'UHD Graphics' and 'Iris' cannot.
_INTEL = re.compile(r"\bArc\b|Data Center GPU|Ponte Vecchio|Battlemage")


def maker(name: str) -> str | None:
    """'NVIDIA', 'AMD' or 'Intel' for a card that can be trained on; None for any other."""
    for found, pattern in (("NVIDIA", _NVIDIA), ("AMD", _AMD), ("Intel", _INTEL)):
        if pattern.search(name):
            return found
    return None


def cards(names: Iterable[str]) -> dict[str, str]:
    """Maker -> name of the first card of its that can be trained on."""
    found: dict[str, str] = {}
    for name in names:
        if known := maker(name):
            found.setdefault(known, name)
    return found
