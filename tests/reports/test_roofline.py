"""The roofline as it is drawn: inside the screen, each workload where it belongs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.cli._answer import answer_of
from laptime.layout import Screen
from laptime.reports import _roofline as drawing
from laptime.reports import markdown, terminal
from laptime.roofline import Point, Roofline
from tests.runs import quick

BARE = Roofline(
    machine_key="here",
    device="cpu",
    precision="float32",
    peak_gflop_per_s=100.0,
    gb_per_s=20.0,
    ridge_flop_per_byte=5.0,
    points=(),
)
VALUES = st.floats(1e-3, 1e6)


def line(*places: tuple[float, float]) -> Roofline:
    points = tuple(
        Point(
            id=str(number),
            workload=f"workload-{number}",
            engine="torch",
            setup="plain",
            flop_per_byte=intensity,
            gflop_per_s=speed,
            roof_share=speed / BARE.allowed(intensity),
        )
        for number, (intensity, speed) in enumerate(places)
    )
    return replace(BARE, points=points)


def where(drawn: list[str], letter: str) -> tuple[int, int]:
    """Row from above, and column."""
    [found] = [(row, text.index(letter)) for row, text in enumerate(drawn) if letter in text]
    return found


def test_higher_is_faster_and_further_right_more_flops_a_byte() -> None:
    drawn = drawing.chart(line((1.0, 10.0), (50.0, 90.0)), width=80)[: drawing.HEIGHT]
    slow, fast = where(drawn, "a"), where(drawn, "b")
    assert slow[0] > fast[0]
    assert slow[1] < fast[1]


def test_the_roof_slopes_up_to_the_ridge_and_is_flat_behind_it() -> None:
    drawn = drawing.chart(line((1.0, 1.0)), width=80)[: drawing.HEIGHT]
    slope = [row for row, text in enumerate(drawn) if "╱" in text]  # noqa: RUF001
    flat = [row for row, text in enumerate(drawn) if "─" in text]
    assert len(slope) > 2
    assert len(flat) == 1
    assert flat[0] == min(slope)


def test_two_in_one_place_stand_beside_each_other() -> None:
    drawn = drawing.chart(line((10.0, 50.0), (10.0, 50.0)), width=80)
    assert any("ab" in text for text in drawn)


@given(
    places=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=60),
    width=st.integers(20, 200),
)
def test_nothing_is_wider_than_the_screen(places: list[tuple[float, float]], width: int) -> None:
    drawn = drawing.chart(line(*places), width=width)
    assert all(len(text) <= width for text in drawn)
    assert len(drawn) in (0, drawing.HEIGHT + 2)
    assert len(drawing.cells(line(*places))) == len(places)


@pytest.mark.parametrize("report", [terminal, markdown])
def test_reports_draw_it_and_name_every_point(report) -> None:  # type: ignore[no-untyped-def]
    made = replace(answer_of([quick()]), rooflines=(line((1.0, 10.0), (50.0, 90.0)),))
    told = report.render(made, screen=Screen(width=100))
    for word in ("100 GFLOP/s", "20.0 GB/s", "5.00 FLOP/byte", "workload-0", "workload-1", "90 %"):
        assert word in told.replace("\\", ""), word
    ascii_only = report.render(made, screen=Screen(width=60, has_unicode=False))
    assert report is markdown or ascii_only.isascii()
