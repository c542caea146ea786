"""macOS: `pmset` and `notifyutil`, which need no root; not run on a Mac by us."""

from __future__ import annotations

import re

from laptime.outside import run

MISSING = {
    "battery_share": "there is no battery",
    "power_w of battery": "macOS tells it in pieces only; see the sensors apple and macmon",
    "speed_limit_share": "told by Macs with an Intel processor only",
    "thermal_pressure_level": "this macOS does not tell it",
}
PMSET = "/usr/bin/pmset"
NOTIFYUTIL = "/usr/bin/notifyutil"
PRESSURE = "com.apple.system.thermalpressurelevel"
MOST_PRESSURE = 4
"""0 nominal, 1 moderate, 2 heavy, 3 trapping, 4 sleeping (OSThermalNotification.h, on macOS)."""


def source(batt: str | None) -> dict[str, float]:
    """Power source and charge from `pmset -g batt`."""
    text = batt or ""
    found: dict[str, float] = {}
    if match := re.search(r"Now drawing from '([^']+)'", text):
        found["on_battery_flag"] = float(match[1] == "Battery Power")
    if match := re.search(r"InternalBattery[^\n]*?\t\s*(\d{1,3})%", text):
        found["battery_share"] = int(match[1]) / 100
    return found


def low_power(settings: str | None) -> bool | None:
    """Whether low-power mode is on, from `pmset -g`; None where no setting says.

    'lowpowermode 1' on most; 'powermode 1' where there is a high-power mode (2) as well.
    """
    match = re.search(r"^\s*(?:low)?powermode\s+(\d)\s*$", settings or "", re.MULTILINE)
    return match[1] == "1" if match else None


def pressure(text: str | None) -> int | None:
    """Thermal pressure from `notifyutil -g`; None where it failed, which it says with exit code 0.

    A 0 may also mean that nothing was ever posted: proof of heat, not of coolness.
    """
    match = re.fullmatch(rf"{re.escape(PRESSURE)} (\d+)", (text or "").strip())
    return int(match[1]) if match and int(match[1]) <= MOST_PRESSURE else None


def speed_limit(therm: str | None) -> float | None:
    """Share of its speed that an Intel processor may use, from `pmset -g therm`; else None."""
    match = re.search(r"^\s*CPU_Speed_Limit\s*=\s*(\d{1,3})\s*$", therm or "", re.MULTILINE)
    return int(match[1]) / 100 if match else None


def values() -> dict[str, float]:
    """Everything that a Mac tells."""
    found = source(run(PMSET, "-g", "batt"))
    told = {
        "low_power_flag": low_power(run(PMSET, "-g")),
        "thermal_pressure_level": pressure(run(NOTIFYUTIL, "-g", PRESSURE)),
        "speed_limit_share": speed_limit(run(PMSET, "-g", "therm")),
    }
    return found | {key: float(value) for key, value in told.items() if value is not None}
