"""Samples become a small record, and nothing that was not measured appears in it."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import series
from laptime.series import Log, Quantity, Samples

POWER = Quantity(name="power_w", part="gpu 0", scope="gpu_board")
COUNTER = Quantity(name="energy_j", part="gpu 0", scope="gpu_board", is_counter=True)
SECOND = 1_000_000_000


def samples(values, *, quantity=POWER, period_s=0.1, start_s=0.0, **more):
    times = tuple(round((start_s + k * period_s) * SECOND) for k in range(len(values)))
    rows = tuple((value,) for value in values)
    return Samples(sensor="fake", quantities=(quantity,), times_ns=times, rows=rows, **more)


def test_a_second_of_samples_is_a_bin():
    log = series.log(samples([1.0] * 10 + [2.0, 4.0] * 5), zero_ns=0)
    (power,) = log.series
    assert (log.bin_s, log.first_bin, log.samples) == (1.0, 0, 20)
    assert (power.means, power.least, power.most) == ((1.0, 3.0), (1.0, 2.0), (1.0, 4.0))


def test_equal_values_are_told_once():
    (power,) = series.log(samples([5.0] * 30), zero_ns=0).series
    assert (power.means, power.least, power.most) == ((5.0,) * 3, (), ())


def test_a_pause_is_nothing_and_not_zero():
    visits = [samples([1.0] * 10), samples([1.0] * 10, start_s=5.0)]
    (power,) = series.log(series.joined(visits), zero_ns=0).series
    assert power.means == (1.0, None, None, None, None, 1.0)


def test_time_counts_from_the_workers_zero():
    log = series.log(samples([1.0] * 20, start_s=100.0), zero_ns=101 * SECOND)
    assert (log.first_bin, len(log.series[0].means)) == (-1, 2)


def test_a_counter_is_told_by_its_rise():
    found = samples([1e6 + k for k in range(20)], quantity=COUNTER)
    (energy,) = series.log(found, zero_ns=0).series
    assert (energy.means, energy.least) == ((9.0, 19.0), ())


def test_a_sensor_that_told_nothing_is_a_log_with_its_reason():
    log = series.log(Samples(sensor="amd", ended="not installed"), zero_ns=0)
    assert (log.series, log.samples, log.ended) == ((), 0, "not installed")


def test_a_refused_quantity_stays_with_its_reason():
    found = samples([None, None], refused={POWER.key: "2 of 2 values refused"})
    (power,) = series.log(found, zero_ns=0).series
    assert (power.means, power.refused) == ((None,), "2 of 2 values refused")


@given(st.lists(st.floats(-1e5, 1e6), max_size=30))
def test_bins_are_few_and_hold_every_time(times_s):
    width = series.bin_width(times_s)
    bins = [math.floor(time_s / width) for time_s in times_s]
    assert not bins or max(bins) - min(bins) < series.MOST_BINS


@given(st.lists(st.floats(0.1, 1e3), min_size=1, max_size=200), st.floats(0.05, 20))
def test_bins_lie_between_the_least_and_the_most(values, period_s):
    (power,) = series.log(samples(values, period_s=period_s), zero_ns=0).series
    least, most = power.least or power.means, power.most or power.means
    for low, mean, high in zip(least, power.means, most, strict=True):
        assert (low is None) == (mean is None) == (high is None)
        assert mean is None or low <= mean * 1.0001 <= high * 1.0002


def test_a_quarter_of_an_hour_stays_small():
    values = [math.sin(k) * 50 + 100 for k in range(9_000)]
    text = msgspec.json.encode(series.log(samples(values), zero_ns=0))
    assert len(text) < 2_500
    assert msgspec.json.decode(text, type=Log).series[0].quantity == POWER


def test_visits_with_other_quantities_are_joined_by_key():
    first = samples([1.0])
    second = samples([2.0], quantity=COUNTER, start_s=1.0, ended="it failed")
    both = series.joined([second, first])
    assert both.quantities == (POWER, COUNTER)
    assert both.rows == ((1.0, None), (None, 2.0))
    assert both.ended == "it failed"


def test_different_sensors_are_not_joined():
    with pytest.raises(ValueError, match="one sensor"):
        series.joined([Samples(sensor="a"), Samples(sensor="b")])


def test_a_track_leaves_out_what_is_not_there():
    track = samples([1.0, None, 3.0], period_s=1.0).track(POWER, zero_ns=SECOND)
    assert (track.times_s, track.values) == ((-1.0, 1.0), (1.0, 3.0))
