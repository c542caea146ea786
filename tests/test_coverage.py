"""What `benchmarks/coverage.py` shows, on fewer series, and on all of them where there is time."""

import math

import pytest
from benchmarks import coverage

SERIES = 300


@pytest.mark.parametrize("ask", coverage.QUESTIONS, ids=lambda ask: ask.__name__)
def test_shares_lie_where_they_have_to(ask):
    lines = list(ask(SERIES))
    # Four standard errors of a share near 0.9, since some 40 lines are asked.
    error = 4 * math.sqrt(0.9 * 0.1 / SERIES)
    assert any(line.least is not None for line in lines)
    for line in lines:
        assert line.excess(error) <= 0, line


@pytest.mark.long
@pytest.mark.parametrize("ask", coverage.QUESTIONS, ids=lambda ask: ask.__name__)
def test_shares_over_2_000_series(ask):
    for line in ask(2_000):
        assert line.is_met, line


def test_a_share_outside_is_seen():
    assert not coverage.Line("x", 0.92, 0.93, 0.97).is_met
    assert not coverage.Line("x", 0.98, 0.93, 0.97).is_met
    assert not coverage.Line("x", 0.2, most=0.1).is_met
    assert coverage.Line("x", 0.2).is_met


def test_the_simulated_series_are_as_they_are_told():
    random = coverage.np.random.default_rng(5)
    quiet = coverage.resembling(random, (4_000, 40), 0.02, 0.5)
    assert quiet.std() == pytest.approx(0.02, rel=0.02)
    pairs = coverage.np.corrcoef(quiet[:, :-1].ravel(), quiet[:, 1:].ravel())
    assert pairs[0, 1] == pytest.approx(0.5, abs=0.02)
    blocks = coverage.block_logs(random, (4_000, 40))
    assert coverage.np.mean(blocks < -0.1) == pytest.approx(0.02 * math.exp(-0.1 / 0.2), rel=0.2)
    speeds = coverage.np.log(coverage.process_speeds(random, 4_000, 1))
    assert speeds.std() == pytest.approx(0.0213, abs=0.001)


def test_what_drifts_drifts_by_12_percent_and_is_mostly_shared():
    random = coverage.np.random.default_rng(6)
    machine, first, second = coverage.drifts(random, 500, "wanders", coverage.OWN_S)
    assert coverage.np.ptp(machine, axis=1) == pytest.approx(math.log(1.12))
    windows = [(machine + own).reshape(500, -1, 100).mean(axis=2) for own in (first, second)]
    windows = [each - each.mean(axis=1, keepdims=True) for each in windows]
    assert coverage.np.corrcoef(*map(coverage.np.ravel, windows))[0, 1] == pytest.approx(
        0.75, abs=0.03
    )
    ratio = (windows[0] - windows[1]).std() / windows[0].std()
    assert ratio == pytest.approx(0.7, abs=0.03)
