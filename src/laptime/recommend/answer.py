"""The whole answer: comparisons with their sets and steps, and what is not known."""

from __future__ import annotations

from laptime.consumption import Consumption
from laptime.frozen import Frozen
from laptime.published.prices import Cooling
from laptime.recommend.choice import Step
from laptime.recommend.figures import Figure
from laptime.recommend.limits import Limits, Outside
from laptime.recommend.prices import Difference, Price, Rate
from laptime.recommend.uses import Use


class Part(Frozen, frozen=True, kw_only=True):
    """A workload that is compared."""

    workload: str
    weight: float
    reason: str
    quantity: str
    """What was timed, in words."""
    is_orientation: bool


class Row(Frozen, frozen=True, kw_only=True):
    """A machine in a comparison, with everything that is known of it."""

    name: str
    is_own: bool
    is_here: bool
    is_rented: bool
    speed: float
    """Relative to the baseline: weighted geometric mean over the parts."""
    speeds: dict[str, float]
    """Workload -> relative to the baseline."""
    figures: tuple[Figure, ...]
    price: Price | None
    other_prices: tuple[Price, ...]
    differences: tuple[Difference, ...]
    power_w: float | None
    draws: tuple[Consumption, ...]
    cooling: Cooling | None
    cooling_source: str | None
    epochs_per_price: dict[str, float]
    """Workload -> epochs for one unit of currency, where seconds and a price are known."""


class Member(Frozen, frozen=True, kw_only=True):
    """A machine that no other one beats, and why."""

    name: str
    reasons: tuple[str, ...]


class Beaten(Frozen, frozen=True, kw_only=True):
    """A machine that another one beats in everything that is known."""

    name: str
    by: tuple[str, ...]
    """Members of the set."""
    unknown: tuple[str, ...]
    """'price', 'power': what nobody told of it, and might let it in."""


class BreakEven(Frozen, frozen=True, kw_only=True):
    """How long a bought machine must train until renting would have cost as much."""

    machine: str
    rented: str
    rent_per_hour: float
    speed_over_rented: float
    hours: float
    """Of training on the bought machine."""
    rented_hours: float
    """What the same training takes on the rented one."""


class Comparison(Frozen, frozen=True, kw_only=True):
    """Machines that have a figure of one quantity for each of its parts."""

    parts: tuple[Part, ...]
    baseline: str
    rows: tuple[Row, ...]
    """Fastest first."""
    members: tuple[Member, ...]
    steps: tuple[Step, ...]
    beaten: tuple[Beaten, ...]
    outside: tuple[Outside, ...]
    """Beyond a limit, or not known to be within it."""
    break_even: tuple[BreakEven, ...]
    repeats_differ: float | None
    """By how much repeats of one machine, or the ends of a band of ours, differ at most."""
    cheapest: str | None
    """Of all that have a price, within the limits or not."""


class Incomplete(Frozen, frozen=True, kw_only=True):
    """A machine that stands in no comparison, with what is there and what is missing."""

    name: str
    has: tuple[str, ...]
    """Workloads of the mix for which it has any figure."""
    missing: dict[str, str]
    """Workload -> why there is none that can be used."""


class Recommendation(Frozen, frozen=True, kw_only=True):
    """The answer, with everything behind it."""

    use: Use
    limits: Limits
    currency: str
    hours: float
    comparisons: tuple[Comparison, ...]
    not_compared: dict[str, str]
    """Workload of the mix -> why it is in no comparison."""
    incomplete: tuple[Incomplete, ...]
    warnings: tuple[str, ...]
    rates: tuple[Rate, ...]

    @property
    def asked(self) -> tuple[str, ...]:
        """The limits in words."""
        asked = self.limits
        return tuple(
            words
            for words, is_asked in (
                (f"at most {asked.budget or 0:,.0f} {self.currency}", asked.budget is not None),
                (f"at most {asked.watts or 0:g} W", asked.watts is not None),
                ("no fan", asked.is_quiet),
            )
            if is_asked
        )

    @property
    def is_answered(self) -> bool:
        """Whether any machine is left to choose."""
        return any(comparison.members for comparison in self.comparisons)
