"""What was heard so far of each kernel: its trials at each size, or what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from laptime.probes.record import Row, Threads, Trial, missing_row, row_of
from laptime.probes.table import Kind, figure, is_smaller_better, kinds_for, sizes_of
from laptime.record import Outcome
from laptime.runner.bursts import Burst
from laptime.runner.host import HOST

WORSE = 0.98
"""A size that reaches less than this share of the last one's figure is the last that is tried."""
LONG_S = 0.5
"""A size whose call would take longer is not tried."""


class Station(NamedTuple):
    """A worker that is visited once in each round."""

    engine: str
    threads: Threads

    @property
    def is_host(self) -> bool:
        """Whether it is no engine."""
        return self.engine in HOST


class Place(NamedTuple):
    """What tells a row from the others."""

    station: Station
    kind: Kind
    device: str
    precision: str


class Cell:
    """A kernel at a place.

    Args:
        place: which.
        threads: in how many the processor's own kernels are done.
    """

    def __init__(self, place: Place, *, threads: int) -> None:
        self.place = place
        self._sizes = sizes_of(place.kind, threads=threads)
        self._trials: dict[int, list[Trial]] = {}
        self._failure: tuple[Outcome, str] | None = None

    @property
    def is_measured(self) -> bool:
        """Whether there is a figure, and nothing failed since."""
        return bool(self._trials) and self._failure is None

    def next_size(self) -> int | None:
        """The one to try next in the first round; None where a larger one is not worth it."""
        tried = list(self._trials)
        if self._failure is not None or len(tried) == len(self._sizes):
            return None
        if not tried:
            return self._sizes[0]
        following = self._sizes[len(tried)]
        last = tried[-1]
        work = self.place.kind.work
        expected_s = self._call_s(last) * work(following) / work(last)
        is_slower = len(tried) > 1 and self._gain(tried[-2], last) < WORSE
        return None if is_slower or expected_s > LONG_S else following

    def _call_s(self, size: int) -> float:
        return min(each.call_s for each in self._trials[size])

    def _gain(self, before: int, after: int) -> float:
        work = self.place.kind.work
        return (work(after) / self._call_s(after)) / (work(before) / self._call_s(before))

    @property
    def best_size(self) -> int | None:
        """The one that was fastest; None where nothing was measured."""
        kind = self.place.kind
        choose = min if is_smaller_better(kind.unit) else max
        speeds = {size: figure(kind, size=size, call_s=self._call_s(size)) for size in self._trials}
        return choose(speeds, key=lambda size: speeds[size], default=None)

    def take(self, bursts: Sequence[Burst], *, size: int, round_number: int) -> None:
        """What was measured."""
        self._trials.setdefault(size, []).extend(
            Trial(round=round_number, calls=each.calls, wall_s=each.wall_s, cpu_s=each.cpu_s)
            for each in bursts
        )

    def fail(self, outcome: Outcome, message: str) -> None:
        """It cannot be measured; a figure that was there before stays, and counts in no score."""
        self._failure = outcome, message

    def row(self) -> Row | None:
        """For the record; None where it was not tried."""
        station, kind, device, precision = self.place
        size = self.best_size
        if size is not None:
            row = row_of(
                kind=kind.name,
                engine=station.engine,
                device=device,
                precision=precision,
                threads=station.threads,
                size=size,
                trials=self._trials[size],
            )
            if self._failure is None:
                return row
            outcome, message = self._failure
            return structs.replace(row, outcome=outcome, message=message)
        if self._failure is None:
            return None
        outcome, message = self._failure
        return missing_row(
            kind=kind.name,
            engine=station.engine,
            device=device,
            precision=precision,
            threads=station.threads,
            outcome=outcome,
            message=message,
        )


def places(station: Station, *, device: str, precisions: Sequence[str]) -> list[Place]:
    """All that is measured on a device.

    Args:
        station: by whom.
        device: where.
        precisions: that the engine has.
    """
    kinds = kinds_for(station.engine, is_host=station.is_host, on_processor=device == "cpu")
    return [
        Place(station, kind, device, precision)
        for kind in kinds
        for precision in kind.precisions
        if precision in precisions
    ]
