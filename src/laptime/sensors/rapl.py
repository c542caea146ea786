"""Energy of the processor's package and of memory, by the counters that Linux shows as powercap.

Root only on most systems since CVE-2020-8694 (the counters betray what a processor computes); where it
is not, somebody has opened the files. Intel measures since Haswell (Hackenberg and others 2015); AMD's
counters come from a model inside the processor (Schoene and others 2021, on Zen 2), so they are
estimates here. See the kernel's Documentation/power/powercap/powercap.rst.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from laptime.outside import read
from laptime.sensors import Opened, Quantity, UnavailableError
from laptime.series import Scope

TITLE = "energy of the processor's package and memory (Linux powercap: Intel, AMD)"
MODULES = ()
EXTRA = None
UNAVAILABLE = {"sys_platform != 'linux'": "powercap is Linux'"}
PERIOD_S = 0.1
LIMIT_S = 2.0

RENEWED_S = 0.001
"""How often the counters have a new value (Intel's manual, volume 3B, RAPL: about 1 ms)."""
ZONES = "sys/class/powercap/intel-rapl:*"
"""AMD's too: Linux gives them the same name."""
AMD_BASIS = "AMD's model in the processor (Schoene and others 2021, arXiv 2108.00808)"
CLOSED = (
    "the energy counters are for root only on this system (since CVE-2020-8694); whoever may change "
    "that: chmod o+r the energy_uj files under powercap"
)


class Zone(NamedTuple):
    """A domain with a counter of its own."""

    folder: Path
    name: str
    """As the kernel calls it: 'package-0', 'dram'."""
    scope: Scope
    range_j: float
    """Where the counter starts again from 0."""


def zones(root: Path) -> list[Zone]:
    """Domains under `root` ('/' outside of tests): packages, and the memory beside them.

    Cores and integrated graphics are parts of a package and counted in it; 'psys' is wired as each
    maker likes, so nobody knows its scope. The same package in several places counts once.
    """
    found: dict[str, Zone] = {}
    for folder in sorted(root.glob(ZONES)):
        name = (read(folder / "name") or "").strip()
        range_uj = (read(folder / "max_energy_range_uj") or "").strip()
        scope: Scope | None = None
        if name.startswith("package-"):
            scope = "cpu_package"
        elif name == "dram":
            scope = "dram"
            name = f"dram of {(read(folder / '..' / 'name') or '').strip() or folder.name}"
        if scope and range_uj.isdigit():
            found.setdefault(name, Zone(folder, name, scope, int(range_uj) / 1e6))
    return list(found.values())


class Unwrapped:
    """A counter that starts again from 0 at its range, made one that only grows.

    Args:
        range_j: where it starts again.
    """

    def __init__(self, range_j: float) -> None:
        self._range_j = range_j
        self._last_j: float | None = None
        self._turns = 0

    def take(self, value_j: float) -> float:
        """The value without the turns; one turn between two looks is seen, two are not.

        (At 250 W a range of 262 kJ lasts for 17 minutes.)
        """
        if self._last_j is not None and value_j < self._last_j:
            self._turns += 1
        self._last_j = value_j
        return self._turns * self._range_j + value_j


def open_sensor(root: Path = Path("/")) -> Rapl:
    """The domains that can be read.

    Raises:
        UnavailableError: there are none, or they are closed to us.
    """
    found = zones(root)
    if not found:
        raise UnavailableError(
            "this system shows no energy counters of its processor (virtual machines seldom do)"
        )
    open_zones = [zone for zone in found if _joules(zone) is not None]
    if not open_zones:
        raise UnavailableError(CLOSED)
    vendor = read(root / "proc/cpuinfo") or ""
    missing = {f"energy_j of {z.name}": CLOSED for z in found if z not in open_zones}
    return Rapl(open_zones, missing=missing, is_modelled="AuthenticAMD" in vendor)


class Rapl:
    """The counters of the domains.

    Args:
        zones: those that can be read.
        missing: those that cannot, with the reason.
        is_modelled: whether the processor computes the joules from a model.
    """

    def __init__(
        self, zones: Sequence[Zone], *, missing: dict[str, str], is_modelled: bool
    ) -> None:
        self._zones = zones
        self._counters = [Unwrapped(zone.range_j) for zone in zones]
        self.opened = Opened(
            quantities=tuple(
                Quantity(
                    name="energy_j",
                    part=zone.name,
                    scope=zone.scope,
                    origin="estimated" if is_modelled else "measured",
                    basis=AMD_BASIS if is_modelled else None,
                    is_counter=True,
                    renewed_s=RENEWED_S,
                )
                for zone in zones
            ),
            missing=missing,
        )

    def watch(self, _: int | None) -> None:
        """The counters are the whole package's, whoever uses it."""

    def read(self, _: int) -> Sequence[float | None]:
        """Joules since somewhere, of each domain."""
        told = []
        for zone, counter in zip(self._zones, self._counters, strict=True):
            value_j = _joules(zone)
            told.append(None if value_j is None else counter.take(value_j))
        return told

    def close(self) -> None:
        """Nothing is held."""


def _joules(zone: Zone) -> float | None:
    text = (read(zone.folder / "energy_uj") or "").strip()
    return int(text) / 1e6 if text.isdigit() else None
