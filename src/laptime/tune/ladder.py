"""From the setup that a user writes first to the winner, one option at a time in order of gain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

import msgspec

from laptime.engines import Option
from laptime.tune.field import Field
from laptime.tune.ratios import Ratio, ratio
from laptime.tune.space import Candidate, Key, Space

ROUNDS = 9
FEWEST_ROUNDS = 3


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the ladder."""

    key: Key
    changes: dict[str, Option]
    """What was changed since the step before; empty for the first."""
    samples_per_s: float
    """Median of the ladder's rounds."""
    gain: Ratio | None
    """Over the step before, from the same rounds; None for the first."""
    to_plain: Ratio | None
    """Over the first."""


def climb(
    field: Field,
    space: Space,
    *,
    winner: Candidate,
    capacity: int,
    has_time: Callable[[float], bool],
) -> tuple[Rung, ...]:
    """Hold every step and visit them in turns; empty where the first setup cannot be measured.

    Where memory or time does not hold them all, the smallest gains share the last step.

    Args:
        field: the winner is held.
        space: the winner's engine.
        winner: where the ladder ends.
        capacity: how many workers may be held at once.
        has_time: whether so many seconds are left.
    """
    plain = space.named(space.first, winner.precision)
    steps = _steps(field, space, plain=plain, winner=winner)
    room = min(capacity - 2, len(steps) - 1)
    while room > 0 and not has_time(_cost_s(field, space, starts=room + 1)):
        room -= 1
    inner = steps[: max(room, 0)]
    path = [plain, *inner, winner]
    wanted = {field.identity(step.key) for step in path}
    for key in [key for key in field.held if key not in wanted]:
        field.retire(key)
    if not all(field.start(end) for end in (plain, winner)):
        return ()
    held = [plain, *(step for step in inner if field.start(step)), winner]
    began = len(field.rounds)
    for number in range(ROUNDS):
        if number < FEWEST_ROUNDS or has_time(field.round_s()):
            field.round()
    return _rungs(field, held, field.rounds[began:], names=_effective(field, space, plain, winner))


def _steps(field: Field, space: Space, *, plain: Candidate, winner: Candidate) -> list[Candidate]:
    """Every option on the way, that first whose loss costs the winner most."""
    names = _effective(field, space, plain, winner)
    names.sort(key=lambda name: -_worth(field, space, winner, plain, name))
    found, options = [], dict(plain.options)
    for name in names:
        options[name] = winner.options[name]
        found.append(space.candidate(options, winner.precision))
    return found


def _effective(field: Field, space: Space, plain: Candidate, winner: Candidate) -> list[str]:
    """Options in which they differ, without those that have no effect on this workload."""
    used = field.standings[field.identity(winner.key)].used
    return [
        name
        for name, value in winner.options.items()
        if value != plain.options[name] and (name in used or name in space.by_environment)
    ]


def _worth(field: Field, space: Space, winner: Candidate, plain: Candidate, name: str) -> float:
    """The winner's speed over its speed without the option; 1 where that was not tried."""
    without = space.candidate({**winner.options, name: plain.options[name]}, winner.precision)
    slower, best = field.speed(without.key), field.speed(winner.key)
    return best / slower if slower and best else 1.0


def _cost_s(field: Field, space: Space, *, starts: int) -> float:
    visits_s = FEWEST_ROUNDS * field.round_s(more=starts)
    return starts * field.start_s(space.engine) + visits_s


def _rungs(
    field: Field,
    path: Sequence[Candidate],
    rounds: Sequence[dict[Key, float]],
    *,
    names: Sequence[str],
) -> tuple[Rung, ...]:
    """What each step on the path gained; one that failed or is none of its own shares the next."""
    found: list[Rung] = []
    first = before = path[0]
    for step in path:
        key = field.identity(step.key)
        speeds = [each[key] for each in rounds if key in each]
        if not speeds or (found and key == found[-1].key):
            continue
        known = field.identity(before.key), field.identity(first.key)
        found.append(
            Rung(
                key=key,
                changes={n: step.options[n] for n in names if step.options[n] != before.options[n]},
                samples_per_s=median(speeds),
                gain=ratio(rounds, key, known[0]) if found else None,
                to_plain=ratio(rounds, key, known[1]) if found else None,
            )
        )
        before = step
    return tuple(found)
