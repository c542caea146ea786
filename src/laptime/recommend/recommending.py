"""From a use and the machines to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from laptime.recommend import limits
from laptime.recommend.answer import (
    Beaten,
    BreakEven,
    Comparison,
    Incomplete,
    Member,
    Part,
    Recommendation,
    Row,
)
from laptime.recommend.candidates import Candidate
from laptime.recommend.choice import (
    Chosen,
    Point,
    break_even_hours,
    choose,
    epochs_per_price,
    mean_speed,
    steps,
)
from laptime.recommend.figures import Figure
from laptime.recommend.given import find
from laptime.recommend.grouping import Group, basis_of, figure_on, groups
from laptime.recommend.limits import Limits
from laptime.recommend.prices import Rate, Rent, rate_of
from laptime.recommend.uses import Use

AMORTISED_HOURS = 3000.0
"""Hours of training over which a price is spread: about three years of 20 hours a week."""
PRICE_YEARS = 1
"""Prices whose years lie further apart than this stand beside each other with a warning."""


def recommend(
    use: Use,
    candidates: Sequence[Candidate],
    *,
    asked: Limits,
    currency: str,
    rents: Sequence[Rent] = (),
    rates: Sequence[Rate] = (),
    hours: float = AMORTISED_HOURS,
    today: date | None = None,
) -> Recommendation:
    """Who is beaten by nobody for a use, within limits.

    Args:
        use: what is wanted.
        candidates: with distinct names and prices in one currency.
        asked: limits.
        currency: of the prices.
        rents: what an hour of rented machines costs.
        rates: between currencies, as the user gave them.
        hours: of training over which a price is spread.
        today: by which a price is old; None where that does not matter.

    Raises:
        UsageError: a rent in another currency without a rate.
    """
    told = sorted(candidates, key=lambda each: each.name)
    per_hour = _rents(told, rents, currency=currency, rates=rates)
    found = groups(use.parts, told)
    comparisons = tuple(_comparison(group, asked, per_hour, hours) for group in found)
    return Recommendation(
        use=use,
        limits=asked,
        currency=currency,
        hours=hours,
        comparisons=comparisons,
        not_compared=_not_compared(use, found, told),
        incomplete=tuple(_incomplete(use, found, told)),
        warnings=(
            *_of_prices(comparisons, today),
            *_of_own_prices(comparisons, told),
            *_of_rents(comparisons, rents, per_hour),
            *_of_noise(comparisons, asked, told),
            *_of_software(comparisons),
        ),
        rates=tuple(rates),
    )


def _rents(
    candidates: Sequence[Candidate], rents: Sequence[Rent], *, currency: str, rates: Sequence[Rate]
) -> dict[str, float]:
    """Machine -> what an hour costs; a rent that names its machine goes before one that does not."""
    found: dict[str, float] = {}
    for rent in sorted(rents, key=lambda rent: rent.machine is not None):
        of = rent.currency or currency
        amount = rent.amount * (1.0 if of == currency else rate_of(of, currency, rates)[0])
        named = [find(rent.machine, candidates)] if rent.machine else candidates
        found |= {each.name: amount for each in named if each.is_rented}
    return found


def _comparison(
    group: Group, asked: Limits, rents: Mapping[str, float], hours: float
) -> Comparison:
    figures = {each.name: _figures(each, group) for each in group.machines}
    base = _baseline(group.machines, figures)
    weights = {part.workload: part.weight for part in group.parts}
    rows = [_row(each, figures, base, weights, rents, hours) for each in group.machines]
    rows.sort(key=lambda row: (-row.speed, row.name))
    outside = tuple(o for row in rows if not row.is_rented and (o := limits.outside(row, asked)))
    beyond = {each.name for each in outside}
    within = [row for row in rows if not row.is_rented and row.name not in beyond]
    points = [point_of(row) for row in within]
    chosen = choose(points)
    speeds = {row.name: row.speeds for row in rows}
    differ = _repeats_differ(rows)
    bought = [row for row in rows if row.price and not row.is_rented]
    return Comparison(
        parts=tuple(
            Part(
                workload=part.workload,
                weight=part.weight,
                reason=part.reason,
                quantity=basis.words,
                is_orientation=basis.is_orientation,
            )
            for part, basis in zip(group.parts, group.bases, strict=True)
        ),
        baseline=base,
        rows=tuple(rows),
        members=tuple(
            _member(point, chosen, of=" within your limits" if outside else "")
            for point in chosen.members
        ),
        steps=steps(chosen.members, speeds, repeats_differ=differ),
        beaten=tuple(
            Beaten(
                name=point.name,
                by=tuple(each.name for each in by),
                unknown=tuple(
                    word
                    for word, value in (("price", point.price), ("power", point.power_w))
                    if value is None
                ),
            )
            for point, by in chosen.beaten
        ),
        outside=outside,
        break_even=tuple(_break_even(rows, rents)),
        repeats_differ=differ,
        cheapest=min(bought, key=_amount).name if bought else None,
    )


def _figures(machine: Candidate, group: Group) -> dict[str, Figure]:
    found = {basis.workload: figure_on(machine, basis) for basis in group.bases}
    return {workload: figure for workload, figure in found.items() if figure is not None}


def _baseline(machines: Sequence[Candidate], figures: Mapping[str, Mapping[str, Figure]]) -> str:
    """The cheapest machine; without prices the slowest on the first part."""

    def preference(machine: Candidate) -> tuple[bool, float, float, str]:
        price = machine.price.amount if machine.price and not machine.is_rented else 0.0
        first = next(iter(figures[machine.name].values()))
        return price == 0.0, price, first.speed, machine.name

    return min(machines, key=preference).name


def _row(
    machine: Candidate,
    figures: Mapping[str, Mapping[str, Figure]],
    base: str,
    weights: Mapping[str, float],
    rents: Mapping[str, float],
    hours: float,
) -> Row:
    own = figures[machine.name]
    speeds = {
        workload: each.speed / figures[base][workload].speed for workload, each in own.items()
    }
    price = None if machine.is_rented else machine.price
    cost = rents.get(machine.name) if machine.is_rented else (price.amount if price else None)
    spread = 1.0 if machine.is_rented else hours
    return Row(
        name=machine.name,
        is_own=machine.is_own,
        is_here=machine.is_here,
        is_rented=machine.is_rented,
        speed=mean_speed(speeds, weights),
        speeds=speeds,
        figures=tuple(own.values()),
        price=price,
        other_prices=machine.other_prices,
        differences=machine.differences,
        power_w=machine.power_w,
        draws=machine.draws,
        cooling=machine.cooling,
        cooling_source=machine.cooling_source,
        epochs_per_price={
            workload: epochs_per_price(each.epoch_s, price=cost, hours=spread)
            for workload, each in own.items()
            if each.epoch_s and cost
        },
    )


def point_of(row: Row) -> Point:
    """The three figures by which a machine is chosen."""
    price = row.price.amount if row.price else None
    return Point(name=row.name, speed=row.speed, price=price, power_w=row.power_w)


def _amount(row: Row) -> tuple[float, str]:
    return (row.price.amount if row.price else 0.0), row.name


def _repeats_differ(rows: Sequence[Row]) -> float | None:
    found = [figure.span for row in rows for figure in row.figures]
    return max((each for each in found if each is not None), default=None)


def _member(point: Point, chosen: Chosen, *, of: str) -> Member:
    """Why nobody beats it, among those that are within the limits.

    Args:
        point: the machine.
        chosen: with all others.
        of: behind what it is first in.
    """
    everyone = [*chosen.members, *(each for each, _ in chosen.beaten)]
    prices = [each.price for each in everyone if each.price is not None]
    powers = [each.power_w for each in everyone if each.power_w is not None]
    reasons = []
    if point.price is not None and point.price == min(prices):
        reasons.append(f"the cheapest{of}")
    if point.speed == max(each.speed for each in everyone):
        reasons.append(f"the fastest{of}")
    if point.power_w is not None and point.power_w == min(powers):
        reasons.append("the least power that is known")
    if not reasons:
        reasons.append(_between(point, everyone))
    if point.price is None:
        reasons.append("its price is not known")
    return Member(name=point.name, reasons=tuple(reasons))


def _between(point: Point, everyone: Sequence[Point]) -> str:
    """Of one that is first in nothing."""
    price = point.price
    better = [e for e in everyone if e.name != point.name and e.speed >= point.speed]
    if price is not None and all(e.price is None or e.price > price for e in better):
        return "faster than all that are cheaper, and cheaper than all that are faster"
    return "it draws less than those that are as fast and as cheap, as far as is known"


def _break_even(rows: Sequence[Row], rents: Mapping[str, float]) -> list[BreakEven]:
    found = []
    for rented in (row for row in rows if row.is_rented and row.name in rents):
        for row in rows:
            if row.price is None or row.is_rented:
                continue
            ratio = row.speed / rented.speed
            rent = rents[rented.name]
            hours = break_even_hours(
                price=row.price.amount, rent_per_hour=rent, speed_over_rented=ratio
            )
            found.append(
                BreakEven(
                    machine=row.name,
                    rented=rented.name,
                    rent_per_hour=rent,
                    speed_over_rented=ratio,
                    hours=hours,
                    rented_hours=hours * ratio,
                )
            )
    return sorted(found, key=lambda each: (each.rented, each.hours, each.machine))


def _not_compared(
    use: Use, found: Sequence[Group], candidates: Sequence[Candidate]
) -> dict[str, str]:
    compared = {part.workload for group in found for part in group.parts}
    return {
        part.workload: _why_not(part.workload, candidates)
        for part in use.parts
        if part.workload not in compared
    }


def _why_not(workload: str, candidates: Sequence[Candidate]) -> str:
    basis = basis_of(workload, candidates)
    if basis is None:
        return "nobody has a figure for it that can be used"
    having = [each for each in candidates if figure_on(each, basis)]
    told = [each.name for each in having if not each.is_rented]
    if len(told) == 1:
        return f"only {told[0]} has a figure for it"
    if not told:
        return "only rented machines have a figure for it"
    return "no two machines that have a figure for it are left"


def _incomplete(
    use: Use, found: Sequence[Group], candidates: Sequence[Candidate]
) -> list[Incomplete]:
    """Machines that somebody ran on a part of the mix, and that stand in no comparison."""
    compared = {machine.name for group in found for machine in group.machines}
    rows = []
    for each in candidates:
        has = {figure.basis.workload for figure in each.figures}
        reasons = {left.workload: left.reason for left in each.left_out}
        wanted = [part.workload for part in use.parts]
        if each.name not in compared and any(w in has or w in reasons for w in wanted):
            rows.append(
                Incomplete(
                    name=each.name,
                    has=tuple(w for w in wanted if w in has),
                    missing={w: reasons.get(w, "no figure") for w in wanted if w not in has},
                )
            )
    return rows


def _of_prices(comparisons: Sequence[Comparison], today: date | None) -> list[str]:
    rows = [row for comparison in comparisons for row in comparison.rows]
    years = sorted({int(row.price.date[:4]) for row in rows if row.price})
    remedy = "give --price with today's"
    if not years:
        return []
    if years[-1] - years[0] > PRICE_YEARS:
        return [
            f"Prices of {years[0]} stand beside prices of {years[-1]}: {remedy} for a fair choice."
        ]
    if today and today.year - years[-1] > PRICE_YEARS:
        return [f"All prices are of {years[-1]} or older, and have changed since: {remedy}."]
    return []


def _of_own_prices(comparisons: Sequence[Comparison], candidates: Sequence[Candidate]) -> list[str]:
    compared = {row.name for comparison in comparisons for row in comparison.rows}
    given = [each for each in candidates if each.price and each.price.grade is None]
    return [
        f"The price of {each.name} plays no part: it stands in no comparison here."
        for each in given
        if each.name not in compared
    ]


def _of_rents(
    comparisons: Sequence[Comparison], rents: Sequence[Rent], per_hour: Mapping[str, float]
) -> list[str]:
    rows = [row for comparison in comparisons for row in comparison.rows]
    if not rents or any(row.name in per_hour for row in rows):
        return []
    told = (
        "No rented machine has a figure for these parts, so there is no break-even: run laptime on "
    )
    return [f"{told}it and name it with --cloud-price 'MACHINE=0.50 USD/h'."]


def _of_noise(
    comparisons: Sequence[Comparison], asked: Limits, candidates: Sequence[Candidate]
) -> list[str]:
    compared = {row.name for comparison in comparisons for row in comparison.rows}
    silent = [e.name for e in candidates if e.cooling == "fanless" and e.name not in compared]
    rented = [e.name for e in candidates if e.cooling == "elsewhere" and e.name in compared]
    told = []
    if rented and asked.is_quiet:
        told.append(f"Rented machines make no noise where you are: {'; '.join(rented)}.")
    if silent and asked.is_quiet:
        told.append(
            f"Known to have no fan, but nobody timed these parts on it: {'; '.join(silent)}."
        )
    return told


def _of_software(comparisons: Sequence[Comparison]) -> list[str]:
    for comparison in comparisons:
        if len({row.is_own for row in comparison.rows}) > 1:
            told = (
                "Published figures ran on the software of their day, results of yours on another:"
            )
            return [f"{told} a part of what is between them is no difference of machines."]
    return []
