"""Linux: /sys/class/power_supply and the firmware's platform profile."""

from __future__ import annotations

from pathlib import Path
from typing import TypeGuard

from laptime.outside import read

MISSING = {
    "on_battery_flag": "this computer shows neither a battery nor a mains supply",
    "battery_share": "there is no battery",
    "low_power_flag": "the firmware has no platform profile (/sys/firmware/acpi)",
    "power_w of battery": "it is told while a battery discharges, and by some batteries only",
    "thermal_pressure_level": "only macOS tells this",
    "speed_limit_share": "only macOS tells this",
}
LOW_POWER_PROFILES = ("low-power", "quiet")
"""Of the kernel's profile names (Documentation/ABI/testing/sysfs-platform_profile): slower for less
power, and slower for less noise."""


def supply(uevent: str) -> dict[str, str]:
    """A supply's `uevent`, its names without 'POWER_SUPPLY_' and in small letters."""
    pairs = (line.partition("=") for line in uevent.splitlines())
    prefix = "POWER_SUPPLY_"
    return {n.removeprefix(prefix).lower(): v for n, eq, v in pairs if eq and n.startswith(prefix)}


def watts(battery: dict[str, str]) -> float | None:
    """What a battery gives, in watts: told, or volts times amperes; None where neither is.

    The kernel counts in micro-units; some drivers give a discharge a minus sign.
    """
    power, current, voltage = (battery.get(n) for n in ("power_now", "current_now", "voltage_now"))
    if _is_whole(power):
        return abs(int(power)) / 1e6
    if _is_whole(current) and _is_whole(voltage):
        return abs(int(current)) * int(voltage) / 1e12
    return None


def _is_whole(text: str | None) -> TypeGuard[str]:
    return text is not None and text.removeprefix("-").isdigit()


def told(supplies: list[dict[str, str]], profile: str | None) -> dict[str, float]:
    """What supplies and profile say.

    Args:
        supplies: each `uevent`, 'type' filled in.
        profile: text of platform_profile; None where there is none.
    """
    # A mouse's battery says 'Device'; it is none of the computer's.
    own = [each for each in supplies if each.get("scope") != "Device"]
    batteries = [b for b in own if b.get("type") == "Battery" and b.get("present", "1") == "1"]
    mains = [each["online"] for each in own if each.get("type") != "Battery" and "online" in each]
    found: dict[str, float] = {}
    if mains:
        found["on_battery_flag"] = float(bool(batteries) and "1" not in mains)
    elif batteries:
        found["on_battery_flag"] = float(any(b.get("status") == "Discharging" for b in batteries))
    shares = [int(b["capacity"]) / 100 for b in batteries if _is_whole(b.get("capacity"))]
    if shares:
        found["battery_share"] = sum(shares) / len(shares)
    powers = [watts(b) for b in batteries if b.get("status") == "Discharging"]
    if known := [power for power in powers if power is not None]:
        found["power_w of battery"] = sum(known)
    if profile and profile.strip():
        found["low_power_flag"] = float(profile.strip() in LOW_POWER_PROFILES)
    return found


def values(root: Path) -> dict[str, float]:
    """Everything that is told under `root` ('/' outside of tests)."""
    supplies = []
    for folder in sorted(root.glob("sys/class/power_supply/*")):
        fields = supply(read(folder / "uevent") or "")
        kind = read(folder / "type")
        supplies.append({**fields, "type": (kind or fields.get("type", "")).strip()})
    return told(supplies, read(root / "sys/firmware/acpi/platform_profile"))
