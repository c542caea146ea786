"""Impossible values are refused, and possible ones never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import registry
from laptime.plausible import BOUNDS, POWER_LIMIT_W, believed, bounds
from laptime.series import Quantity
from tests.test_series import COUNTER, POWER, samples

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (NAN, "no number"),
        (INF, "no number"),
        (-5.0, "outside of 0 to 5000"),
        (10_000.0, "outside of 0 to 5000"),
    ],
)
def test_a_lie_is_refused_with_its_reason(lie, why):
    found = believed(samples([100.0, lie, 100.0]))
    assert found.rows == ((100.0,), (None,), (100.0,))
    assert why in found.refused[POWER.key]
    assert found.refused[POWER.key].startswith("1 of 3 values refused")


def test_a_counter_that_runs_backwards_is_refused():
    found = believed(samples([10.0, 20.0, 15.0, 30.0], quantity=COUNTER))
    assert [row[0] for row in found.rows] == [10.0, 20.0, None, 30.0]
    assert "backwards" in found.refused[COUNTER.key]


def test_a_counter_that_leaps_is_refused():
    found = believed(samples([10.0, 9_000_000.0, 30.0], quantity=COUNTER))
    assert [row[0] for row in found.rows] == [10.0, None, 30.0]


def test_a_slow_counter_may_bring_two_seconds_at_once():
    slow = Quantity(name="energy_j", is_counter=True, renewed_s=2.0)
    rises = [0.0] * 20 + [2 * 60.0] * 20
    assert believed(samples(rises, quantity=slow)).refused == {}


def test_an_unknown_temperature_is_refused():
    # An ACPI zone that tells -44 degrees: prometheus/procfs, sys/class/thermal/thermal_zone1
    found = believed(samples([-44.0], quantity=Quantity(name="temperature_c")))
    assert found.rows == ((None,),)


@given(st.lists(st.floats(0, POWER_LIMIT_W), max_size=50))
def test_what_can_be_true_is_believed(values):
    found = believed(samples(values))
    assert [row[0] for row in found.rows] == values
    assert found.refused == {}


@given(st.lists(st.floats(0, 0.999 * POWER_LIMIT_W / 10), max_size=50))
def test_an_honest_counter_is_believed(rises_j):
    values = [sum(rises_j[: k + 1]) for k in range(len(rises_j))]
    assert believed(samples(values, quantity=COUNTER)).refused == {}


@given(st.lists(st.one_of(st.floats(), st.none()), max_size=50))
def test_whatever_is_told_what_stays_is_possible(values):
    least, most = BOUNDS["_w"]
    kept = [row[0] for row in believed(samples(values)).rows]
    assert all(value is None or least <= value <= most for value in kept)


def test_a_name_without_a_unit_is_a_mistake():
    with pytest.raises(ValueError, match="no unit"):
        bounds("speed")


def test_the_longest_unit_counts():
    assert bounds("disk_read_bytes_per_s") == BOUNDS["_bytes_per_s"]


def test_every_quantity_of_the_fake_has_a_unit():
    for quantity in registry.load("sensors", "fake").Fake.opened.quantities:
        assert bounds(quantity.name)
