"""What a probe writes down: frozen, versioned, the raw times beside the figures.

Format history:
    1  first (laptime 0.1)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from laptime import versioned
from laptime.frozen import Frozen
from laptime.probes.table import Unit, figure, kind_of
from laptime.record import Count, Machine, Outcome, Positive
from laptime.stats import median

FORMAT = 1

Threads = Literal["one", "all"]


class Trial(Frozen, frozen=True):
    """Calls of a kernel that were waited for once, at their end."""

    round: Count
    """1 for the first pass over everything, 2 for the second."""
    calls: Count
    wall_s: Positive
    cpu_s: float
    """Processor seconds of the process meanwhile, all threads."""

    @property
    def call_s(self) -> float:
        """Seconds of one call."""
        return self.wall_s / self.calls


class Row(Frozen, frozen=True):
    """One kind of kernel, by one engine, on one device."""

    kind: str
    engine: str
    """Key of an engine; 'numpy' and 'simplejpeg' on the processor alone."""
    device: str
    precision: str
    threads: Threads
    """'one': on one core of the processor. 'all': on all of them, and on any other device."""
    outcome: Outcome
    """'unsupported' where the engine has no such kernel. One that failed in the second round keeps
    its figure, and counts in no score."""
    message: str | None
    """One clean line for anything but 'ok'."""
    size: int | None
    """The one that was fastest, as `laptime.probes.table` means it."""
    gflop_per_s: Positive | None
    gb_per_s: Positive | None
    """Gigabytes (1,000,000,000 bytes) per second."""
    latency_us: Positive | None
    """Microseconds of one call."""
    images_per_s: Positive | None
    spread: float | None
    """By which share the median trial took longer than the fastest; None for fewer than two."""
    trials: tuple[Trial, ...]
    """Of that size."""

    @property
    def unit(self) -> Unit:
        """The one of its figures that is not None where it was measured."""
        return kind_of(self.kind).unit

    @property
    def value(self) -> float | None:
        """That figure; None where it was not measured."""
        found: float | None = getattr(self, self.unit)
        return found

    @property
    def cores(self) -> float | None:
        """Processor seconds per second of its trials; None where it was not measured."""
        wall_s = sum(each.wall_s for each in self.trials)
        return sum(each.cpu_s for each in self.trials) / wall_s if wall_s else None


class LibraryUsed(Frozen, frozen=True):
    """A library for linear algebra or threads that a worker had loaded after its last kernel."""

    engine: str
    threads: Threads
    api: str
    """'blas' or 'openmp'."""
    name: str
    """'openblas', 'mkl', 'blis' ..."""
    file: str
    """Its name, without its folder."""
    version: str | None
    architecture: str | None
    """For which processor the code it chose was written: 'Zen'. None where it does not tell."""
    threading: str | None
    thread_count: int


class Probe(Frozen, frozen=True):
    """One `laptime probe`."""

    format: int
    id: str
    created: str
    """UTC, ISO 8601, to the second."""
    laptime: str
    outcome: Literal["ok", "interrupted"]
    """'ok' where everything that was asked for was tried, whatever came of it."""
    wall_s: Positive
    machine: Machine
    rows: tuple[Row, ...]
    libraries: tuple[LibraryUsed, ...]
    device_names: dict[str, str]
    """Device -> what its vendor calls it, where somebody told."""
    versions: dict[str, dict[str, str]]
    """Engine -> module -> version."""
    builds: dict[str, dict[str, str]]
    """Engine -> what it says itself of the libraries below it."""
    environment: dict[str, str]
    """Variables of the user's that may change which code computes, or on how many threads."""


def row_of(
    *,
    kind: str,
    engine: str,
    device: str,
    precision: str,
    threads: Threads,
    size: int,
    trials: Sequence[Trial],
) -> Row:
    """A row that was measured; its figures computed from its trials.

    Raises:
        ValueError: no trials.
        UnknownNameError: no such kind.
    """
    known = kind_of(kind)
    calls_s = [each.call_s for each in trials]
    fastest_s = min(calls_s)
    figures: dict[str, float | None] = dict.fromkeys(
        ("gflop_per_s", "gb_per_s", "latency_us", "images_per_s")
    )
    figures[known.unit] = figure(known, size=size, call_s=fastest_s)
    return Row(
        kind=kind,
        engine=engine,
        device=device,
        precision=precision,
        threads=threads,
        outcome="ok",
        message=None,
        size=size,
        spread=median(calls_s) / fastest_s - 1 if len(calls_s) > 1 else None,
        trials=tuple(trials),
        **figures,
    )


def missing_row(
    *,
    kind: str,
    engine: str,
    device: str,
    precision: str,
    threads: Threads,
    outcome: Outcome,
    message: str,
) -> Row:
    """A row of something that could not be measured."""
    return Row(
        kind=kind,
        engine=engine,
        device=device,
        precision=precision,
        threads=threads,
        outcome=outcome,
        message=message,
        size=None,
        gflop_per_s=None,
        gb_per_s=None,
        latency_us=None,
        images_per_s=None,
        spread=None,
        trials=(),
    )


def encode(probe: Probe) -> bytes:
    """As indented JSON text in UTF-8, with a newline at its end."""
    return versioned.encode(probe)


def decode(text: bytes) -> Probe:
    """Read one back.

    Raises:
        RecordError: damaged, no record of a probe, or written by a newer laptime.
    """
    return versioned.decode(text, Probe, called="probe", newest=FORMAT)
