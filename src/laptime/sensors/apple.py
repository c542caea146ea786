"""Apple silicon: energy of its parts (zeus-apple-silicon, no root), use of its GPU (`ioreg`).

Not run on a Mac by us. The joules are Apple's own model, not a measurement: powermetrics(1) calls them
estimated and unfit for comparing devices. Clocks and temperatures need the sensor `macmon`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zeus_apple_silicon import AppleEnergyMonitor

from laptime.outside import run
from laptime.sensors import Opened, Quantity, UnavailableError
from laptime.sensors._apple_values import PARTS, graphics, joules
from laptime.series import Scope

TITLE = "Apple silicon: energy of CPU, GPU, neural engine and memory; use of the GPU"
MODULES = ("zeus_apple_silicon",)
EXTRA = "apple"
UNAVAILABLE = {
    "sys_platform != 'darwin' or platform_machine != 'arm64'": "this is no Mac with Apple silicon"
}
PERIOD_S = 1.0
LIMIT_S = 15.0

RENEWED_S = 2.0
"""The processor's and the memory's counters have a new value this often; the GPU's, sooner."""
BASIS = "Apple's energy model (powermetrics(1): estimated, not for comparing devices)"
SCOPES: Mapping[str, Scope] = {"chip": "soc", "dram": "dram"}
IOREG = ("/usr/sbin/ioreg", "-r", "-d", "1", "-w", "0", "-c", "IOAccelerator")


def open_sensor() -> Apple:
    """The chip's counters.

    Raises:
        UnavailableError: macOS does not show them.
    """
    try:
        monitor = AppleEnergyMonitor()
    except RuntimeError as error:  # no subscription: a virtual Mac
        raise UnavailableError(f"macOS shows no energy counters ({error})") from error
    return Apple(monitor)


class Apple:
    """The chip.

    Args:
        monitor: gives cumulative energies, in millijoules.
    """

    def __init__(self, monitor: AppleEnergyMonitor) -> None:
        self._monitor = monitor
        told = self._told()
        parts = [part for part in ("chip", *PARTS) if f"energy_j of {part}" in told]
        names = [name for name in ("busy_share", "memory_used_bytes") if f"{name} of gpu" in told]
        if not parts and not names:
            raise UnavailableError("macOS shows neither energy counters nor the use of the GPU")
        wanted = [f"energy_j of {part}" for part in ("chip", *PARTS)]
        wanted += ["busy_share of gpu", "memory_used_bytes of gpu"]
        self.opened = Opened(
            quantities=(
                *(_energy(part) for part in parts),
                *(Quantity(name=name, part="gpu") for name in names),
            ),
            missing={key: "this chip does not tell it" for key in wanted if key not in told},
        )

    def _told(self) -> dict[str, float]:
        energies = joules(self._monitor.get_cumulative_energy())
        used = graphics(run(*IOREG))
        told = {f"energy_j of {part}": value for part, value in energies.items()}
        return told | {f"{name} of gpu": value for name, value in used.items()}

    def watch(self, _: int | None) -> None:
        """The chip is the whole computer's."""

    def read(self, _: int) -> Sequence[float | None]:
        """The counters now."""
        told = self._told()
        return [told.get(quantity.key) for quantity in self.opened.quantities]

    def close(self) -> None:
        """The monitor gives its subscription back when it is collected."""


def _energy(part: str) -> Quantity:
    """Only the whole chip and the memory have a scope: the parts are shares of the chip."""
    return Quantity(
        name="energy_j",
        part=part,
        scope=SCOPES.get(part),
        origin="estimated",
        basis=BASIS,
        is_counter=True,
        renewed_s=RENEWED_S,
    )
