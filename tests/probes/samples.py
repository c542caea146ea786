"""Probes made of a few lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from laptime.probes.record import FORMAT, Probe, Row, Threads, Trial, row_of
from laptime.probes.table import KINDS, Kind
from tests.samples import MACHINE


def row(
    kind: str = "matmul",
    *,
    call_s: Iterable[float] = (0.010, 0.011),
    engine: str = "torch",
    device: str = "cpu",
    threads: Threads = "all",
    precision: str = "float32",
    size: int = 1024,
    cores: float = 1.0,
) -> Row:
    """A row whose rounds have one trial each."""
    return row_of(
        kind=kind,
        engine=engine,
        device=device,
        precision=precision,
        threads=threads,
        size=size,
        trials=[
            Trial(round=number, calls=2, wall_s=2 * each, cpu_s=2 * each * cores)
            for number, each in enumerate(call_s, start=1)
        ],
    )


def size_of(kind: Kind) -> int:
    return kind.sizes[0] if kind.sizes else 1


def all_rows(*, device: str = "cpu", faster: float = 1.0, second: float = 1.0) -> list[Row]:
    """Every kind that a device has, on one core and on all; the second round slower by a factor."""
    ways: tuple[Threads, ...] = ("one", "all") if device == "cpu" else ("all",)
    return [
        row(
            kind.name,
            call_s=(0.010 / faster, 0.010 / faster * second),
            engine=kind.of[0] if kind.of else "torch",
            device=device,
            threads=threads,
            size=size_of(kind),
        )
        for kind in KINDS
        for threads in ways
        if not (kind.is_device_own and device == "cpu") and not (kind.of and device != "cpu")
    ]


def probe(rows: Iterable[Row], **changes: Any) -> Probe:
    return Probe(
        **{
            "format": FORMAT,
            "id": "20261122-001905-probe-torch-auto-3f2a",
            "created": "2026-11-22T00:19:05+00:00",
            "laptime": "0.1.0",
            "outcome": "ok",
            "wall_s": 60.0,
            "machine": MACHINE,
            "rows": tuple(rows),
            "libraries": (),
            "device_names": {},
            "versions": {"torch": {"torch": "2.13.0"}},
            "builds": {},
            "environment": {},
            **changes,
        }
    )
