"""laptime: how well does this machine train neural networks?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laptime.api import compare, load, run
    from laptime.watching.timer import Timer, timed

__version__ = "0.1.0"

_LAZY = {
    "Timer": "laptime.watching.timer",
    "compare": "laptime.api",
    "load": "laptime.api",
    "run": "laptime.api",
    "timed": "laptime.watching.timer",
}
"""Public name -> the module that holds it, opened when the name is first used."""

__all__ = ["Timer", "__version__", "compare", "load", "run", "timed"]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
