"""Three figures out of all: how this machine compares with a frozen one, which has 1,000.

A score is the geometric mean of ratios, one for each kind, in float32, each the fastest that any
engine reached. All kinds must be there: a mean over fewer would be another figure of the same name.
The frozen machine has no accelerator; the score 'accelerator' is held against its whole processor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from laptime.errors import EnvironmentUnfitError
from laptime.probes.record import Probe, Row, Threads, Trial
from laptime.probes.saved import load
from laptime.probes.table import KINDS, Kind, figure, is_smaller_better, kind_of
from laptime.stats import geometric_mean

REFERENCE = Path(__file__).with_name("reference.json")
POINTS = 1000
PRECISION = "float32"

Name = Literal["single_core", "multi_core", "accelerator"]
NAMES: tuple[Name, ...] = ("single_core", "multi_core", "accelerator")


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three."""

    name: Name
    score: float | None
    """1,000 for the frozen machine, 2,000 for one twice as fast. None where a kind is missing."""
    spread: float | None
    """By which share the better of the two rounds lies above the other; None without two."""
    kinds: int
    """Ratios in it."""
    missing: tuple[str, ...] = ()
    """Kinds that no engine could do; no score is computed without them."""


@cache
def reference() -> Probe:
    """The frozen machine's own probe.

    Raises:
        EnvironmentUnfitError: it is not there.
        RecordError: it is damaged.
    """
    if not REFERENCE.exists():
        raise EnvironmentUnfitError(
            f"laptime lacks {REFERENCE.name}, against which its scores are held; install it again"
        )
    return load(REFERENCE)


def scores(probe: Probe, *, frozen: Probe) -> tuple[Score, ...]:
    """All three.

    Args:
        probe: of this machine.
        frozen: of the one that has 1,000.
    """
    return tuple(_score(name, probe, frozen) for name in NAMES)


def _score(name: Name, probe: Probe, frozen: Probe) -> Score:
    wanted = _wanted(name)
    bases = best(_rows(_base(name), frozen.rows))
    mine = list(_rows(name, probe.rows))
    found = best(mine)
    missing = tuple(kind.name for kind in wanted if kind.name not in found)
    missing += tuple(f"{kind.name} (frozen)" for kind in wanted if kind.name not in bases)
    if missing:
        return Score(name=name, score=None, spread=None, kinds=0, missing=missing)
    rounds = [_mean(best(mine, round=number), bases, wanted) for number in (1, 2)]
    known = [each for each in rounds if each is not None]
    return Score(
        name=name,
        score=_mean(found, bases, wanted),
        spread=max(known) / min(known) - 1 if len(known) > 1 else None,
        kinds=len(wanted),
    )


def _wanted(name: Name) -> list[Kind]:
    """Kinds that count: those that every machine has; what a processor alone does in its own scores."""
    return [
        kind for kind in KINDS if not kind.is_device_own and not (kind.of and name == "accelerator")
    ]


def _base(name: Name) -> Name:
    return "multi_core" if name == "accelerator" else name


def _rows(name: Name, rows: Iterable[Row]) -> Iterable[Row]:
    threads: Threads = "one" if name == "single_core" else "all"
    for row in rows:
        is_meant = (row.device == "cpu") == (name != "accelerator") and row.threads == threads
        if is_meant and row.precision == PRECISION and row.outcome == "ok":
            yield row


def best(rows: Iterable[Row], *, round: int | None = None) -> dict[str, float]:  # noqa: A002 - its name
    """Kind -> the best figure that any row reached, in one round or in all."""
    found: dict[str, float] = {}
    for row in rows:
        value = _value(row, [t for t in row.trials if round in (None, t.round)])
        if value is not None:
            choose = min if is_smaller_better(row.unit) else max
            found[row.kind] = choose(value, found.get(row.kind, value))
    return found


def _value(row: Row, trials: list[Trial]) -> float | None:
    if not trials or row.size is None:
        return None
    fastest_s = min(each.call_s for each in trials)
    return figure(kind_of(row.kind), size=row.size, call_s=fastest_s)


def _mean(
    found: Mapping[str, float], bases: Mapping[str, float], wanted: list[Kind]
) -> float | None:
    if any(kind.name not in found for kind in wanted):
        return None
    return POINTS * geometric_mean([ratio(k, found[k.name], bases[k.name]) for k in wanted])


def ratio(kind: Kind, value: float, base: float) -> float:
    """How many times as fast as the base a figure is."""
    return base / value if is_smaller_better(kind.unit) else value / base
