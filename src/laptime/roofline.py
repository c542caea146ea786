"""The roofline of a machine (Williams, Waterman and Patterson, 2009), with every workload on it.

Work that does I FLOPs for each byte it moves is done at min(peak, I x bandwidth) at best. Where both
meet lies the ridge: left of it the memory limits, right of it the arithmetic. Peak and bandwidth are
measured: they are the best matrix product and the best copy that any engine here has shown. A
workload's I is that of its network's description: the FLOPs of a training step over the least bytes
that it must move. An engine that moves more stands further left in truth, and one whose data stays in a
cache may stand above the slope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from laptime.frozen import Frozen
from laptime.summary import Summary


class Place(NamedTuple):
    """Whose roofs they are."""

    machine_key: str
    device: str
    precision: str


class Roofs(Frozen, frozen=True, kw_only=True):
    """What a device reached at best."""

    peak_gflop_per_s: float
    gb_per_s: float


class Point(Frozen, frozen=True, kw_only=True):
    """A workload, as fast as it was trained."""

    id: str
    workload: str
    engine: str
    setup: str
    flop_per_byte: float
    """Of a training step, over the least bytes that it must move."""
    gflop_per_s: float
    roof_share: float
    """Of what the roofs allow at this intensity; above 1 where a cache serves what memory need not."""


class Roofline(Frozen, frozen=True, kw_only=True):
    """The roofs of one device in one precision, and what stands under them."""

    machine_key: str
    device: str
    precision: str
    peak_gflop_per_s: float
    gb_per_s: float
    ridge_flop_per_byte: float
    points: tuple[Point, ...]

    def allowed(self, flop_per_byte: float) -> float:
        """GFLOP/s that the roofs allow at an intensity."""
        return min(self.peak_gflop_per_s, flop_per_byte * self.gb_per_s)


def rooflines(
    summaries: Sequence[Summary], probed: Mapping[Place, Roofs] | None = None
) -> tuple[Roofline, ...]:
    """One for each machine, device and precision whose two roofs are known.

    Args:
        summaries: of any machines; those without figures stand nowhere.
        probed: roofs that were measured by themselves (`laptime probe`).
    """
    found: dict[Place, list[Summary]] = {}
    for summary in summaries:
        if summary.evidence.gflop_per_s and summary.evidence.gb_per_s:
            found.setdefault(_place(summary), []).append(summary)
    lines = []
    for place, ours in found.items():
        known = [*filter(None, map(_seen, ours))]
        if probed and place in probed:
            known.append(probed[place])
        if known:
            lines.append(_line(place, ours, known))
    return tuple(lines)


def _place(summary: Summary) -> Place:
    return Place(summary.machine_key, summary.device, summary.precision)


def _seen(summary: Summary) -> Roofs | None:
    """The roofs that were measured right beside a training."""
    seen = summary.evidence
    if not (seen.gflop_per_s and seen.compute_share and seen.gb_per_s and seen.memory_share):
        return None
    return Roofs(
        peak_gflop_per_s=seen.gflop_per_s / seen.compute_share,
        gb_per_s=seen.gb_per_s / seen.memory_share,
    )


def _line(place: Place, summaries: Iterable[Summary], known: Sequence[Roofs]) -> Roofline:
    peak = max(roofs.peak_gflop_per_s for roofs in known)
    bandwidth = max(roofs.gb_per_s for roofs in known)
    bare = Roofline(
        machine_key=place.machine_key,
        device=place.device,
        precision=place.precision,
        peak_gflop_per_s=peak,
        gb_per_s=bandwidth,
        ridge_flop_per_byte=peak / bandwidth,
        points=(),
    )
    return replace(bare, points=tuple(_point(bare, summary) for summary in summaries))


def _point(line: Roofline, summary: Summary) -> Point:
    speed = summary.evidence.gflop_per_s or 0.0
    intensity = speed / (summary.evidence.gb_per_s or 1.0)
    return Point(
        id=summary.id,
        workload=summary.workload,
        engine=summary.engine,
        setup=summary.setup,
        flop_per_byte=intensity,
        gflop_per_s=speed,
        roof_share=speed / line.allowed(intensity),
    )
