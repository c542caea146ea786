"""Numbers that other people published, as data with provenance.

`articles.csv` holds all 56 figures of the five articles; `community.csv` holds 18 of the 328 that
were collected from the same authors' repositories and from readers. Left out of those: 298 that
train another network or other data than any workload of ours (ResNet50, DistilBERT, LeNet5, VGG16
with batch-norm, random forests, time-to-accuracy races ...), and 12 that `articles.csv` holds.

How far a figure may be set beside one of ours is its grade:

    A  the same work, and the timed region is known from code
    B  the same work, but the network or the timed region is reconstructed
    C  only a ratio or a rank is known, or a deviation stands between (another optimizer or batch)
    D  another program, an unknown network, or a run that learned nothing: orientation only, never
       in one ranking with anything

Grades A and B are absolute times of the whole workload without any deviation. The author's timer
may or may not hold start-up and validation; both stand in columns, so that our own parts can be
summed to the same quantity. How to add a row: docs/published.md.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeVar

import msgspec

from laptime.errors import DataError

Grade = Literal["A", "B", "C", "D"]
Kind = Literal["time", "speedup", "rank", "idle_share", "utilisation", "outcome"]
Quantity = Literal["total", "epoch_mean", "epoch_mean_after_first", "other"]
Known = Literal["yes", "no", "unknown"]
Row = TypeVar("Row", bound=msgspec.Struct)


class Published(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure that somebody published; absent is None, as in the source."""

    workload: str
    """Key of ours, or a name of what was run where laptime has nothing like it."""
    machine: str
    chip: str | None
    gpu: str | None
    """As in `devices.csv` where its peak matters; None where the source does not tell."""
    memory_gb: int | None
    storage_gb: int | None
    neural_engine_cores: int | None
    price_usd: int | None
    framework: str
    batch_size: int | None
    epochs: int | None
    train_count: int | None
    """Images of one training epoch."""
    validation_count: int | None
    """Images of one validation."""
    kind: Kind
    """What sort of figure it is; only 'time' is absolute."""
    quantity: Quantity
    """What was timed: the whole run, the mean epoch, or the mean epoch without the first."""
    value: float | None
    """In `unit`; the middle where the source prints a range; None where it only uses words."""
    unit: Literal["s", "ratio", "rank"] | None
    epoch_mean_s: float | None
    """The author's own figure for one epoch, where he gives it beside the total."""
    base: str | None
    """What a speed-up is relative to."""
    printed: str
    """What the source prints."""
    printed_unit: Literal["s", "min", "m:s", "h:m:s", "x", "words"]
    """The unit that the source prints."""
    meant_unit: Literal["s"] | None
    """The unit that the figure is really in, where the printed one is a mistake."""
    timed_region: str | None
    """In the source's words, or ours for its code."""
    startup: Known
    """Whether making the network and waking the device is inside the time."""
    validation: Known
    """Whether a validation after every epoch is inside the time."""
    deviation: str | None
    """How the run differs from the workload."""
    grade: Grade
    grade_reason: str
    source: str
    note: str | None

    @property
    def total_s(self) -> float | None:
        """Seconds of all epochs; None where no time is told or the mean lacks the first epoch."""
        if self.kind != "time" or self.value is None:
            return None
        if self.quantity == "epoch_mean":
            return None if self.epochs is None else self.value * self.epochs
        return self.value if self.quantity == "total" else None

    @property
    def epoch_s(self) -> float | None:
        """Seconds of one epoch; start-up is spread over the epochs where the time holds it."""
        if self.kind != "time" or self.value is None:
            return None
        if self.quantity == "total":
            return None if self.epochs is None else self.value / self.epochs
        return None if self.quantity == "other" else self.value

    @property
    def samples_per_s_including_validation(self) -> float | None:
        """Training images per second of a time that also holds the validation (and maybe start-up).

        Lower than any pure training speed. None where validation is not known to be inside.
        """
        epoch_s = self.epoch_s
        if epoch_s is None or self.train_count is None or self.validation != "yes":
            return None
        return self.train_count / epoch_s


@cache
def rows() -> tuple[Published, ...]:
    """Every published figure, the articles' first, each in the order of its file.

    Raises:
        DataError: a row is not what `Published` says.
    """
    return (*table("articles.csv", Published), *table("community.csv", Published))


def of(workload: str) -> tuple[Published, ...]:
    """Every figure about a workload, of any grade; empty where nobody published one."""
    return tuple(row for row in rows() if row.workload == workload)


def comparable(workload: str) -> tuple[Published, ...]:
    """Absolute times of exactly this workload (grades A and B).

    Each still has its own timed region: `startup`, `validation` and `quantity` say which of our
    parts to sum before the two are set side by side.
    """
    return tuple(row for row in of(workload) if row.grade in "AB" and row.kind == "time")


def table(name: str, row_type: type[Row]) -> tuple[Row, ...]:
    """Rows of one of this room's files, strictly typed; an empty cell is None.

    Raises:
        DataError: a cell is missing, superfluous, or not of its type.
    """
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return parse(text, row_type, name=name)


def parse(text: str, row_type: type[Row], *, name: str) -> tuple[Row, ...]:
    """The same, of a text; `name` is what a message calls it.

    Raises:
        DataError: a cell is missing, superfluous, or not of its type.
    """
    reader = csv.DictReader(text.splitlines(), strict=True)
    try:
        return tuple(msgspec.convert(_present(cells), row_type, strict=False) for cells in reader)
    except (msgspec.ValidationError, csv.Error) as error:
        problem = f"{name} line {reader.line_num}: {error}; correct it (see docs/published.md)"
        raise DataError(problem) from error


def _present(cells: dict[str | Any, str | Any]) -> dict[str, str | None]:
    """Cells by column, None for an empty one.

    Raises:
        csv.Error: the line is too short or too long, which csv marks by a None.
    """
    if None in cells or None in cells.values():
        raise csv.Error("more or fewer cells than columns")
    return {column: cell or None for column, cell in cells.items()}
