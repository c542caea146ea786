"""AMD graphics processors, through AMD SMI; not run on one by us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laptime.sensors import Opened, Quantity, UnavailableError
from laptime.sensors._amd_values import RESIDENCIES, held_down, joules, number, values

try:
    import amdsmi
except (
    OSError,
    KeyError,
    AttributeError,
) as error:  # what it raises without ROCm, or with an older
    raise ImportError(
        f"AMD's library wants a libamd_smi.so of its own version ({error!r}); install ROCm"
    ) from error

TITLE = "AMD: use, memory, power, energy, clocks, temperature, throttling"
MODULES = ("amdsmi",)
EXTRA = "amd"
UNAVAILABLE = {"sys_platform != 'linux'": "AMD SMI is there for Linux only"}
PERIOD_S = 0.1
LIMIT_S = 5.0

RENEWED_S = 0.1
"""How often power and energy have a new value; AMD does not say, so as NVIDIA's slowest."""
NAMES = ("busy_share", "memory_busy_share", "power_w", "temperature_c", "frequency_hz")
SILENT = "this card does not tell it"
COUNTERLESS = "this card's energy counter counts nothing"
UNTOLD_THROTTLE = (
    "only Instinct cards from MI300 on count it; the status of others is set at idle too "
    "(ROCm/rocm-systems issue 11781)"
)


def open_sensor() -> Amd:
    """Every card that the driver shows.

    Raises:
        UnavailableError: no driver, or no card.
    """
    try:
        amdsmi.amdsmi_init()
        handles = amdsmi.amdsmi_get_processor_handles()
    except amdsmi.AmdSmiException as error:
        raise UnavailableError(
            f"no AMD graphics driver answers ({error}); where there is a card, install ROCm"
        ) from error
    if not handles:
        raise UnavailableError("the AMD driver shows no card")
    return Amd(handles)


class Amd:
    """The cards, each a part of its own: 'gpu 0', in the driver's order (`amd-smi`).

    Args:
        handles: AMD SMI's.
    """

    def __init__(self, handles: Sequence[Any]) -> None:
        self._handles = handles
        self._before: dict[int, Mapping[str, object]] = {}
        quantities: list[Quantity] = []
        missing: dict[str, str] = {}
        for index, handle in enumerate(handles):
            told, metrics = self._told(index, handle), self._before.get(index, {})
            has_counters = number(metrics.get("accumulation_counter")) is not None
            throttles = dict.fromkeys(RESIDENCIES, None if has_counters else UNTOLD_THROTTLE)
            reasons: dict[str, str | None] = {
                **{name: None if name in told else SILENT for name in NAMES},
                "memory_used_bytes": None if "memory_used_bytes" in told else SILENT,
                "energy_j": None if "energy_j" in told else COUNTERLESS,
                **throttles,
            }
            for name, why in reasons.items():
                if why:
                    missing[f"{name} of gpu {index}"] = why
                else:
                    quantities.append(_quantity(name, f"gpu {index}"))
        if not quantities:
            raise UnavailableError("the AMD driver tells nothing of its cards")
        self.opened = Opened(quantities=tuple(quantities), missing=missing)

    def watch(self, _: int | None) -> None:
        """The cards are the whole computer's."""
        self._before = {}

    def read(self, _: int) -> Sequence[float | None]:
        """Every card now."""
        told: dict[str, float] = {}
        for index, handle in enumerate(self._handles):
            found = self._told(index, handle)
            told |= {f"{name} of gpu {index}": value for name, value in found.items()}
        return [told.get(quantity.key) for quantity in self.opened.quantities]

    def _told(self, index: int, handle: Any) -> dict[str, float]:
        """What one card says now; a question that it refuses is left out."""
        found: dict[str, float] = {}
        try:
            metrics = amdsmi.amdsmi_get_gpu_metrics_info(handle)
            found |= values(metrics) | held_down(self._before.get(index, {}), metrics)
            self._before[index] = metrics
        except amdsmi.AmdSmiException:
            self._before.pop(index, None)
        try:
            used_mb = number(amdsmi.amdsmi_get_gpu_vram_usage(handle)["vram_used"])
            if used_mb is not None:
                found["memory_used_bytes"] = used_mb * 2**20  # its 'MB' are 2**20 bytes
        except amdsmi.AmdSmiException:
            pass
        try:
            energy_j = joules(amdsmi.amdsmi_get_energy_count(handle))
            if energy_j is not None:
                found["energy_j"] = energy_j
        except amdsmi.AmdSmiException:
            pass
        return found

    def close(self) -> None:
        """Let the driver go."""
        try:
            amdsmi.amdsmi_shut_down()
        except amdsmi.AmdSmiException:
            return  # closed already


def _quantity(name: str, part: str) -> Quantity:
    is_energy = name in ("power_w", "energy_j")
    return Quantity(
        name=name,
        part=part,
        scope="gpu_socket" if is_energy else None,
        is_counter=name == "energy_j",
        renewed_s=RENEWED_S if is_energy else None,
    )
