"""Where the machine's power comes from, and whether it saves any.

The sensor 'power' tells it, so that the doctor and a run's flags agree; the processor's governor,
which is none of that sensor's, is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

from laptime import registry
from laptime.outside import read
from laptime.runner.available import unavailable
from laptime.sensors import SensorModule, UnavailableError

SENSOR = "power"
MODES = {
    "Darwin": "low-power mode",
    "Linux": "the firmware's platform profile",
    "Windows": "battery saver, or the power plan 'Power saver'",
}
"""System -> what the sensor's `low_power_flag` stands for there."""
GOVERNOR = "the processor's governor 'powersave'"
OWN_GOVERNORS = ("intel_pstate", "amd-pstate-epp")
"""Drivers under which 'powersave' is the usual governor, and saves nothing when there is work."""


class Power(NamedTuple):
    """None where the system does not tell."""

    on_battery: bool | None
    charge: float | None
    """0 to 1; None where there is no battery, too."""
    saves: str | None
    """What saves power now, in words; None where nothing does or nothing is told."""


def look(system: str) -> Power:
    """This machine, now; its system as in the machine's record."""
    return seen(told(), system=system, governor=governor() if system == "Linux" else None)


def told() -> dict[str, float]:
    """What the sensor tells, by the quantity's key; empty where it tells nothing.

    It needs no library and starts nothing that stays, so it is opened in the doctor's own process.
    """
    if unavailable(SENSOR, room="sensors") is not None:
        return {}
    try:
        sensor = cast("SensorModule", registry.load("sensors", SENSOR)).open_sensor()
    except UnavailableError:
        return {}
    keys = [quantity.key for quantity in sensor.opened.quantities]
    values = zip(keys, sensor.read(0), strict=True)
    return {key: value for key, value in values if value is not None}


def seen(values: Mapping[str, float], *, system: str, governor: str | None) -> Power:
    """What the sensor's values and the governor come to."""
    on_battery = values.get("on_battery_flag")
    mode = MODES.get(system) if values.get("low_power_flag") else None
    return Power(
        on_battery=None if on_battery is None else on_battery > 0,
        charge=values.get("battery_share"),
        saves=mode or governor,
    )


def governor(root: Path = Path("/")) -> str | None:
    """In words, where the processor's governor holds its clock down."""
    place = root / "sys/devices/system/cpu/cpu0/cpufreq"
    name = (read(place / "scaling_governor") or "").strip()
    driver = (read(place / "scaling_driver") or "").strip()
    return GOVERNOR if name == "powersave" and driver not in OWN_GOVERNORS else None
