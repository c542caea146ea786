"""What a machine's figure for a workload is of; only figures of one basis are set beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from laptime.consumption import Consumption
from laptime.frozen import Frozen
from laptime.published import Published
from laptime.ranking import KNOWN, describe
from laptime.stats import geometric_mean


class Basis(Frozen, frozen=True, kw_only=True):
    """What was done and what was timed. Speeds of one basis may be divided by each other."""

    workload: str
    quantity: str
    """As of a published figure."""
    startup: bool
    validation: bool
    epochs: int
    """0 where it plays no part."""
    base: str | None = None
    """The machine to which a published ratio is relative: only the ratio is known."""
    work_key: str | None = None
    """Of records of the user's, which are also compared among each other."""
    program: str | None = None
    """Another program than laptime, by whose times exports are compared: orientation only."""

    @property
    def words(self) -> str:
        """What was timed."""
        if self.base is not None:
            return f"ratios to {self.base}, as its author gives them"
        if self.program is not None:
            return f"exports by {self.program}: another program, so for orientation only (grade D)"
        told = describe((self.quantity, self.startup, self.validation, self.epochs))
        return told if self.work_key is None else f"{told}, as your own records have it"

    @property
    def is_orientation(self) -> bool:
        """Whether another program was timed than any of ours."""
        return self.program is not None

    @property
    def rank(self) -> tuple[int, str]:
        """By which one basis is preferred to another that as many machines have."""
        kinds = (self.program, self.work_key, self.base)
        return sum(2**place for place, kind in enumerate(kinds) if kind is not None), repr(self)


class Figure(Frozen, frozen=True, kw_only=True):
    """How fast a machine is, on one basis."""

    basis: Basis
    speed: float
    """1 / seconds, or the published ratio: only its relation to another of the same basis counts."""
    seconds: float | None
    """Of the basis; None of a ratio."""
    low_s: float | None = None
    high_s: float | None = None
    """Around ours; a published figure is told without a spread."""
    epoch_s: float | None = None
    """Start-up spread over the epochs, where it is inside."""
    runs: int
    """Published runs of which it is the geometric mean; of ours, processes."""
    repeats_differ: float | None = None
    """Slowest over fastest of them less one; None of a single run."""
    grade: str | None
    """Of the published figure; None for ours."""
    is_estimate: bool = False
    way: str
    """The framework, or for ours engine, device, setup and precision."""
    sources: tuple[str, ...] = ()
    id: str | None = None
    """Of our result."""
    energy: tuple[Consumption, ...] = ()
    """Of our result, by place and origin."""
    flags: tuple[str, ...] = ()
    """Names of the reasons not to take our result at face value."""

    @property
    def span(self) -> float | None:
        """Share by which this machine alone may differ from itself: its repeats, or our band."""
        if self.low_s and self.high_s:
            return self.high_s / self.low_s - 1
        return self.repeats_differ


class LeftOut(Frozen, frozen=True, kw_only=True):
    """A figure that is there and may not be used, and why."""

    workload: str
    reason: str


def of_published(row: Published) -> Figure | LeftOut | None:
    """A figure of a published row; why it cannot be one; None where it never was about speed."""
    if row.kind not in ("time", "speedup", "rank"):
        return None
    if row.kind == "time" and row.workload.startswith("video-export-") and row.value:
        return _figure(row, _basis(row, program=row.framework), 1 / row.value, row.value)
    if row.deviation:
        return LeftOut(workload=row.workload, reason=f"other work: {row.deviation}")
    if row.grade == "D" or row.kind == "rank" or not row.value:
        return LeftOut(workload=row.workload, reason=row.grade_reason)
    if row.kind == "speedup":
        return _figure(row, _basis(row, base=row.base), row.value, None)
    if row.startup not in KNOWN or row.validation not in KNOWN or not row.epochs:
        return LeftOut(workload=row.workload, reason="it is not told what was timed")
    return _figure(row, _basis(row), 1 / row.value, row.value)


def bases(workload: str, rows: Sequence[Published]) -> list[Basis]:
    """Every basis on which somebody published seconds of a workload of ours."""
    found = [of_published(row) for row in rows if row.workload == workload]
    told = [each.basis for each in found if isinstance(each, Figure) and each.seconds is not None]
    return list(dict.fromkeys(basis for basis in told if not basis.is_orientation))


def _basis(row: Published, *, base: str | None = None, program: str | None = None) -> Basis:
    is_timed = base is None and program is None
    return Basis(
        workload=row.workload,
        quantity=row.quantity,
        startup=is_timed and KNOWN[row.startup],
        validation=is_timed and KNOWN[row.validation],
        epochs=(row.epochs or 0) if is_timed else 0,
        base=base,
        program=program,
    )


def _figure(row: Published, basis: Basis, speed: float, seconds: float | None) -> Figure:
    return Figure(
        basis=basis,
        speed=speed,
        seconds=seconds,
        epoch_s=None if basis.is_orientation else row.epoch_s,
        runs=1,
        grade=row.grade,
        way=row.framework,
        sources=(row.source,),
    )


def merged(found: Sequence[Figure]) -> Figure:
    """Repeats of one basis as one figure: their geometric mean, and by how much they differ.

    Args:
        found: at least one, all of one basis.
    """
    if len(found) == 1:
        return found[0]
    speeds = sorted(each.speed for each in found)
    seconds = [each.seconds for each in found if each.seconds is not None]
    epochs = [each.epoch_s for each in found if each.epoch_s is not None]
    return Figure(
        basis=found[0].basis,
        speed=math.exp(math.fsum(map(math.log, speeds)) / len(speeds)),
        seconds=geometric_mean(sorted(seconds)) if seconds else None,
        epoch_s=geometric_mean(sorted(epochs)) if epochs else None,
        runs=len(found),
        repeats_differ=speeds[-1] / speeds[0] - 1,
        grade=max(each.grade or "" for each in found) or None,
        way=" / ".join(sorted({each.way for each in found})),
        sources=tuple(sorted({source for each in found for source in each.sources})),
    )
