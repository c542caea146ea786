"""Cases for tests of checks, and captured texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from laptime.doctor import Case
from laptime.layout import Screen
from laptime.record import Machine
from tests.samples import MACHINE

CAPTURED = Path(__file__).parent / "captured"
LINUX = replace(
    MACHINE,
    system="Linux",
    system_version="Debian GNU/Linux 12",
    architecture="x86_64",
    model=None,
    chip="AMD EPYC",
    cores_logical=8,
    cores_usable=8.0,
    graphics=(),
)


def captured(name: str) -> str:
    return (CAPTURED / name).read_text("utf-8")


def case(machine: Machine = LINUX, **changes: Any) -> Case:
    """Torch on a Linux machine of eight cores without a card."""
    given: dict[str, Any] = {
        "engines": ("torch", "mlx"),
        "installed": ("torch",),
        "is_named": False,
        "device": "auto",
        "machine": machine,
        "screen": Screen(width=100),
        "began_ns": (0, 0),
        "tell": lambda _: None,
    }
    return Case(**given | changes)
