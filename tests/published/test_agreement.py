"""Rows against themselves: a printed figure in its unit, and epochs against the total."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import published
from laptime.published.agreement import disagreements, read_printed

B21 = [row for row in published.rows() if row.meant_unit]


@pytest.mark.parametrize(
    ("printed", "unit", "low", "high"),
    [
        ("180 total, 18 per epoch", "s", 179.5, 180.5),
        ("24", "min", 1410, 1470),
        ("33:06", "m:s", 1985.5, 1986.5),
        ("2:00:26", "h:m:s", 7225.5, 7226.5),
        ("23-24", "s", 22.5, 24.5),
        ("17+10", "s", 26, 28),
        ("2.45x", "x", 2.445, 2.455),
    ],
)
def test_a_printed_figure_is_read_as_an_interval(printed, unit, low, high):
    assert read_printed(printed, unit) == pytest.approx((low, high))


def test_words_are_not_read():
    assert read_printed("almost identical", "x") is None
    assert read_printed("13 points apart", "words") is None


@given(st.floats(0.1, 1e5), st.integers(0, 3))
def test_a_rounded_number_reads_back_around_itself(value, digits):
    low, high = read_printed(f"{value:.{digits}f}", "s") or (0.0, 0.0)
    assert low - 1e-6 <= value <= high + 1e-6


def test_the_wrong_minutes_of_2021_are_named():
    assert len(B21) == 12
    assert {(row.printed_unit, row.meant_unit) for row in B21} == {("min", "s")}


@pytest.mark.parametrize("row", B21, ids=lambda row: f"{row.workload}-{row.gpu}")
def test_printed_minutes_taken_at_their_word_are_noticed(row):
    unnamed = msgspec.structs.replace(row, meant_unit=None)
    (problem,) = disagreements(unnamed)
    assert "in min is not" in problem


def test_a_unit_mistake_that_is_none_is_noticed():
    row = next(row for row in published.rows() if row.workload == "createml-food101-10pct")
    (problem,) = disagreements(msgspec.structs.replace(row, meant_unit="s"))
    assert "no other unit is meant" in problem


def test_a_value_that_fits_no_unit_is_noticed():
    wrong = msgspec.structs.replace(B21[0], value=1.0, epoch_mean_s=None)
    (problem,) = disagreements(wrong)
    assert "either" in problem


def test_epochs_that_do_not_add_up_are_noticed():
    wrong = msgspec.structs.replace(B21[0], epoch_mean_s=18.5)
    assert "are not" in disagreements(wrong)[0]
    lonely = msgspec.structs.replace(B21[0], epochs=None)
    assert "without a total" in disagreements(lonely)[0]
