"""Burst, sustained, and what is kept, from series whose ends are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.record import Block
from laptime.soaking import MOST_BURST_S, soaked
from tests.runs import block


def series(speeds: list[float], *, wall_s: float = 5.0) -> list[Block]:
    return [
        replace(
            block(number, wall_s=wall_s), started_s=number * wall_s, samples=round(speed * wall_s)
        )
        for number, speed in enumerate(speeds)
    ]


def test_a_machine_that_throttles_keeps_a_part() -> None:
    found = soaked(series([200.0] * 60 + [160.0] * 120))
    assert found
    assert found.burst_samples_per_s == pytest.approx(200)
    assert found.sustained_samples_per_s == pytest.approx(160)
    assert found.retention == pytest.approx(0.8)


def test_the_burst_is_a_minute_at_most() -> None:
    minute = int(MOST_BURST_S / 5.0) + 1
    found = soaked(series([300.0] * minute + [100.0] * 300))
    assert found
    assert found.burst_samples_per_s == pytest.approx(300)


@given(st.floats(10, 1e4), st.integers(12, 400))
def test_a_flat_series_keeps_everything(speed: float, count: int) -> None:
    found = soaked(series([speed] * count))
    assert found
    assert found.retention == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("count", [0, 1])
def test_too_little_tells_nothing(count: int) -> None:
    assert soaked(series([100.0] * count)) is None
