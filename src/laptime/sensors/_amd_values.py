"""What AMD SMI's numbers mean; no AMD SMI needed to know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def number(value: object) -> float | None:
    """A number of AMD SMI; None for 'N/A', which it says for what a card does not tell."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _first(metrics: Mapping[str, object], *names: str) -> float | None:
    found = (number(metrics.get(name)) for name in names)
    return next((value for value in found if value is not None), None)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def clock_mhz(metrics: Mapping[str, object]) -> float | None:
    """The graphics clock: the mean over the chip's parts where it has several."""
    parts = metrics.get("current_gfxclks")
    if isinstance(parts, Sequence) and not isinstance(parts, str):
        told = [mhz for part in parts if (mhz := number(part)) is not None]
        if told:
            return sum(told) / len(told)
    return _first(metrics, "current_gfxclk", "average_gfxclk_frequency")


def values(metrics: Mapping[str, object]) -> dict[str, float]:
    """Ours from `amdsmi_get_gpu_metrics_info`; what a card does not tell is left out."""
    found = {
        "busy_share": _times(number(metrics.get("average_gfx_activity")), 0.01),
        "memory_busy_share": _times(number(metrics.get("average_umc_activity")), 0.01),
        "power_w": _first(metrics, "current_socket_power", "average_socket_power"),
        "temperature_c": _first(metrics, "temperature_hotspot", "temperature_edge"),
        "frequency_hz": _times(clock_mhz(metrics), 1e6),
    }
    return {name: value for name, value in found.items() if value is not None}


def joules(count: Mapping[str, object]) -> float | None:
    """From `amdsmi_get_energy_count`: a count and what one of it is worth, in microjoules.

    A counter that stands at 0 counts nothing (Radeon RX 6600 and others).
    """
    accumulated = _first(count, "energy_accumulator", "power")  # 'power' before ROCm 6.2
    resolution_uj = number(count.get("counter_resolution"))
    if not accumulated or not resolution_uj:
        return None
    return accumulated * resolution_uj / 1e6


RESIDENCIES = {
    "power_throttle_share": "ppt_residency_acc",
    "heat_throttle_share": "socket_thm_residency_acc",
}
"""Ours -> theirs: counters of the time that power or heat held the clocks down (Instinct MI300 on)."""


def held_down(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, float]:
    """Share of the time between two looks in which power, or heat, held the clocks down."""
    ticks = (number(each.get("accumulation_counter")) for each in (before, after))
    start, end = ticks
    if start is None or end is None or end <= start:
        return {}
    found = {}
    for name, counter in RESIDENCIES.items():
        was, now = number(before.get(counter)), number(after.get(counter))
        if was is not None and now is not None:
            found[name] = (now - was) / (end - start)
    return found
