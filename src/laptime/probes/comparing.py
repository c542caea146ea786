"""Two probes side by side: their scores, and every kind of kernel in every place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from laptime.frozen import Frozen
from laptime.probes.flags import NOISY_SHARE
from laptime.probes.record import Probe, Row
from laptime.probes.scores import Name, Score, ratio, scores
from laptime.probes.table import KINDS, Unit, is_smaller_better
from laptime.stats import Word, verdict
from laptime.summary import machine_key

ACCELERATOR = "accelerator"


class ScoreCompared(Frozen, frozen=True, kw_only=True):
    """One of the three scores of both."""

    name: Name
    baseline: float
    score: float
    speed_ratio: float
    """Of the other over the baseline's: 1.2 is 20 % faster."""
    ratio_low: float | None
    ratio_high: float | None
    """As far as the rounds of both lay apart: a band, and no interval. None where one has no two."""
    verdict: Word


class KindCompared(Frozen, frozen=True, kw_only=True):
    """The best that any engine reached, in both."""

    kind: str
    place: str
    """'one core', 'all cores' or 'accelerator'."""
    precision: str
    unit: Unit
    baseline: float
    baseline_engine: str
    value: float
    engine: str
    speed_ratio: float


class ProbesCompared(Frozen, frozen=True, kw_only=True):
    """A probe beside a baseline."""

    id: str
    comparable: bool
    reason: str | None
    """Why they cannot be compared."""
    scores: tuple[ScoreCompared, ...]
    kinds: tuple[KindCompared, ...]
    notes: tuple[str, ...]


def compare(baseline: Probe, other: Probe, *, frozen: Probe) -> ProbesCompared:
    """How a probe compares with a baseline.

    Args:
        baseline: the one that has 1.
        other: of the same machine or of another.
        frozen: against which scores are held.
    """
    kinds = tuple(_kinds(baseline.rows, other.rows))
    return ProbesCompared(
        id=other.id,
        comparable=bool(kinds),
        reason=None if kinds else "no kernel was measured in both",
        scores=tuple(_scores(scores(baseline, frozen=frozen), scores(other, frozen=frozen))),
        kinds=kinds,
        notes=tuple(_notes(baseline, other)),
    )


def _scores(baseline: Sequence[Score], other: Sequence[Score]) -> Iterator[ScoreCompared]:
    for before, after in zip(baseline, other, strict=True):
        if before.score is None or after.score is None:
            continue
        found = after.score / before.score
        low = high = None
        if before.spread is not None and after.spread is not None:
            apart = (1 + before.spread) * (1 + after.spread)
            low, high = found / apart, found * apart
        yield ScoreCompared(
            name=before.name,
            baseline=before.score,
            score=after.score,
            speed_ratio=found,
            ratio_low=low,
            ratio_high=high,
            verdict=verdict(found, low, high, margin=NOISY_SHARE, is_interval=False),
        )


def _kinds(baseline: Sequence[Row], other: Sequence[Row]) -> Iterator[KindCompared]:
    before, after = _best(baseline), _best(other)
    for kind in KINDS:
        for place, precision in dict.fromkeys(key[1:] for key in before if key[0] == kind.name):
            key = (kind.name, place, precision)
            if key in after:
                ours, base = after[key], before[key]
                yield KindCompared(
                    kind=kind.name,
                    place=place,
                    precision=precision,
                    unit=kind.unit,
                    baseline=base.value or 0.0,
                    baseline_engine=base.engine,
                    value=ours.value or 0.0,
                    engine=ours.engine,
                    speed_ratio=ratio(kind, ours.value or 0.0, base.value or 0.0),
                )


def _best(rows: Sequence[Row]) -> dict[tuple[str, str, str], Row]:
    """(kind, place, precision) -> the best row of any engine."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        if row.outcome != "ok" or not row.value:
            continue
        place = ACCELERATOR
        if row.device == "cpu":
            place = "one core" if row.threads == "one" else "all cores"
        key = (row.kind, place, row.precision)
        if key not in found or _is_better(row, found[key]):
            found[key] = row
    return found


def _is_better(row: Row, other: Row) -> bool:
    ours, theirs = row.value or 0.0, other.value or 0.0
    return ours < theirs if is_smaller_better(row.unit) else ours > theirs


def _notes(baseline: Probe, other: Probe) -> Iterator[str]:
    if baseline.id == other.id:
        yield "the baseline itself"
        return
    is_other = machine_key(baseline.machine) != machine_key(other.machine)
    yield "another machine" if is_other else "the same machine"
    if baseline.versions.keys() != other.versions.keys():
        yield "other engines: more of them can only make a score better"
    elif baseline.versions != other.versions:
        yield "other versions of the engines"
    for probe, which in ((baseline, "the baseline"), (other, "it")):
        if probe.environment:
            yield f"variables are set that may change what computes in {which}"
        if probe.outcome != "ok":
            yield f"{which} was interrupted"
