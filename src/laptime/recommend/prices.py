"""Prices as people write them, each with its date; and what one currency is in another.

a price  'MACHINE=1299 USD @2022-05-01 SOURCE'
a rent   '0.50 USD/h' of every machine that can be rented, 'MACHINE=0.50 USD/h' of one
a rate   'EUR=1.08 USD @2022-05-01 SOURCE'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from laptime import plain
from laptime.errors import UsageError
from laptime.frozen import Frozen
from laptime.published.prices import DATE

DEFAULT_CURRENCY = "USD"
"""That of the published prices."""
_LONGEST = 120
_AMOUNT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d{1,12})(\.\d{1,6})?")
_MONEY = re.compile(
    r"(?P<amount>[^\s@/]+?)\s*(?P<currency>[A-Za-z]{3})?(?P<per>\s*/\s*h)?"
    r"(\s*@(?P<date>\S*))?(\s+(?P<source>.*))?"
)
HOW_PRICE = "write --price 'MACHINE=1299 USD @2022-05-01 where it stands'"
HOW_RENT = "write --cloud-price '0.50 USD/h' or 'MACHINE=0.50 USD/h'"
HOW_RATE = "write --rate 'EUR=1.08 USD @2022-05-01 where it stands'"


class Price(Frozen, frozen=True, kw_only=True):
    """What a machine costs, by whose word, and when."""

    amount: float
    currency: str
    date: str
    """ISO 8601, as far as it is known."""
    source: str
    url: str | None = None
    quote: str | None = None
    grade: str | None = None
    """Of a published price; None for the user's own."""
    grade_reason: str | None = None
    converted_from: str | None = None
    """'1,200 EUR at 1.08 (2022-05-01, ECB)' where it was in another currency."""


class Difference(Frozen, frozen=True, kw_only=True):
    """How much more than another machine one costs, where a source says only that."""

    over: str
    price: Price


class Rent(Frozen, frozen=True, kw_only=True):
    """What an hour costs, as the user gave it."""

    machine: str | None
    """None for every machine that can be rented."""
    amount: float
    currency: str | None


class Rate(Frozen, frozen=True, kw_only=True):
    """What one currency is in another."""

    of: str
    amount: float
    currency: str
    date: str
    source: str


def read_price(text: str, *, today: date) -> tuple[str, Price]:
    """The machine that is meant, and its price.

    Raises:
        UsageError: something is missing or wrong; the message says how to write it.
    """
    machine, money = _sides(text, HOW_PRICE)
    found = _money(money, text, HOW_PRICE)
    if found["per"]:
        raise UsageError(f"'{_cut(text)}' is a rent; {HOW_RENT}")
    return machine, Price(
        amount=_amount(found["amount"], text, HOW_PRICE),
        currency=_currency(found["currency"], text, HOW_PRICE),
        date=_date(found["date"], text, HOW_PRICE, today=today),
        source=_cut(found["source"] or "as you gave it"),
    )


def read_rent(text: str) -> Rent:
    """An hour of a rented machine.

    Raises:
        UsageError: it is none; the message says how to write it.
    """
    machine, money = _sides(text, HOW_RENT) if "=" in text else (None, text.strip())
    found = _money(money, text, HOW_RENT)
    if not found["per"]:
        raise UsageError(f"'{_cut(text)}' does not say per hour; {HOW_RENT}")
    currency = found["currency"]
    amount = _amount(found["amount"], text, HOW_RENT)
    return Rent(machine=machine, amount=amount, currency=currency.upper() if currency else None)


def read_rate(text: str, *, today: date) -> Rate:
    """What one currency is in another.

    Raises:
        UsageError: it is none; the message says how to write it.
    """
    of, money = _sides(text, HOW_RATE)
    found = _money(money, text, HOW_RATE)
    rate = Rate(
        of=_currency(of, text, HOW_RATE),
        amount=_amount(found["amount"], text, HOW_RATE),
        currency=_currency(found["currency"], text, HOW_RATE),
        date=_date(found["date"], text, HOW_RATE, today=today),
        source=_cut(found["source"] or "as you gave it"),
    )
    if rate.of == rate.currency:
        raise UsageError(f"'{_cut(text)}' is a rate of a currency to itself; {HOW_RATE}")
    return rate


def read_budget(text: str) -> tuple[float, str | None]:
    """'2000' or '2000 EUR'.

    Raises:
        UsageError: it is neither.
    """
    how = "write --budget 2000 or --budget '2000 EUR'"
    found = _money(text.strip(), text, how)
    if found["per"] or found["date"] is not None or found["source"]:
        raise UsageError(f"'{_cut(text)}' is no budget; {how}")
    currency = found["currency"]
    return _amount(found["amount"], text, how), currency.upper() if currency else None


def converted(price: Price, currency: str, rates: Sequence[Rate]) -> Price:
    """A price in a currency, by the rate that was given.

    Raises:
        UsageError: it is in another one and there is no rate.
    """
    if price.currency == currency:
        return price
    factor, rate = rate_of(price.currency, currency, rates)
    told = f"{price.amount:,.0f} {price.currency} at {rate.amount:g} {rate.currency}/{rate.of}"
    return replace(
        price,
        amount=price.amount * factor,
        currency=currency,
        converted_from=f"{told} ({rate.date}, {rate.source})",
    )


def rate_of(of: str, currency: str, rates: Iterable[Rate]) -> tuple[float, Rate]:
    """What one of a currency is in another, either way round.

    Raises:
        UsageError: no such rate was given.
    """
    for rate in rates:
        if (rate.of, rate.currency) == (of, currency):
            return rate.amount, rate
        if (rate.of, rate.currency) == (currency, of):
            return 1 / rate.amount, rate
    raise UsageError(
        f"prices are in {of} and in {currency}, which are not compared without a rate; "
        f"write --rate '{of}=... {currency} @DATE where it stands'"
    )


def _sides(text: str, how: str) -> tuple[str, str]:
    name, found, money = text.partition("=")
    if not found or not name.strip() or not money.strip():
        raise UsageError(f"'{_cut(text)}' is not understood; {how}")
    return name.strip(), money.strip()


def _money(money: str, text: str, how: str) -> dict[str, str | None]:
    match = _MONEY.fullmatch(money)
    if match is None:
        raise UsageError(f"'{_cut(text)}' is not understood; {how}")
    return match.groupdict()


def _amount(text: str | None, whole: str, how: str) -> float:
    if text is None or not _AMOUNT.fullmatch(text):
        raise UsageError(f"'{_cut(text or '')}' in '{_cut(whole)}' is no amount; {how}")
    amount = float(text.replace(",", ""))
    if amount <= 0:
        raise UsageError(f"'{_cut(whole)}': an amount is above 0; {how}")
    return amount


def _currency(text: str | None, whole: str, how: str) -> str:
    if text is None or not re.fullmatch(r"[A-Za-z]{3}", text):
        raise UsageError(f"'{_cut(whole)}' names no currency; {how}")
    return text.upper()


def _date(text: str | None, whole: str, how: str, *, today: date) -> str:
    """As it was written, once it is known to be a date that has been."""
    if not text:
        raise UsageError(f"'{_cut(whole)}' has no date, and a price without one says little; {how}")
    try:
        if not DATE.fullmatch(text):
            raise ValueError(text)
        first = date.fromisoformat(_day(text))
    except ValueError as error:
        raise UsageError(f"'{_cut(text)}' is no date such as 2022-05-01; {how}") from error
    if first > today:
        raise UsageError(f"'{text}' has not been yet; give the day on which the price was seen")
    return text


def _day(text: str) -> str:
    return text + {4: "-01-01", 7: "-01"}.get(len(text), "")


def _cut(text: str) -> str:
    return plain.cut(text.strip(), _LONGEST)
