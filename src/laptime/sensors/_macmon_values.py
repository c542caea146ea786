"""What a line of `macmon pipe` says; no Mac needed to know it."""

from __future__ import annotations

import json

from laptime.sensors import Quantity

MODEL = "Apple's energy model, as macmon reads it (powermetrics(1): estimated)"
SYSTEM = "the system controller's own figure (PSTR), as macmon reads it"
RENEWED_S = 1.0

QUANTITIES = (
    Quantity(
        name="power_w",
        part="chip",
        scope="soc",
        origin="estimated",
        basis=MODEL,
        renewed_s=RENEWED_S,
    ),
    Quantity(
        name="power_w",
        part="computer",
        scope="system",
        origin="estimated",
        basis=SYSTEM,
        renewed_s=RENEWED_S,
    ),
    *(
        Quantity(name="power_w", part=part, origin="estimated", basis=MODEL, renewed_s=RENEWED_S)
        for part in ("cpu", "gpu", "ane", "dram")
    ),
    Quantity(name="busy_share", part="gpu"),
    Quantity(name="frequency_hz", part="gpu"),
    Quantity(name="frequency_hz", part="efficiency cores"),
    Quantity(name="frequency_hz", part="performance cores"),
    Quantity(name="temperature_c", part="cpu"),
    Quantity(name="temperature_c", part="gpu"),
)
# Ours -> where it stands in the line, and a factor; since macmon 0.8, and before.
_PLACES: dict[str, tuple[tuple[str | int, ...], float]] = {
    "power_w of chip": (("all_power",), 1.0),
    "power_w of computer": (("sys_power",), 1.0),
    "power_w of cpu": (("cpu_power",), 1.0),
    "power_w of gpu": (("gpu_power",), 1.0),
    "power_w of ane": (("ane_power",), 1.0),
    "power_w of dram": (("ram_power",), 1.0),
    "busy_share of gpu": (("gpu_active_ratio",), 1.0),
    "frequency_hz of gpu": (("gpu_freq_mhz",), 1e6),
    "frequency_hz of efficiency cores": (("ecpu_freq_mhz",), 1e6),
    "frequency_hz of performance cores": (("pcpu_freq_mhz",), 1e6),
    "temperature_c of cpu": (("temp", "cpu_temp_avg"), 1.0),
    "temperature_c of gpu": (("temp", "gpu_temp_avg"), 1.0),
}
_OLDER: dict[str, tuple[tuple[str | int, ...], float]] = {
    "frequency_hz of gpu": (("gpu_usage", 0), 1e6),
    "frequency_hz of efficiency cores": (("ecpu_usage", 0), 1e6),
    "frequency_hz of performance cores": (("pcpu_usage", 0), 1e6),
}
_NEVER_ZERO = ("power_w of computer", "temperature_c of cpu", "temperature_c of gpu")
"""macmon writes 0 for these where it cannot read them."""


def values(line: bytes | None) -> dict[str, float]:
    """Key of a quantity -> its value; what the line does not tell is left out.

    Residency is told since macmon 0.8 only: before, 'usage' was weighted by the clock.
    """
    try:
        told = json.loads(line or b"")
    except ValueError:  # half a line of one that was ended
        return {}
    found = {}
    for places in (_OLDER, _PLACES):
        for key, (path, factor) in places.items():
            value = _at(told, path)
            if value is not None and not (value == 0 and key in _NEVER_ZERO):
                found[key] = value * factor
    return found


def _at(told: object, path: tuple[str | int, ...]) -> float | None:
    for step in path:
        if isinstance(told, dict):
            told = told.get(step)
        elif isinstance(told, list) and isinstance(step, int) and step < len(told):
            told = told[step]
        else:
            return None
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return float(told) if is_number else None  # type: ignore[arg-type]
