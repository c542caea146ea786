"""Burst, sustained, and what is kept, from series whose ends are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.record import Block
from laptime.series import Log, Quantity, Series
from laptime.soaking import MOST_BURST_S, courses, soaked
from tests.runs import block, quick_process


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


def told(name: str, *means: float | None, first_bin: int = 0) -> Log:
    quantity = Quantity(name=name, part="gpu 0")
    return Log(
        sensor="nvidia",
        bin_s=10.0,
        first_bin=first_bin,
        samples=len(means),
        series=(Series(quantity=quantity, means=means),),
        missing={},
        facts={},
        ended=None,
        cpu_s=0.0,
    )


def test_what_sensors_told_at_both_ends() -> None:
    """200 s of blocks: the burst is its first 20 s, the sustained part its last 40."""
    logs = (
        told("temperature_c", 30.0, 40.0, 50.0, *[60.0] * 12, 90.0, *[80.0] * 3, 84.0),
        told("frequency_hz", *[2e9] * 15, *[1e9] * 5),
        told("busy_share", *[1.0] * 20),
    )
    process = quick_process(blocks=tuple(series([100.0] * 40)), logs=logs)
    heat, clock = courses(process)
    assert (heat.quantity, heat.part, heat.burst) == ("temperature_c", "gpu 0", 35.0)
    assert (heat.sustained, heat.most) == (81.0, 90.0)
    assert (clock.burst, clock.sustained) == (2e9, 1e9)


def test_a_series_with_a_hole_at_an_end_tells_nothing() -> None:
    logs = (told("temperature_c", *[50.0] * 10, *[None] * 10),)
    assert courses(quick_process(blocks=tuple(series([100.0] * 40)), logs=logs)) == ()
