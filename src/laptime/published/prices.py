"""What machines cost by somebody's word, and whether they have a fan: data with provenance.

`prices.csv` holds prices, and differences that a source names instead of a price (`over`).
`machines.csv` says how a machine is cooled. A price has its date; its grade says how sure it is:

    A  the source's words are kept, for exactly this configuration
    B  the source's table says so for this configuration; its wording is not kept
    C  it stands against another figure of the same source, and is kept beside it
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import msgspec

from laptime.published import table

DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
"""A year, a month or a day."""

Cooling = Literal["fanless", "fan", "elsewhere"]
"""'elsewhere' is a server that is rented: it makes no noise here, and cannot be bought."""


class PublishedPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price of one configuration; absent is None, as in the source."""

    machine: str
    gpu: str
    """As in the column `gpu` of the figures, or the chip where that is all they tell."""
    memory_gb: int
    storage_gb: int | None
    over: str | None
    """Where it is a difference: over which machine."""
    amount: float
    currency: str
    date: str
    """ISO 8601, as far as it is known: '2021', '2021-10-19'."""
    quote: str | None
    grade: Literal["A", "B", "C"]
    grade_reason: str
    source: str
    url: str


class PublishedMachine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a machine is cooled, and what the system of such a machine calls itself."""

    machine: str
    models: str | None
    """The maker's model names, with spaces between them ('MacBookPro18,3 MacBookPro18,4')."""
    cooling: Cooling
    source: str


@cache
def prices() -> tuple[PublishedPrice, ...]:
    """Every published price and difference, in the order of the file.

    Raises:
        DataError: a row is not what `PublishedPrice` says.
    """
    return table("prices.csv", PublishedPrice)


@cache
def machines() -> tuple[PublishedMachine, ...]:
    """Every machine of which it is known how it is cooled.

    Raises:
        DataError: a row is not what `PublishedMachine` says.
    """
    return table("machines.csv", PublishedMachine)


def cooled(*, machine: str | None = None, model: str | None = None) -> PublishedMachine | None:
    """How a machine is cooled, by its published name or by its maker's model name."""
    for each in machines():
        if each.machine == machine or (model and model in (each.models or "").split()):
            return each
    return None
