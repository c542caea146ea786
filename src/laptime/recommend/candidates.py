"""Every machine that somebody timed: of published figures, and of the user's own records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from laptime import plain, published
from laptime.checks import summarized
from laptime.comparison import PROVED_PRECISION
from laptime.consumption import Consumption
from laptime.errors import RecordError
from laptime.frozen import Frozen
from laptime.naming import IMPORTED, owner_key
from laptime.published import Published
from laptime.published.prices import Cooling, PublishedPrice, cooled
from laptime.published.prices import prices as published_prices
from laptime.recommend.figures import Basis, Figure, LeftOut, bases, merged, of_published
from laptime.recommend.prices import Difference, Price
from laptime.record import Machine, Result
from laptime.summary import Summary, is_ranked, on_region

WHOLE = "system"
"""The scope that is a whole computer; a part's power says only that the whole draws more."""
LONGEST_NAME = 90
_LONGEST_PART = 44


class Candidate(Frozen, frozen=True, kw_only=True):
    """A machine, and what is known of it."""

    name: str
    """Distinct among all candidates; printable and short, also where a record's is not."""
    is_own: bool
    """Whether it is from records of the user's, imported ones included."""
    is_here: bool = False
    """Whether it is the machine on which this runs."""
    machine_key: str | None = None
    figures: tuple[Figure, ...]
    left_out: tuple[LeftOut, ...]
    price: Price | None = None
    other_prices: tuple[Price, ...] = ()
    """What else is told of its price."""
    differences: tuple[Difference, ...] = ()
    power_w: float | None = None
    """Of the whole computer while it trained, measured; None where nobody measured that."""
    draws: tuple[Consumption, ...] = ()
    """Everything that is known of what it drew, by place and origin."""
    cooling: Cooling | None = None
    cooling_source: str | None = None
    is_rented: bool = False
    """Whether it stands elsewhere and is not to be bought."""


class _Identity(NamedTuple):
    """What tells one published machine from another."""

    machine: str
    part: str | None
    """Its graphics processor, or its chip where only that is told."""
    memory_gb: int | None

    @property
    def name(self) -> str:
        memory = None if self.memory_gb is None else f"{self.memory_gb} GB"
        return ", ".join(each for each in (self.machine, self.part, memory) if each)


def from_published(rows: Sequence[Published] | None = None) -> list[Candidate]:
    """Every machine of the published figures, by name.

    Args:
        rows: None for all that come with laptime.
    """
    told = published.rows() if rows is None else rows
    figures: dict[_Identity, list[Figure]] = {}
    left: dict[_Identity, list[LeftOut]] = {}
    for row in told:
        who = _Identity(row.machine, row.gpu or row.chip, row.memory_gb)
        match of_published(row):
            case Figure() as figure:
                figures.setdefault(who, []).append(figure)
                if figure.basis.base is not None:
                    base = _identity(figure.basis.base)
                    figures.setdefault(base, []).append(_one(figure))
            case LeftOut() as reason:
                left.setdefault(who, []).append(reason)
    everyone = sorted({*figures, *left}, key=lambda who: who.name)
    return [_published(who, figures.get(who, []), left.get(who, [])) for who in everyone]


def _identity(name: str) -> _Identity:
    """'MacBook Pro 13-inch 2020, Apple M1, 8 GB' as a base is named."""
    machine, *rest = name.split(", ")
    part, memory = (*rest, None, None)[:2]
    return _Identity(machine, part, int(memory.split()[0]) if memory else None)


def _one(figure: Figure) -> Figure:
    """Of the machine to which a ratio is relative."""
    return replace(figure, speed=1.0)


def _published(who: _Identity, found: list[Figure], left: list[LeftOut]) -> Candidate:
    by_basis: dict[Basis, list[Figure]] = {}
    for figure in found:
        by_basis.setdefault(figure.basis, []).append(figure)
    figures = []
    for basis in sorted(by_basis, key=lambda basis: basis.rank):
        # A base is told with every ratio to it: still one and the same machine.
        repeats = by_basis[basis] if basis.base is None else by_basis[basis][:1]
        figures.append(merged(repeats))
    known, others, differences = _prices(who)
    machine = cooled(machine=who.machine)
    return Candidate(
        name=who.name,
        is_own=False,
        figures=tuple(figures),
        left_out=tuple(sorted(set(left), key=repr)),
        price=known,
        other_prices=others,
        differences=differences,
        cooling=machine.cooling if machine else None,
        cooling_source=machine.source if machine else None,
        is_rented=machine is not None and machine.cooling == "elsewhere",
    )


def _prices(who: _Identity) -> tuple[Price | None, tuple[Price, ...], tuple[Difference, ...]]:
    """The price of the best grade, then the newest; all others; and differences."""
    of_it = [row for row in published_prices() if (row.machine, row.gpu, row.memory_gb) == who]
    whole = sorted((row for row in of_it if row.over is None), key=lambda row: row.date)[::-1]
    whole.sort(key=lambda row: row.grade)
    found = [_price(row) for row in whole]
    told = tuple(Difference(over=row.over, price=_price(row)) for row in of_it if row.over)
    return (found[0] if found else None), tuple(found[1:]), told


def _price(row: PublishedPrice) -> Price:
    return Price(
        amount=row.amount,
        currency=row.currency,
        date=row.date,
        source=row.source,
        url=row.url,
        quote=row.quote,
        grade=row.grade,
        grade_reason=row.grade_reason,
    )


def from_results(
    results: Iterable[Result],
    *,
    workloads: Iterable[str],
    here: str | None,
    imported: Collection[str] = (),
    rows: Sequence[Published] | None = None,
) -> list[Candidate]:
    """Every machine of the user's records, with its fastest sound way of each workload.

    Args:
        results: all there are, oldest first.
        workloads: for which figures are wanted; other results only make a machine known.
        here: key of the machine on which this runs; None where it does not matter.
        imported: ids of those that somebody else measured: never of this machine.
        rows: what others published; None for all that comes with laptime.

    A record that holds nothing is left out, and says so in `left_out`.
    """
    told = published.rows() if rows is None else rows
    regions = {workload: bases(workload, told) for workload in workloads}
    machines: dict[str, Machine] = {}
    newest: dict[str, dict[tuple[str, ...], Result]] = {}
    for result in results:
        key = owner_key(result.machine, is_imported=result.id in imported)
        machines[key] = result.machine
        ways = newest.setdefault(key, {})
        work, setup = result.work, result.setup
        if work.workload in regions:
            way = (work.workload, work.key, setup.engine, setup.device, setup.name, setup.precision)
            ways[way] = result
    return [
        _own(machines[key], key, list(ways.values()), regions, is_here=key == here)
        for key, ways in sorted(newest.items())
    ]


def _own(
    machine: Machine,
    key: str,
    results: Sequence[Result],
    regions: Mapping[str, Sequence[Basis]],
    *,
    is_here: bool,
) -> Candidate:
    best: dict[Basis, Figure] = {}
    left: list[LeftOut] = []
    for result in results:
        try:
            summary = summarized(result)
        except RecordError as error:
            left.append(LeftOut(workload=result.work.workload, reason=short(str(error))))
            continue
        if reason := _unfit(summary):
            left.append(LeftOut(workload=summary.workload, reason=reason))
            continue
        for basis in (*regions[summary.workload], _among_own(summary)):
            figure = _of_summary(summary, basis)
            if figure and (basis not in best or figure.speed > best[basis].speed):
                best[basis] = figure
    draws = [each for figure in best.values() for each in figure.energy]
    whole = [d.power_w for d in draws if is_whole(d)]
    cooling = cooled(model=machine.model)
    return Candidate(
        name=_named(machine),
        is_own=True,
        is_here=is_here,
        machine_key=key,
        figures=tuple(sorted(best.values(), key=lambda figure: figure.basis.rank)),
        left_out=tuple(dict.fromkeys(left)),
        power_w=max(whole, default=None),
        draws=tuple(dict.fromkeys(draws)),
        cooling=cooling.cooling if cooling else None,
        cooling_source=cooling.source if cooling else None,
    )


def is_whole(draw: Consumption) -> bool:
    """Whether it is the power of a whole computer that may be compared: measured, undisputed."""
    return draw.scope == WHOLE and draw.origin == "measured" and not draw.is_doubtful


def _unfit(summary: Summary) -> str | None:
    """Why a result of ours is no figure; None where it is one."""
    if any(flag.name == "fake" for flag in summary.flags):
        return "the fake engine trains nothing"
    if summary.script is not None:
        return "a training of one's own: nobody knows what work it does"
    if not is_ranked(summary):
        told = "; ".join(summary.deviations) or f"it ended with {summary.outcome}"
        return "it did not learn" if summary.learned is False else told
    if summary.precision != PROVED_PRECISION:
        return f"trained in {summary.precision}: the same recipe, and not the same arithmetic"
    return None if summary.samples_per_s else "it has no speed"


def _among_own(summary: Summary) -> Basis:
    """On which the user's own records are compared, whatever others published."""
    return Basis(
        workload=summary.workload,
        quantity="epoch_mean_after_first",
        startup=False,
        validation=False,
        epochs=summary.epochs or 0,
        work_key=summary.work_key,
    )


def _of_summary(summary: Summary, basis: Basis) -> Figure | None:
    """Our seconds on a basis, with the band of the whole run to scale."""
    seconds = on_region(
        summary,
        epochs=basis.epochs,
        startup=basis.startup,
        validation=basis.validation,
        quantity=basis.quantity,
    )
    if not seconds or seconds <= 0:
        return None
    low, high, total = summary.total_low_s, summary.total_high_s, summary.total_s
    scale = seconds / total if total else None
    way = (summary.engine, summary.device, summary.setup, summary.precision)
    is_scaled = basis.quantity == "total" and basis.epochs != summary.epochs
    return Figure(
        basis=basis,
        speed=1 / seconds,
        seconds=seconds,
        low_s=low * scale if low and scale else None,
        high_s=high * scale if high and scale else None,
        epoch_s=seconds / basis.epochs if basis.quantity == "total" else seconds,
        runs=summary.processes,
        grade=None,
        is_estimate=summary.total_is_estimate is not False or is_scaled,
        way=short(" ".join(way)),
        id=summary.id,
        energy=summary.energy,
        flags=tuple(flag.name for flag in summary.flags),
    )


def _named(machine: Machine) -> str:
    memory = f"{machine.memory_bytes / 2**30:.0f} GiB"
    graphics = " + ".join(machine.graphics[:2])
    first = [machine.model, machine.chip or machine.architecture, graphics]
    # A Mac's graphics processor is called as its chip is.
    parts = dict.fromkeys(short(each)[:_LONGEST_PART].strip() for each in first if each)
    return ", ".join([*(part for part in parts if part), memory])


def short(text: str) -> str:
    """Somebody's text with nothing in it that moves a cursor, turns a line round or never ends."""
    return plain.one_line(text[: 4 * LONGEST_NAME])[:LONGEST_NAME]


def told_apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same with distinct names: machines of one name get the beginning of their key behind it."""
    named = [replace(each, name=_of_whom(each)) for each in candidates]
    counts = Counter(each.name for each in named)
    return [
        replace(each, name=f"{each.name} #{(each.machine_key or '').removeprefix(IMPORTED)[:6]}")
        if counts[each.name] > 1
        else each
        for each in named
    ]


def _of_whom(candidate: Candidate) -> str:
    if not candidate.is_own:
        return candidate.name
    return f"{candidate.name} ({'this machine' if candidate.is_here else 'of your results'})"
