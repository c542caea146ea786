"""Prices and cooling: each with a date, a source and a grade, and in agreement with the figures."""

from __future__ import annotations

from datetime import date

import pytest

from laptime import published
from laptime.published.prices import (
    DATE,
    PublishedMachine,
    PublishedPrice,
    cooled,
    machines,
    prices,
)

PRICED = [row for row in published.rows() if row.price_usd and row.gpu]


def label(row: PublishedPrice) -> str:
    return f"{row.gpu}-{row.amount:g}-{row.date}"


@pytest.mark.parametrize("row", prices(), ids=label)
def test_every_price_has_a_date_a_source_and_a_reason(row: PublishedPrice) -> None:
    assert DATE.fullmatch(row.date)
    assert 2006 < date.fromisoformat(f"{row.date}-01-01"[:10]).year < 2100
    assert row.url.startswith("https://")
    assert len(row.grade_reason) > 20
    assert row.amount > 0
    assert len(row.currency) == 3


@pytest.mark.parametrize("row", prices(), ids=label)
def test_only_a_quoted_price_has_the_best_grade(row: PublishedPrice) -> None:
    assert (row.grade == "A") == (row.quote is not None)
    assert row.quote is None or f"{row.amount:,.0f}" in row.quote
    assert (row.grade == "C") == (row.over is not None)


@pytest.mark.parametrize("row", PRICED, ids=lambda row: f"{row.workload}-{row.gpu}")
def test_every_price_of_a_figure_is_in_the_file(row: published.Published) -> None:
    who = (row.machine, row.gpu, row.memory_gb)
    found = [p.amount for p in prices() if (p.machine, p.gpu, p.memory_gb) == who and not p.over]
    assert found
    assert row.price_usd in found


def test_the_articles_two_figures_for_the_m1_max_are_both_kept() -> None:
    of = {p.gpu: p.amount for p in prices() if not p.over and "14-inch" in p.machine}
    table = of["Apple M1 Max 32-core GPU"] - of["Apple M1 Pro 14-core GPU"]
    (text,) = [p.amount for p in prices() if p.over]
    assert (table, text) == (1300, 1100)


def test_a_machine_is_known_by_its_name_and_by_its_model() -> None:
    air = cooled(model="MacBookAir10,1")
    assert air is not None
    assert (air.machine, air.cooling) == ("MacBook Air 2020", "fanless")
    assert cooled(machine="MacBook Air 2020") == air
    assert cooled(machine="Deep learning PC") is None
    assert cooled(model=None) is None


@pytest.mark.parametrize("row", machines(), ids=lambda row: row.machine)
def test_every_machine_has_a_source_and_occurs(row: PublishedMachine) -> None:
    assert len(row.source) > 20
    assert any(figure.machine == row.machine for figure in published.rows())
