"""What sensors told over time: samples as they came, and the smaller form that is written down.

Samples carry nanoseconds of `perf_counter`, which is one clock for all processes of a machine (so the
documentation of Python's `time`); the worker's blocks count seconds on the same clock from the
worker's own zero. So nothing is exchanged but that zero: `zero_ns` below.

A record stays small: a log has at most `MOST_BINS` equal bins, each with the mean, the least and the
most of its samples, five digits each. Bins without a sample hold None: nothing was measured then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from laptime.frozen import Frozen

Scope = Literal["gpu_board", "gpu_socket", "soc", "cpu_package", "dram", "system"]
"""Whose power or energy it is: a graphics board with its memory and fans, the graphics processor's
socket alone, a system on a chip, a processor's socket, memory modules, the whole computer."""
Origin = Literal["measured", "estimated"]

MOST_BINS = 60
"""Bins of a stored series at most."""
BIN_WIDTHS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""The first of these with which a log has few enough bins; whole hours after that."""
DIGITS = 5


class Quantity(Frozen, frozen=True):
    """One thing that a sensor can tell."""

    name: str
    """Its unit is the end of the name: 'power_w', 'used_bytes', 'busy_share'."""
    part: str | None = None
    """'gpu 0', 'core 3', 'package-0'; None for the whole computer."""
    scope: Scope | None = None
    """Of power and energy; None for everything else."""
    origin: Origin = "measured"
    basis: str | None = None
    """What an estimate rests on; None for what is measured."""
    is_counter: bool = False
    """Whether it only ever grows, so that differences are what counts."""
    renewed_s: float | None = None
    """How often its source has a new value; None where nobody says."""

    @property
    def key(self) -> str:
        """'power_w of gpu 0', 'others_cores'."""
        return f"{self.name} of {self.part}" if self.part else self.name


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """What one sensor told, as it came. Lives in memory; a `Log` is what is written down."""

    sensor: str
    quantities: tuple[Quantity, ...] = ()
    times_ns: tuple[int, ...] = ()
    """Of `perf_counter`, in the middle of each reading."""
    rows: tuple[tuple[float | None, ...], ...] = ()
    """A row for each time, a value for each quantity; None where it was not asked or not told."""
    missing: dict[str, str] = {}
    """Quantity that this sensor has elsewhere -> why not here."""
    refused: dict[str, str] = {}
    """Quantity -> how many of its values were not believed, and why."""
    facts: dict[str, float] = {}
    """What does not change and belongs beside the values: 'default_frequency_hz of gpu 0'."""
    ended: str | None = None
    """Why it told nothing any more, or nothing at all; None for one that went on to the end."""
    cpu_s: float = 0.0
    """Processor time that its readings took."""

    def track(self, quantity: Quantity, *, zero_ns: int = 0) -> Track:
        """The values of one quantity that are there, with their times."""
        column = self.quantities.index(quantity)
        told = [
            ((time_ns - zero_ns) / 1e9, value)
            for time_ns, row in zip(self.times_ns, self.rows, strict=True)
            if (value := row[column]) is not None
        ]
        return Track(quantity, tuple(t for t, _ in told), tuple(v for _, v in told))


class Track(NamedTuple):
    """One quantity over time."""

    quantity: Quantity
    times_s: tuple[float, ...]
    values: tuple[float, ...]


class Series(Frozen, frozen=True):
    """One quantity in the bins of its log."""

    quantity: Quantity
    means: tuple[float | None, ...]
    """Of a counter: its last value in each bin, counted from its first one of all."""
    least: tuple[float | None, ...] = ()
    """Empty where each bin has one value, or equal ones; and for counters."""
    most: tuple[float | None, ...] = ()
    refused: str | None = None
    """How many values were not believed, and why."""


class Log(Frozen, frozen=True):
    """What one sensor told beside a training, in equal bins of the worker's clock."""

    sensor: str
    bin_s: float
    first_bin: int
    """Bin k lies from k * bin_s to (k + 1) * bin_s, in the seconds of `Block.started_s`; the first
    may be negative: before the worker's clock started."""
    samples: int
    """Readings that it was made from."""
    series: tuple[Series, ...]
    missing: dict[str, str]
    """Quantity that this sensor has elsewhere -> why not here."""
    facts: dict[str, float]
    """What does not change and belongs beside the values: 'default_frequency_hz of gpu 0'."""
    ended: str | None
    """Why it told nothing any more, or nothing at all; None for one that went on to the end."""
    cpu_s: float
    """Processor time that its readings took."""


def joined(parts: Iterable[Samples]) -> Samples:
    """The samples of one sensor over several visits, in the order of time.

    Quantities are matched by their key; the last word on what is missing or ended counts.

    Raises:
        ValueError: no parts, or those of different sensors.
    """
    found = sorted(parts, key=lambda each: each.times_ns[:1])
    if len({each.sensor for each in found}) != 1:
        raise ValueError("only the samples of one sensor can be joined")
    quantities = {q.key: q for each in found for q in each.quantities}
    rows: list[tuple[float | None, ...]] = []
    for each in found:
        columns = {q.key: k for k, q in enumerate(each.quantities)}
        places = [columns.get(key) for key in quantities]
        rows += [tuple(None if k is None else row[k] for k in places) for row in each.rows]
    return Samples(
        sensor=found[0].sensor,
        quantities=tuple(quantities.values()),
        times_ns=tuple(time_ns for each in found for time_ns in each.times_ns),
        rows=tuple(rows),
        missing=found[-1].missing,
        facts=found[-1].facts,
        refused={key: why for each in found for key, why in each.refused.items()},
        ended=found[-1].ended,
        cpu_s=sum(each.cpu_s for each in found),
    )


def log(samples: Samples, *, zero_ns: int) -> Log:
    """The form that is written down.

    Args:
        samples: of one sensor, in the order of time.
        zero_ns: where the worker's clock started, in nanoseconds of `perf_counter`.
    """
    times_s = [(time_ns - zero_ns) / 1e9 for time_ns in samples.times_ns]
    bin_s = bin_width(times_s)
    bins = [math.floor(time_s / bin_s) for time_s in times_s]
    series = [_series(samples, column, bins) for column in range(len(samples.quantities))]
    return Log(
        sensor=samples.sensor,
        bin_s=bin_s,
        first_bin=min(bins, default=0),
        samples=len(times_s),
        series=tuple(
            each for each in series if each.refused or any(m is not None for m in each.means)
        ),
        missing=samples.missing,
        facts=samples.facts,
        ended=samples.ended,
        cpu_s=round(samples.cpu_s, 6),
    )


def bin_width(times_s: Sequence[float]) -> float:
    """Seconds of a bin, so that these times fill at most `MOST_BINS` of them."""
    first, last = min(times_s, default=0.0), max(times_s, default=0.0)
    hours = math.ceil((last - first) / 3600 / (MOST_BINS - 1)) * 3600.0
    for width in (*BIN_WIDTHS_S, hours, hours + 3600.0):
        if math.floor(last / width) - math.floor(first / width) < MOST_BINS:
            return width
    raise AssertionError("an hour more than its share holds every time")


def _series(samples: Samples, column: int, bins: Sequence[int]) -> Series:
    quantity = samples.quantities[column]
    start, count = min(bins, default=0), max(bins, default=-1) - min(bins, default=0) + 1
    held: list[list[float]] = [[] for _ in range(count)]
    for place, row in zip(bins, samples.rows, strict=True):
        if (value := row[column]) is not None:
            held[place - start].append(value)
    refused = samples.refused.get(quantity.key)
    if quantity.is_counter:
        first = next((values[0] for values in held if values), 0.0)
        rises = tuple(_short(values[-1] - first) if values else None for values in held)
        return Series(quantity=quantity, means=rises, refused=refused)
    means = tuple(_short(math.fsum(v) / len(v)) if v else None for v in held)
    least = tuple(_short(min(values)) if values else None for values in held)
    most = tuple(_short(max(values)) if values else None for values in held)
    if least == most:
        return Series(quantity=quantity, means=means, refused=refused)
    return Series(quantity=quantity, means=means, least=least, most=most, refused=refused)


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
