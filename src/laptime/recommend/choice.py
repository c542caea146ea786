"""Who is beaten by nobody: the Pareto set of speed, price and power, and the steps in it.

What is not known of a machine counts as worst in every comparison: nobody gets credit for a price or
a power that nobody told. So 'beats' stays an order, and each machine outside the set is beaten by one
that is in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from laptime.frozen import Frozen


class Point(Frozen, frozen=True, kw_only=True):
    """A machine as three figures."""

    name: str
    speed: float
    """Relative to any common baseline."""
    price: float | None
    power_w: float | None


class Chosen(Frozen, frozen=True, kw_only=True):
    """The set, and by whom the others are beaten."""

    members: tuple[Point, ...]
    """Cheapest first; those without a price last, slowest first."""
    beaten: tuple[tuple[Point, tuple[Point, ...]], ...]
    """Each with every member that beats it, in the order of the members."""


class Step(Frozen, frozen=True, kw_only=True):
    """From one member of the set to the next dearer one."""

    of: str
    to: str
    costs_more: float | None
    """None where the price of the next one is not known."""
    price_ratio: float | None
    speed_ratio: float
    parts: dict[str, float]
    """Workload -> how many times as fast on it."""
    gains_more_than_it_costs: bool | None
    """Whether speed grows by a larger factor than the price; None without a price."""
    is_within_repeats: bool
    """Whether repeats of one machine differ by as much."""


def beats(one: Point, other: Point) -> bool:
    """Whether it is as good in everything and better in something; unknown counts as worst."""
    ours, theirs = _costs(one), _costs(other)
    return ours != theirs and all(a <= b for a, b in zip(ours, theirs, strict=True))


def _costs(point: Point) -> tuple[float, float, float]:
    price = math.inf if point.price is None else point.price
    power = math.inf if point.power_w is None else point.power_w
    return -point.speed, price, power


def order(point: Point) -> tuple[float, float, str]:
    """By which members are listed."""
    return math.inf if point.price is None else point.price, point.speed, point.name


def choose(points: Sequence[Point]) -> Chosen:
    """The Pareto set; in whatever order the points come."""
    ordered = sorted(points, key=order)
    members = tuple(p for p in ordered if not any(beats(other, p) for other in ordered))
    return Chosen(
        members=members,
        beaten=tuple(
            (point, tuple(member for member in members if beats(member, point)))
            for point in ordered
            if point not in members
        ),
    )


def steps(
    members: Sequence[Point],
    speeds: Mapping[str, Mapping[str, float]],
    *,
    repeats_differ: float | None,
) -> tuple[Step, ...]:
    """From each member to the next dearer and faster one.

    Args:
        members: in the order of `choose`.
        speeds: machine -> workload -> speed.
        repeats_differ: by how much repeats of one machine differ at most; None where none are known.
    """
    found = []
    for index, one in enumerate(members):
        following = next((m for m in members[index + 1 :] if m.speed > one.speed), None)
        if following is not None:
            found.append(_step(one, following, speeds, repeats_differ))
    return tuple(found)


def _step(
    one: Point,
    other: Point,
    speeds: Mapping[str, Mapping[str, float]],
    repeats_differ: float | None,
) -> Step:
    speed = other.speed / one.speed
    price = other.price / one.price if other.price and one.price else None
    more = other.price - one.price if price and other.price and one.price else None
    here, there = speeds[one.name], speeds[other.name]
    return Step(
        of=one.name,
        to=other.name,
        costs_more=more,
        price_ratio=price,
        speed_ratio=speed,
        parts={workload: there[workload] / here[workload] for workload in here},
        gains_more_than_it_costs=None if price is None else speed > price,
        is_within_repeats=repeats_differ is not None and speed - 1 <= repeats_differ,
    )


def mean_speed(speeds: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Weighted geometric mean of relative speeds: the same machine is ahead on any baseline.

    Raises:
        ValueError: a workload has no speed.
    """
    if set(speeds) != set(weights):
        raise ValueError("a speed for each workload of the mix, and for no other")
    whole = math.fsum(weights.values())
    logs = (weight * math.log(speeds[name]) for name, weight in sorted(weights.items()))
    return math.exp(math.fsum(logs) / whole)


def epochs_per_price(epoch_s: float, *, price: float, hours: float) -> float:
    """Epochs for one unit of currency: those of `hours` of training over the price of these hours.

    Args:
        epoch_s: seconds of an epoch.
        price: of the machine; of one hour where it is rented, with `hours` 1.
        hours: of training over which the price is spread.
    """
    return 3600 * hours / epoch_s / price


def break_even_hours(*, price: float, rent_per_hour: float, speed_over_rented: float) -> float:
    """Hours of training on the bought machine after which renting would have cost as much.

    In `h` hours it trains what takes `h * speed_over_rented` hours on the rented one, and these cost
    `rent_per_hour` each.
    """
    return price / (rent_per_hour * speed_over_rented)
