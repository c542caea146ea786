"""What a machine must keep: a budget, a power, silence. What is not known does not pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from laptime.consumption import Consumption
from laptime.frozen import Frozen
from laptime.published.prices import Cooling
from laptime.recommend.prices import Price


class Limits(Frozen, frozen=True, kw_only=True):
    """What was asked for; None where it was not."""

    budget: float | None = None
    """In the currency of the answer."""
    watts: float | None = None
    """Of the whole computer while it trains."""
    is_quiet: bool = False


class Outside(Frozen, frozen=True, kw_only=True):
    """A machine that is not within the limits, or not known to be."""

    name: str
    reasons: tuple[str, ...]
    is_unknown: bool
    """Whether it might be within them, for all that is known."""


class Limited(Protocol):
    """What is looked at."""

    @property
    def name(self) -> str:
        """Of the machine."""

    @property
    def price(self) -> Price | None:
        """None where nobody told one."""

    @property
    def power_w(self) -> float | None:
        """Of the whole computer; None where nobody measured it."""

    @property
    def draws(self) -> tuple[Consumption, ...]:
        """Of its parts."""

    @property
    def cooling(self) -> Cooling | None:
        """None where nobody told."""


def outside(machine: Limited, asked: Limits) -> Outside | None:
    """Why a machine is not within the limits; None where it is known to be."""
    beyond = [*_budget(machine, asked), *_watts(machine, asked), *_noise(machine, asked)]
    if beyond:
        return Outside(name=machine.name, reasons=tuple(beyond), is_unknown=False)
    unknown = _unknown(machine, asked)
    if unknown:
        return Outside(name=machine.name, reasons=tuple(unknown), is_unknown=True)
    return None


def _budget(machine: Limited, asked: Limits) -> Sequence[str]:
    price = machine.price
    if asked.budget is None or price is None or price.amount <= asked.budget:
        return ()
    return (f"costs {price.amount - asked.budget:,.0f} {price.currency} more than the budget",)


def _watts(machine: Limited, asked: Limits) -> Sequence[str]:
    """A part that draws more than the limit is enough; one that draws less says nothing."""
    if asked.watts is None:
        return ()
    if machine.power_w is not None and machine.power_w > asked.watts:
        return (f"draws {machine.power_w:.0f} W",)
    for draw in machine.draws:
        if draw.origin == "measured" and not draw.is_doubtful and draw.power_w > asked.watts:
            return (f"its {draw.part or draw.scope} alone draws {draw.power_w:.0f} W",)
    return ()


def _noise(machine: Limited, asked: Limits) -> Sequence[str]:
    return ("it has a fan",) if asked.is_quiet and machine.cooling == "fan" else ()


def _unknown(machine: Limited, asked: Limits) -> list[str]:
    found = []
    if asked.budget is not None and machine.price is None:
        found.append("its price is not known")
    if asked.watts is not None and machine.power_w is None:
        found.append("nobody measured the power of the whole machine while it trained")
    if asked.is_quiet and machine.cooling is None:
        found.append("it is not known whether it has a fan")
    return found
