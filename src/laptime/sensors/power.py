"""Battery, power source, low-power mode, and how hot macOS feels."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from laptime.sensors import Opened, Quantity, UnavailableError
from laptime.sensors import _power_darwin as darwin
from laptime.sensors import _power_linux as linux
from laptime.sensors import _power_windows as windows

TITLE = "battery, power source, low-power mode, thermal pressure"
MODULES = ()
EXTRA = None
UNAVAILABLE = {
    "sys_platform != 'linux' and sys_platform != 'darwin' and sys_platform != 'win32'": (
        "nobody has written down how this system tells its power source"
    )
}
PERIOD_S = 10.0
LIMIT_S = 15.0

QUANTITIES = (
    Quantity(name="on_battery_flag"),
    Quantity(name="battery_share"),
    Quantity(name="low_power_flag"),
    Quantity(name="power_w", part="battery"),
    Quantity(name="thermal_pressure_level"),
    Quantity(name="speed_limit_share"),
)
READERS: Mapping[str, tuple[Callable[[], dict[str, float]], Mapping[str, str]]] = {
    "Linux": (lambda: linux.values(Path("/")), linux.MISSING),
    "Darwin": (darwin.values, darwin.MISSING),
    "Windows": (windows.values, windows.MISSING),
}
UNTOLD = "this computer does not tell it"


def open_sensor(system: str | None = None) -> Power:
    """What this system tells.

    Raises:
        UnavailableError: nothing at all.
    """
    reader, reasons = READERS[system or platform.system()]
    first = reader()
    found = tuple(quantity for quantity in QUANTITIES if quantity.key in first)
    if not found:
        raise UnavailableError("this computer tells neither its power source nor its power mode")
    missing = {q.key: reasons.get(q.key, UNTOLD) for q in QUANTITIES if q not in found}
    return Power(reader, Opened(quantities=found, missing=missing))


class Power:
    """Asks the system's tools and files.

    Args:
        reader: tells every value that it can, by the quantity's key.
        opened: what it told first.
    """

    def __init__(self, reader: Callable[[], dict[str, float]], opened: Opened) -> None:
        self.opened = opened
        self._reader = reader

    def watch(self, _: int | None) -> None:
        """The whole computer's, whoever runs."""

    def read(self, _: int) -> Sequence[float | None]:
        """The state now."""
        told = self._reader()
        return [told.get(quantity.key) for quantity in self.opened.quantities]

    def close(self) -> None:
        """Nothing is held."""
