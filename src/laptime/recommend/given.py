"""What the user gives of machines: which one a name means, and what it costs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from msgspec.structs import replace

from laptime.errors import UsageError
from laptime.recommend.candidates import LONGEST_NAME, Candidate, short
from laptime.recommend.prices import DEFAULT_CURRENCY, Price, Rate, Rent, converted

NEAREST = 3
MOST_NAMED = 5
_WORD = re.compile(r"\w+")


def find(name: str, candidates: Sequence[Candidate]) -> Candidate:
    """The machine of that name, or the only one in whose name each of its parts stands.

    Parts are between commas: 'M1 Pro' is one, so it is not found in 'MacBook Pro, Apple M1'. Of
    several machines it is the only one that has any figure.

    Raises:
        UsageError: there is none, with the nearest names; or there are several.
    """
    folded = name.casefold().strip()
    parts = [part.strip() for part in folded.split(",") if part.strip()]
    matches = [each for each in candidates if each.name.casefold() == folded]
    matches = matches or [each for each in candidates if _holds(each.name.casefold(), parts)]
    if len(matches) > 1:
        matches = [each for each in matches if each.figures] or matches
    if len(matches) == 1:
        return matches[0]
    if matches:
        some = "'; '".join(each.name for each in matches[:MOST_NAMED])
        more = "' ..." if len(matches) > MOST_NAMED else "'"
        raise UsageError(
            f"{len(matches)} machines are called '{short(name)}': '{some}{more}; "
            "give more of its name"
        )
    near = "'; '".join(_nearest(_words(folded), [each.name for each in candidates]))
    raise UsageError(f"no machine is called '{short(name)}'; nearest are '{near}'")


def _holds(name: str, parts: Sequence[str]) -> bool:
    """Whether each part stands in a name, as whole words."""
    found = (re.search(rf"(?<!\w){re.escape(part)}(?!\w)", name) for part in parts)
    return bool(parts) and all(found)


def _words(name: str) -> set[str]:
    return set(_WORD.findall(name.casefold()[: 4 * LONGEST_NAME]))


def _nearest(wanted: set[str], names: Sequence[str]) -> list[str]:
    """Names whose words are most like those that were given."""

    def unlike(name: str) -> tuple[float, str]:
        words = _words(name)
        alike = (
            max(difflib.SequenceMatcher(None, one, other).ratio() for other in words)
            for one in sorted(wanted)
        )
        return -sum(alike), name

    return sorted(names, key=unlike)[:NEAREST]


def priced(candidates: Sequence[Candidate], given: Sequence[tuple[str, Price]]) -> list[Candidate]:
    """The machines with the user's prices in place of published ones, which stay beside them.

    Raises:
        UsageError: there is no such machine, it cannot be bought, or it has two prices.
    """
    of: dict[str, Price] = {}
    for name, price in given:
        machine = find(name, candidates)
        if machine.is_rented:
            raise UsageError(f"{machine.name} is rented; give --cloud-price in place of --price")
        if machine.name in of:
            raise UsageError(f"{machine.name} has two prices; give one")
        of[machine.name] = price
    return [_with(each, of[each.name]) if each.name in of else each for each in candidates]


def _with(machine: Candidate, price: Price) -> Candidate:
    others = (machine.price, *machine.other_prices) if machine.price else machine.other_prices
    return replace(machine, price=price, other_prices=others)


def rented(candidates: Sequence[Candidate], rents: Sequence[Rent]) -> list[Candidate]:
    """The machines, those with a rent of their own as rented ones.

    Raises:
        UsageError: there is no such machine, or there are several.
    """
    names = {find(rent.machine, candidates).name for rent in rents if rent.machine}
    return [replace(e, is_rented=True) if e.name in names else e for e in candidates]


def currency_of(candidates: Sequence[Candidate]) -> str:
    """The one currency of all prices; where there are several, or none, that of published prices."""
    found = {each.price.currency for each in candidates if each.price}
    return found.pop() if len(found) == 1 else DEFAULT_CURRENCY


def in_currency(
    candidates: Sequence[Candidate], currency: str, rates: Sequence[Rate]
) -> list[Candidate]:
    """The prices that count in one currency; others of the same machine where there is a rate.

    Raises:
        UsageError: a price that counts is in another currency, and no rate was given.
    """
    return [
        replace(
            each,
            price=converted(each.price, currency, rates) if each.price else None,
            other_prices=tuple(_if_possible(price, currency, rates) for price in each.other_prices),
            differences=tuple(
                replace(told, price=_if_possible(told.price, currency, rates))
                for told in each.differences
            ),
        )
        for each in candidates
    ]


def _if_possible(price: Price, currency: str, rates: Sequence[Rate]) -> Price:
    """In the currency where there is a rate; else as it is, which is shown beside it."""
    pair = {price.currency, currency}
    is_known = any({rate.of, rate.currency} == pair for rate in rates)
    return converted(price, currency, rates) if is_known else price
