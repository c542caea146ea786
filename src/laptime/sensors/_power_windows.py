"""Windows: GetSystemPowerStatus and the active power scheme; not run on a Windows machine by us."""

from __future__ import annotations

import ctypes
import re
import struct

from laptime.outside import run

MISSING = {
    "battery_share": "there is no battery",
    "power_w of battery": "Windows tells it to drivers only",
    "thermal_pressure_level": "only macOS tells this",
    "speed_limit_share": "only macOS tells this",
}
STATUS = struct.Struct("<BBBBII")
"""SYSTEM_POWER_STATUS: ACLineStatus, BatteryFlag, BatteryLifePercent, SystemStatusFlag (battery
saver), BatteryLifeTime, BatteryFullLifeTime (winbase.h)."""
UNKNOWN = 255
NO_BATTERY = 128
POWER_SAVER = "a1841308-3541-4fab-bc81-f71556f20b4a"


def status(raw: bytes) -> dict[str, float]:
    """Power source, charge and battery saver, from the bytes of SYSTEM_POWER_STATUS."""
    line, flag, percent, saver, _, _ = STATUS.unpack(raw)
    found: dict[str, float] = {}
    if line != UNKNOWN:
        found["on_battery_flag"] = float(line == 0)
    if percent <= 100 and flag != UNKNOWN and not flag & NO_BATTERY:
        found["battery_share"] = percent / 100
    if saver:
        found["low_power_flag"] = 1.0
    return found


def scheme(text: str | None) -> str | None:
    """GUID of the active scheme, from `powercfg /getactivescheme`, in whatever language."""
    match = re.search(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", (text or "").lower())
    return match[0] if match else None


def values() -> dict[str, float]:
    """Everything that Windows tells."""
    buffer = ctypes.create_string_buffer(STATUS.size)
    library = getattr(ctypes, "windll", None)
    is_told = library is not None and library.kernel32.GetSystemPowerStatus(buffer)
    found = status(buffer.raw) if is_told else {}
    active = scheme(run("powercfg.exe", "/getactivescheme"))
    if active is not None:
        found.setdefault("low_power_flag", float(active == POWER_SAVER))
    return found
