"""The two roofs of each device, from what a probe found: for the roofline of `laptime.roofline`."""

from __future__ import annotations

from laptime.probes.record import Probe, Row
from laptime.roofline import Place, Roofs
from laptime.summary import machine_key

STREAMS = ("copy", "triad")
"""Of these the faster one is the memory's roof. They move bytes: the precision is none of theirs."""


def roofs_of(probe: Probe) -> dict[Place, Roofs]:
    """Of all cores of the processor, and of every other device, in each precision.

    Args:
        probe: whatever came of it; where a product or a stream is missing there is no roof.
    """
    key = machine_key(probe.machine)
    rows = [row for row in probe.rows if row.threads == "all" and row.value is not None]
    found: dict[Place, Roofs] = {}
    for device, precision in dict.fromkeys((row.device, row.precision) for row in rows):
        here = [row for row in rows if row.device == device]
        peak = _best([r for r in here if r.kind == "matmul" and r.precision == precision])
        stream = _best([r for r in here if r.kind in STREAMS])
        if peak and stream:
            roofs = Roofs(peak_gflop_per_s=peak, gb_per_s=stream)
            found[Place(key, device, precision)] = roofs
    return found


def _best(rows: list[Row]) -> float | None:
    return max((row.value or 0.0 for row in rows), default=None)
