"""What people write of prices: understood, or refused with how to write it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.errors import UsageError
from laptime.recommend.prices import (
    Price,
    converted,
    read_budget,
    read_price,
    read_rate,
    read_rent,
)

TODAY = date(2026, 11, 23)


def test_a_price_is_read() -> None:
    machine, price = read_price("M1 Max=1,299.50 usd @2022-05-01 a shop, x=1", today=TODAY)
    assert machine == "M1 Max"
    assert (price.amount, price.currency, price.date) == (1299.5, "USD", "2022-05-01")
    assert price.source == "a shop, x=1"


@pytest.mark.parametrize("told", ["2022", "2022-05", "2022-05-01"])
def test_a_date_may_be_a_year_or_a_month(told: str) -> None:
    assert read_price(f"A=1 USD @{told}", today=TODAY)[1].date == told


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("M1=1299 USD", "has no date"),
        ("M1=1299 USD 2022-05-01", "has no date"),
        ("M1=1299 USD @", "has no date"),
        ("M1=1299 USD @yesterday", "no date such as"),
        ("M1=1299 USD @2022-13-01", "no date such as"),
        ("M1=1299 USD @2027-01-01", "has not been yet"),
        ("M1=-5 USD @2022", "above 0"),
        ("M1=0 USD @2022", "above 0"),
        ("M1=nan USD @2022", "no amount"),
        ("M1=1e9 USD @2022", "no amount"),
        ("M1=1299 @2022", "names no currency"),
        ("M1=5 USD/h @2022", "is a rent"),
        ("=1299 USD @2022", "not understood"),
        ("M1=", "not understood"),
        ("M1 1299", "not understood"),
        ("M1=" + "9" * 999 + " USD @2022", "no amount"),
    ],
)
def test_a_wrong_price_is_refused_with_how_to_write_it(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as refused:
        read_price(text, today=TODAY)
    assert "write --" in str(refused.value) or "give the day" in str(refused.value)
    assert len(str(refused.value)) < 500


@given(st.text(max_size=60))
@pytest.mark.parametrize("read", [read_rent, read_budget, partial(read_price, today=TODAY)])
def test_nothing_else_than_a_refusal_comes_of_any_text(
    read: Callable[[str], object], text: str
) -> None:
    try:
        found = read(text)
    except UsageError as error:
        found = str(error)
    assert found


def test_rents() -> None:
    assert read_rent("0.50/h").amount == 0.5
    assert read_rent("0.50 eur / h").currency == "EUR"
    assert read_rent("K80=0.50 USD/h").machine == "K80"
    for text in ("0.50", "-1/h", "x/h", ""):
        with pytest.raises(UsageError, match="--cloud-price"):
            read_rent(text)


def test_budgets() -> None:
    assert read_budget("2000") == (2000, None)
    assert read_budget("2,000 eur") == (2000, "EUR")
    for text in ("", "-1", "2000/h", "2000 USD @2022", "much"):
        with pytest.raises(UsageError, match="--budget"):
            read_budget(text)


def test_a_rate_works_both_ways_and_only_when_given() -> None:
    price = Price(amount=108, currency="USD", date="2022", source="s")
    rate = read_rate("EUR=1.08 USD @2022-05-01 ECB", today=TODAY)
    there = converted(price, "EUR", [rate])
    assert there.amount == pytest.approx(100)
    assert "1.08 USD/EUR (2022-05-01, ECB)" in (there.converted_from or "")
    assert converted(there, "USD", [rate]).amount == pytest.approx(108)
    assert converted(price, "USD", []) is price
    with pytest.raises(UsageError, match="without a rate"):
        converted(price, "CHF", [rate])


@pytest.mark.parametrize("text", ["EUR=1.08 USD", "EUR=1 EUR @2022", "EURO=1 USD @2022", "EUR"])
def test_a_wrong_rate_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--rate"):
        read_rate(text, today=TODAY)
