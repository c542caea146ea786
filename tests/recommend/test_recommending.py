"""Limits, rents, own results and warnings: what is known decides, what is not is named."""

from __future__ import annotations

import random

import pytest

from laptime.energy import MeasuredEnergy
from laptime.errors import UsageError
from laptime.recommend.answer import Comparison
from laptime.recommend.candidates import from_published
from laptime.recommend.choice import choose
from laptime.recommend.given import find, in_currency, priced, rented
from laptime.recommend.limits import Limits
from laptime.recommend.prices import Price, Rate, Rent, read_price
from laptime.recommend.recommending import point_of, recommend
from laptime.recommend.uses import USES, use_of
from tests.recommend.machines import LARGE, TINY, answer, name, only, own
from tests.recommend.test_candidates import energy
from tests.recommend.test_prices import TODAY

M1, M1_PRO, M1_MAX = name("13-inch, M1, 16 GB"), name("M1 Pro 14-core"), name("M1 Max")
K80, TITAN = name("K80"), name("TITAN RTX")


def names(comparison: Comparison) -> list[str]:
    return [member.name for member in comparison.members]


def outside(comparison: Comparison) -> dict[str, tuple[str, bool]]:
    return {each.name: (each.reasons[0], each.is_unknown) for each in comparison.outside}


@pytest.mark.parametrize("use", USES, ids=lambda use: use.name)
def test_every_set_is_that_of_its_own_rows(use) -> None:
    told = answer(use=use.name)
    assert told.is_answered
    for comparison in told.comparisons:
        points = [point_of(row) for row in comparison.rows if not row.is_rented]
        assert names(comparison) == [point.name for point in choose(points).members]
        assert all(member.reasons for member in comparison.members)
        (base,) = [row for row in comparison.rows if row.name == comparison.baseline]
        assert base.speed == pytest.approx(1)


def test_the_order_of_the_machines_plays_no_part() -> None:
    machines = from_published()
    mixed = random.Random(1).sample(machines, len(machines))  # noqa: S311 - no secret
    both = [
        recommend(use_of("vision"), m, asked=Limits(), currency="USD") for m in (machines, mixed)
    ]
    assert both[0] == both[1]


def test_a_budget_leaves_out_what_is_dearer_and_what_has_no_price() -> None:
    found = only(answer(use="daily", budget=2000.0))
    assert names(found) == [M1, M1_PRO]
    assert found.members[1].reasons == ("the fastest within your limits",)
    assert outside(found) == {
        M1_MAX: ("costs 1,299 USD more than the budget", False),
        TITAN: ("its price is not known", True),
    }


def test_a_budget_that_nobody_meets_names_the_cheapest() -> None:
    told = answer(use="daily", budget=100.0)
    assert not told.is_answered
    assert only(told).cheapest == M1


def test_silence_that_nobody_is_known_to_keep() -> None:
    told = answer(use="daily", is_quiet=True)
    assert not told.is_answered
    assert outside(only(told))[M1] == ("it has a fan", False)
    assert outside(only(told))[TITAN] == ("it is not known whether it has a fan", True)
    assert K80 in told.warnings[-2]
    assert "MacBook Air 2020" in told.warnings[-1]


def test_silence_of_ones_own_machine() -> None:
    air = own("MacBookAir10,1", work={"workload": TINY})
    assert len(names(only(answer(mix=TINY, results=(air,), is_quiet=True)))) == 1


def test_power_that_nobody_measured_is_no_power_below_a_limit() -> None:
    found = only(answer(mix=TINY, watts=60.0))
    assert names(found) == []
    assert all(is_unknown for _, is_unknown in outside(found).values())


@pytest.mark.parametrize(
    ("scope", "watts", "reason"),
    [
        ("system", 60.0, None),
        ("system", 40.0, "draws 50 W"),
        ("cpu_package", 40.0, "its cpu_package alone draws 50 W"),
        ("cpu_package", 60.0, "nobody measured the power of the whole machine while it trained"),
    ],
)
def test_a_part_can_be_too_much_and_never_little_enough(scope, watts, reason) -> None:
    mine = own(process={"energy": (energy(MeasuredEnergy, scope),)})
    found = only(answer(mix=TINY, results=(mine,), watts=watts))
    (machine,) = [row.name for row in found.rows if row.is_own]
    assert (machine in names(found)) == (reason is None)
    assert reason is None or outside(found)[machine][0] == reason


def test_ours_without_a_price_stands_for_its_speed() -> None:
    """58.5 s against 37.1 of the TITAN RTX and 137.3 of the M1: faster than all that have a price."""
    told = answer(mix=TINY, results=(own(),))
    (row,) = [row for row in only(told).rows if row.is_own]
    assert row.speed == pytest.approx(137.266 / 58.5)
    (beaten,) = [each for each in only(told).beaten if each.name == row.name]
    assert (beaten.by, beaten.unknown) == ((TITAN,), ("price", "power"))
    assert any("software of their day" in warning for warning in told.warnings)


def test_ones_own_machines_are_compared_where_nobody_published() -> None:
    work = {"workload": "mnist-mlp"}
    told = answer(mix="mnist-mlp", results=(own("A", work=work), own("B", wall_s=0.25, work=work)))
    slow, fast = sorted(only(told).rows, key=lambda row: row.speed)
    assert fast.speed / slow.speed == pytest.approx(2)
    assert "as your own records have it" in only(told).parts[0].quantity


def test_one_machine_is_no_comparison() -> None:
    told = answer(mix="mnist-mlp", results=(own(work={"workload": "mnist-mlp"}),))
    assert told.comparisons == ()
    assert told.not_compared["mnist-mlp"].startswith("only Box 1")


def test_a_rent_breaks_even_by_the_formula() -> None:
    told = answer(mix=LARGE, rents=[Rent(machine=None, amount=0.5, currency=None)])
    by = {each.machine: each for each in only(told).break_even}
    ratio = (2122.14 * 2033.5) ** 0.5 / 1485.993
    assert by[M1_PRO].speed_over_rented == pytest.approx(ratio)
    assert by[M1_PRO].hours == pytest.approx(1999 / (0.5 * ratio))
    assert by[M1_PRO].rented_hours == pytest.approx(1999 / 0.5)
    assert TITAN not in by
    (k80,) = [row for row in only(told).rows if row.is_rented]
    assert k80.epochs_per_price[LARGE] == pytest.approx(3600 / ((424.428 * 406.7) ** 0.5) / 0.5)


def test_epochs_for_a_dollar_are_those_of_the_hours() -> None:
    row = next(row for row in only(answer(mix=LARGE, hours=1000.0)).rows if row.name == M1_PRO)
    assert row.epochs_per_price[LARGE] == pytest.approx(1000 * 3600 / 297.1986 / 1999)


def test_without_a_rented_machine_there_is_no_break_even_and_it_is_said() -> None:
    told = answer(mix="catsdogs-vgg16", rents=[Rent(machine=None, amount=0.5, currency=None)])
    assert only(told).break_even == ()
    assert "no break-even" in told.warnings[-1]


def test_a_rent_names_its_machine() -> None:
    rents = [Rent(machine="TITAN RTX", amount=1.0, currency="USD")]
    machines = rented(from_published(), rents)
    told = recommend(use_of("daily"), machines, asked=Limits(), currency="USD", rents=rents)
    assert {each.rented for each in only(told).break_even} == {TITAN}
    assert TITAN not in names(only(told))


def test_currencies_need_a_rate() -> None:
    machines = priced(from_published(), [read_price("M1 Max=3000 EUR @2022 s", today=TODAY)])
    with pytest.raises(UsageError, match="--rate"):
        in_currency(machines, "USD", [])
    rate = Rate(of="EUR", amount=1.1, currency="USD", date="2022", source="s")
    machine = find("M1 Max", in_currency(machines, "USD", [rate]))
    assert machine.price is not None
    assert machine.price.amount == pytest.approx(3300)
    assert [price.amount for price in machine.other_prices] == [3299]


@pytest.mark.parametrize(
    ("machine", "problem"),
    [
        ("M1 Mux", "nearest are '.*M1 Max"),
        ("M1 Pro", "2 machines are called"),
        ("K80", "--cloud-price in place of --price"),
        ("x" * 10_000, "no machine"),
        (",", "no machine"),
    ],
)
def test_a_machine_that_nobody_can_mean_is_refused(machine: str, problem: str) -> None:
    price = Price(amount=1, currency="USD", date="2022", source="s")
    with pytest.raises(UsageError, match=problem) as refused:
        priced(from_published(), [(machine, price)])
    assert len(str(refused.value)) < 600


def test_two_prices_of_one_machine_are_refused() -> None:
    price = Price(amount=1, currency="USD", date="2022", source="s")
    with pytest.raises(UsageError, match="two prices"):
        priced(from_published(), [("M1 Max", price), (M1_MAX, price)])


def test_old_prices_are_said_to_be_old() -> None:
    assert "of 2022 or older" in answer(use="daily", today=TODAY).warnings[0]
    machines = priced(
        from_published(), [("M1 Max", Price(amount=1, currency="USD", date="2026", source="s"))]
    )
    told = recommend(use_of("daily"), machines, asked=Limits(), currency="USD", today=TODAY)
    assert told.warnings[0].startswith("Prices of 2021 stand beside prices of 2026")
