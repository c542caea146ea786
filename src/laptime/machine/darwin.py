"""macOS, from `sysctl`, `sw_vers` and `system_profiler`; not run on a Mac by us."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from typing import Any

from laptime.machine._facts import Facts, run, tidy

_NAMES = (
    "machdep.cpu.brand_string",
    "hw.model",
    "hw.physicalcpu",
    "hw.perflevel0.physicalcpu",
    "hw.perflevel1.physicalcpu",
    "kern.hv_vmm_present",
    "sysctl.proc_translated",
)


def sysctl(text: str) -> dict[str, str]:
    """'name: value' lines; names that this macOS does not know are simply missing."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: value.strip() for name, colon, value in pairs if colon}


def count(text: str | None) -> int | None:
    """A number of cores; None for anything that is not one."""
    return int(text) if text and text.isdigit() and int(text) > 0 else None


def graphics(text: str | None) -> tuple[str, ...]:
    """Names in `system_profiler SPDisplaysDataType -json`; never the screens, which bear names.

    'Apple M1 (7-core GPU)' where the number of cores is told: the same chip is sold with more.
    """
    try:
        cards: Any = json.loads(text or "{}")["SPDisplaysDataType"]
        return tuple(name for card in cards if (name := _card(card)))
    except (ValueError, TypeError, KeyError):
        return ()


def _card(card: Any) -> str | None:
    found = card if isinstance(card, dict) else {}
    name = tidy(found.get("sppci_model"))
    cores = count(str(found.get("sppci_cores", "")))
    return f"{name} ({cores}-core GPU)" if name and cores else name


def chip(brand: str | None, cards: tuple[str, ...]) -> str | None:
    """The chip's name. Translated programs are told 'VirtualApple'; the graphics know better."""
    if brand and brand.startswith("VirtualApple"):
        apple = next((name for name in cards if name.startswith("Apple ")), None)
        return apple.partition(" (")[0] if apple else "Apple"
    return tidy(brand)


def virtual(values: Mapping[str, str]) -> str | None:
    """'Rosetta 2' for a translated Python, 'a hypervisor' for a virtual Mac, both, or None."""
    parts = []
    if values.get("sysctl.proc_translated") == "1":
        parts.append("Rosetta 2")
    if values.get("kern.hv_vmm_present") == "1":
        parts.append("a hypervisor")
    return " on ".join(parts) or None


def collect() -> Facts:
    """Everything about a Mac."""
    values = sysctl(run("/usr/sbin/sysctl", *_NAMES) or "")
    cards = graphics(run("/usr/sbin/system_profiler", "SPDisplaysDataType", "-json"))
    version = run("/usr/bin/sw_vers", "-productVersion") or platform.mac_ver()[0]
    return Facts(
        system_version=f"macOS {version}" if version else None,
        model=tidy(values.get("hw.model")),
        chip=chip(values.get("machdep.cpu.brand_string"), cards),
        cores_physical=count(values.get("hw.physicalcpu")),
        graphics=cards,
        virtual=virtual(values),
    )
