"""laptime: how well does this machine train neural networks?"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

__all__ = ["Timer", "__version__", "timed"]

_LAZY = {
    "Timer": "laptime.watching.timer",
    "timed": "laptime.watching.timer",
}
"""Public name -> the module that has it, opened when it is asked for."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'laptime' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
