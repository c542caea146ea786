"""When a process has been measured for long enough."""

import math

import pytest

from laptime.stats import log_half_width
from laptime.stopping import HALF_WIDTH, LEAST_BLOCKS, LEAST_S, why_stop
from tests.stats.test_series import resembling


def speeds(count, *, spread=0.02, correlation=0.5, seed=1):
    return [math.exp(x) for x in resembling(count, correlation, spread=spread, seed=seed)]


def stopped(found, *, block_s=0.55, budget_s=None):
    """After how many blocks it stops, and why."""
    for count in range(len(found) + 1):
        why = why_stop(found[:count], measured_s=block_s * count, budget_s=budget_s)
        if why:
            return count, why
    return None


def test_a_quiet_process_stops_at_the_least_blocks_and_seconds():
    quiet = speeds(200, spread=0.003)
    assert stopped(quiet) == (math.ceil(LEAST_S / 0.55), "precise")
    assert stopped(quiet, block_s=2.0) == (LEAST_BLOCKS, "precise")


@pytest.mark.parametrize("seed", range(5))
def test_a_precise_process_is_known_to_one_percent(seed):
    found = speeds(400, spread=0.015, seed=seed)
    count, why = stopped(found)
    is_first = count == math.ceil(LEAST_S / 0.55)
    is_known, was_known = (log_half_width(found[:n]) <= HALF_WIDTH for n in (count, count - 1))
    assert (why == "precise") == is_known
    assert is_first or not was_known


@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_process_stops_when_its_noise_is_known(seed):
    count, why = stopped(speeds(400, spread=0.1, seed=seed))
    assert why == "noise_converged"
    assert 2 * LEAST_BLOCKS <= count <= 120


def test_noise_that_grows_goes_on():
    growing = [math.exp(0.01 * k * (-1) ** k) for k in range(1, 120)]
    assert stopped(growing) is None


@pytest.mark.parametrize(("budget_s", "count"), [(2.0, 4), (10.9, 20)])
def test_a_spent_budget_stops_whatever_is_known(budget_s, count):
    assert stopped(speeds(100), budget_s=budget_s) == (count, "budget")


def test_neighbours_that_resemble_each_other_take_longer():
    alike = speeds(400, correlation=0.6, spread=0.012)
    apart = speeds(400, correlation=0.0, spread=0.012)
    assert log_half_width(alike[:40]) > 1.5 * log_half_width(apart[:40])


def test_a_stop_is_refused_where_a_speed_is_not_positive():
    with pytest.raises(ValueError, match=r"math domain|positive"):
        why_stop([1.0] * 39 + [0.0], measured_s=30.0)
