"""Sensors: one file each, able to tell something about this computer while a training runs.

To add one, write `sensors/<name>.py`. It imports its vendor's library plainly at its top: only a
process of its own opens it (`runner.sensing`), so it may fail, hang or crash without harm. (`power`,
which needs no library, is asked by the doctor too.) The literal constants of `SensorModule` are read
from the source without importing it; `open_sensor` and `read` run there. Parsing (text or numbers in,
values out) stands apart from reading, so that it can be tested on what real machines have told. Then
add a row to docs/sensors.md, where a test looks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from laptime.series import Quantity

PARENT = "_LAPTIME_PARENT"
"""Variable with laptime's own process number. A virtual environment on Windows puts a process of its
own between laptime and those that it starts, so that their parent is another."""

__all__ = ["Opened", "Quantity", "Sensor", "SensorModule", "UnavailableError"]


class UnavailableError(Exception):
    """Raised by a sensor that has nothing to tell on this computer; the message says why."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a sensor can tell here, and what not."""

    quantities: tuple[Quantity, ...]
    """At least one, each with a key of its own."""
    missing: dict[str, str] = {}
    """Quantity that it has elsewhere -> why not here, and what to do if something can be done."""
    facts: dict[str, float] = {}
    """What does not change and belongs beside the values: 'default_frequency_hz of gpu 0'."""


class Sensor(Protocol):
    """An open sensor. The caller owns the clock, and asks again and again."""

    opened: Opened

    def watch(self, pid: int | None, /) -> None:
        """From now on this is the process whose tree is looked at; None for no process."""

    def read(self, now_ns: int, /) -> Sequence[float | None]:
        """A value for each quantity, in their order; None for one not asked or not told this time.

        Rates are over the time since the last reading; the first one has none.

        Args:
            now_ns: the caller's clock as it asks, for rates.
        """

    def close(self) -> None:
        """Give everything back; harmless twice."""


class SensorModule(Protocol):
    """What a leaf of this room holds. The constants are literals, read without importing it."""

    TITLE: str
    MODULES: tuple[str, ...]
    """Modules without which it cannot run beside psutil; empty for none. A sensor with none shares a
    process with the others of its kind; one with a vendor's library has its own."""
    EXTRA: str | None
    """The extra of laptime that installs them; None where nothing is to be installed."""
    UNAVAILABLE: Mapping[str, str]
    """Marker (as in a requirement: "sys_platform != 'linux'") -> why it cannot work there."""
    PERIOD_S: float
    """It is asked no more often than this: its source has nothing new, or asking costs too much."""
    LIMIT_S: float
    """A reading that takes longer hangs; the sensor is left behind."""
    ONLY_NAMED: bool
    """Whether it is only taken where it is named. May be left out."""

    def open_sensor(self) -> Sensor:
        """Get ready.

        Raises:
            UnavailableError: nothing of what it tells is there.
        """
