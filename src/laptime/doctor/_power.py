"""Where the machine's power comes from, and whether it saves any. To be swapped for the sensors' own.

macOS and Windows are read from `pmset` and `powercfg`; not run on such a machine by us.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

import psutil

from laptime.machine import read, run

SAVER = "a1841308-3541-4fab-bc81-f71556f20b4a"
"""Windows' power saver; its name is translated, this is not."""
OWN_GOVERNORS = ("intel_pstate", "amd-pstate-epp")
"""Drivers under which 'powersave' is the usual governor, and saves nothing when there is work."""


class Power(NamedTuple):
    """None where the system does not tell."""

    on_battery: bool | None
    charge: float | None
    """0 to 1."""
    saves: str | None
    """What saves power now, in words; None where nothing does or nothing is told."""


def look() -> Power:
    """This machine, now."""
    on_battery, charge = battery()
    if sys.platform == "darwin":
        saves = "low-power mode" if low_power_mode(run("/usr/bin/pmset", "-g") or "") else None
    elif sys.platform == "win32":
        scheme = run("powercfg.exe", "/getactivescheme") or ""
        saves = "the power plan 'Power saver'" if is_saver(scheme) else None
    else:
        saves = linux()
    return Power(on_battery, charge, saves)


def battery() -> tuple[bool | None, float | None]:
    """Whether it runs on its battery, and the charge; (None, None) without one."""
    try:
        found = psutil.sensors_battery()
    except (AttributeError, OSError, RuntimeError, ValueError):  # no such file, or an odd one
        return None, None
    if found is None:
        return None, None
    plugged: bool | None = found.power_plugged
    return (None if plugged is None else not plugged), found.percent / 100


def low_power_mode(pmset: str) -> bool | None:
    """Of a Mac, from `pmset -g`; newer ones say 'powermode', whose 1 is low and 2 is high power."""
    for name in ("lowpowermode", "powermode"):
        if match := re.search(rf"^\s*{name}\s+(\d+)", pmset, re.MULTILINE):
            return match[1] == "1"
    return None


def is_saver(powercfg: str) -> bool:
    """Whether `powercfg /getactivescheme` names the power saver."""
    return SAVER in powercfg.lower()


def linux(root: Path = Path("/")) -> str | None:
    """The platform's profile, or a governor of the processor that holds its clock down."""
    profile = (read(root / "sys/firmware/acpi/platform_profile") or "").strip()
    if profile == "low-power":
        return "the platform profile 'low-power'"
    place = root / "sys/devices/system/cpu/cpu0/cpufreq"
    governor = (read(place / "scaling_governor") or "").strip()
    driver = (read(place / "scaling_driver") or "").strip()
    if governor == "powersave" and driver not in OWN_GOVERNORS:
        return "the processor's governor 'powersave'"
    return None
