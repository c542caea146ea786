"""What macOS' `ioreg` and zeus-apple-silicon say; no Mac needed to know it."""

from __future__ import annotations

import re
from collections.abc import Mapping

PARTS: Mapping[str, tuple[str, ...]] = {
    "cpu": ("cpu_total_mj",),
    "gpu": ("gpu_mj", "gpu_sram_mj"),
    "ane": ("ane_mj",),
    "dram": ("dram_mj",),
}
"""Part of the chip -> the fields of `AppleEnergyMetrics` that it is made of."""
CHIP = ("cpu", "gpu", "ane")
"""What powermetrics adds up as 'Combined Power'."""


def joules(metrics: object) -> dict[str, float]:
    """Part -> joules since somewhere; 'chip' is their sum.

    A part that this chip does not tell is left out, and the chip with it.
    """
    found: dict[str, float] = {}
    for part, fields in PARTS.items():
        told = [mj for field in fields if isinstance(mj := getattr(metrics, field, None), int)]
        if told:
            found[part] = sum(told) / 1e3
    if all(part in found for part in CHIP):
        found["chip"] = sum(found[part] for part in CHIP)
    return found


def graphics(text: str | None) -> dict[str, float]:
    """Use and memory of the GPU, from `ioreg -r -d 1 -w 0 -c IOAccelerator`.

    The keys are matched whole: 'In use system memory (driver)' stands before the one that counts.
    Several accelerators (an Intel Mac) are none of ours to choose from: nothing is told then.
    """
    found = re.findall(r'"PerformanceStatistics" = \{([^{}]*)\}', text or "")
    if len(found) != 1:
        return {}
    numbers = {name: int(value) for name, value in re.findall(r'"([^"]+)"=(\d+)', found[0])}
    told = {}
    if "Device Utilization %" in numbers:
        told["busy_share"] = numbers["Device Utilization %"] / 100
    if "In use system memory" in numbers:
        told["memory_used_bytes"] = float(numbers["In use system memory"])
    return told
