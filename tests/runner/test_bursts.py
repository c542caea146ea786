"""How often a kernel is called, and for how long."""

import pytest

from laptime.runner.bursts import bursts


class Clock:
    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    wall_ns = now_ns

    def cpu_ns(self) -> int:
        return 2 * self.ns


def timed(call_s: float, **limits):
    clock, counts = Clock(), []

    def run(count: int) -> None:
        counts.append(count)
        clock.ns += round(count * call_s * 1e9)

    return bursts(run, clock=clock, seconds=0.1, count=3, **limits), counts


@pytest.mark.parametrize("call_s", [1e-6, 1e-3, 0.05])
def test_each_is_as_long_as_it_must_be(call_s) -> None:
    found, counts = timed(call_s)
    assert len(found) == 3
    assert all(0.1 <= each.wall_s < 0.5 for each in found)
    assert all(each.call_s == pytest.approx(call_s) for each in found)
    assert counts[0] == 1  # the warm-up, not among them


def test_a_call_longer_than_a_burst_is_one() -> None:
    found, counts = timed(1.0)
    assert [each.calls for each in found] == [1, 1, 1]
    assert counts == [1, 1, 1, 1]


def test_a_very_long_one_is_timed_once() -> None:
    found, _ = timed(2.0, most_s=3.0)
    assert len(found) == 1


def test_cores_are_told() -> None:
    found, _ = timed(0.01)
    assert found[0].cpu_s == pytest.approx(2 * found[0].wall_s)
