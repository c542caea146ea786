"""Joules: right where they are known, a reason where they are not, and never one for the other."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import energy, joules
from laptime.energy import Energy, EstimatedEnergy, MeasuredEnergy, NoEnergy
from laptime.joules import Window
from laptime.series import Quantity, Samples, Track

BOARD = {"part": "gpu 0", "scope": "gpu_board", "renewed_s": 0.1}
POWER = Quantity(name="power_w", **BOARD)
COUNTER = Quantity(name="energy_j", is_counter=True, **BOARD)
WINDOW = [Window(10.0, 30.0, 640)]


def times(start_s=0.0, end_s=40.0, period_s=0.1):
    return tuple(start_s + k * period_s for k in range(round((end_s - start_s) / period_s) + 1))


def power(watts=200.0, quantity=POWER, **more):
    found = times(**more)
    return Track(quantity, found, tuple(watts for _ in found))


def counter(watts=200.0, quantity=COUNTER, **more):
    found = times(**more)
    return Track(quantity, found, tuple(5_000 + watts * time_s for time_s in found))


def test_the_counter_counts_and_power_agrees():
    found = energy.energy(WINDOW, counter=counter(), power=power(), idle_power_w=50.0)
    assert isinstance(found, MeasuredEnergy)
    assert (found.scope, found.part, found.source) == ("gpu_board", "gpu 0", "counter")
    assert found.energy_j == pytest.approx(4_000)
    assert found.net_energy_j == pytest.approx(3_000)
    assert found.agreement == pytest.approx(1.0)
    assert found.mean_power_w == pytest.approx(200)
    assert not found.is_doubtful
    assert found.reasons == {}


@pytest.mark.parametrize(("watts", "is_doubtful"), [(219.0, False), (221.0, True), (179.0, True)])
def test_sources_that_contradict_each_other_are_doubtful(watts, is_doubtful):
    found = energy.energy(WINDOW, counter=counter(), power=power(watts))
    assert found.is_doubtful is is_doubtful
    assert ("agreement" in found.reasons) is is_doubtful


def test_power_alone_is_integrated():
    found = energy.energy(WINDOW, counter=None, power=power())
    assert (found.source, found.agreement) == ("power", None)
    assert found.energy_j == pytest.approx(4_000)
    assert "no other source" in found.reasons["agreement"]


def test_visits_are_added():
    visits = [Window(5.0, 15.0, 320), Window(20.0, 30.0, 300)]
    found = energy.energy(visits, counter=counter(), power=None)
    assert (found.energy_j, found.window_s, found.samples) == (pytest.approx(4_000), 20.0, 620)


def test_short_visits_are_left_out_with_their_images():
    visits = [Window(1.0, 3.0, 64), Window(4.0, 6.0, 64), Window(20.0, 30.0, 320)]
    found = energy.energy(visits, counter=counter(), power=power())
    assert (found.energy_j, found.window_s, found.samples) == (pytest.approx(2_000), 10.0, 320)
    assert found.agreement == pytest.approx(1.0)


def test_an_edge_that_was_read_a_moment_beside_it_is_told():
    late = counter(start_s=10.1, end_s=29.95)
    found = energy.energy(WINDOW, counter=late, power=None)
    assert found.energy_j == pytest.approx(4_000, rel=0.02)
    assert isinstance(energy.energy(WINDOW, counter=counter(start_s=10.6), power=None), NoEnergy)


def test_a_visit_that_was_not_sampled_is_left_out_with_its_images():
    visits = [Window(1.0, 9.0, 64), Window(20.0, 30.0, 320)]
    found = energy.energy(visits, counter=counter(start_s=8.0), power=None)
    assert (found.energy_j, found.window_s, found.samples) == (pytest.approx(2_000), 10.0, 320)


def test_how_long_to_train_without_a_rest():
    slow = msgspec.structs.replace(POWER, renewed_s=1.0)
    card = told("nvidia", [COUNTER, slow], lambda s: (s, 1.0))
    assert energy.stretch_s([card]) == pytest.approx(joules.PERIODS * 0.1)  # by its counter
    assert energy.stretch_s([told("nvidia", [slow], lambda _: (1.0,))]) == joules.PERIODS
    assert energy.stretch_s([told("host", [Quantity(name="tree_cores")], lambda _: (1.0,))]) == 0


def test_without_idle_power_there_is_no_net():
    found = energy.energy(WINDOW, counter=counter(), power=None)
    assert found.net_energy_j is None
    assert "idle" in found.reasons["net_energy_j"]


def test_net_energy_is_never_negative():
    found = energy.energy(WINDOW, counter=counter(), power=None, idle_power_w=300.0)
    assert found.net_energy_j is None
    assert "before the training" in found.reasons["net_energy_j"]


def test_a_short_window_is_a_reason():
    slow = Quantity(name="energy_j", part="chip", scope="soc", is_counter=True, renewed_s=2.0)
    found = energy.energy(WINDOW, counter=counter(quantity=slow), power=None)
    assert found == NoEnergy(scope="soc", part="chip", reason=found.reason)
    assert "it takes 110 s" in found.reason


def test_a_short_window_for_the_counter_leaves_the_power():
    slow = msgspec.structs.replace(COUNTER, renewed_s=2.0)
    found = energy.energy(WINDOW, counter=counter(quantity=slow), power=power())
    assert found.source == "power"
    assert "counter: 20 s without a rest are short" in found.reasons["agreement"]


def test_a_counter_that_stands_still_counts_nothing():
    found = energy.energy(WINDOW, counter=counter(watts=0.0), power=None)
    assert (type(found), found.reason) == (NoEnergy, "counter: it did not move")


def test_a_window_that_was_not_sampled_is_a_reason():
    late = energy.energy(WINDOW, counter=counter(start_s=11.0), power=None)
    assert "both edges" in late.reason
    gap = times(end_s=15.0) + times(start_s=20.0)
    hole = energy.energy(WINDOW, counter=None, power=Track(POWER, gap, tuple(200.0 for _ in gap)))
    assert "5.0 s" in hole.reason


def test_an_estimate_is_another_type():
    model = {"origin": "estimated", "basis": "its maker's model"}
    found = energy.energy(
        WINDOW, counter=counter(quantity=msgspec.structs.replace(COUNTER, **model)), power=None
    )
    assert isinstance(found, EstimatedEnergy)
    assert not isinstance(found, MeasuredEnergy)
    assert found.basis == "its maker's model"


@pytest.mark.parametrize("origin", ["measured", "estimated", "none"])
def test_the_origin_is_written_down(origin):
    model = {"origin": "estimated", "basis": "a model"} if origin == "estimated" else {}
    quantity = msgspec.structs.replace(COUNTER, **model)
    window = WINDOW if origin != "none" else [Window(1.0, 1.5, 8)]
    found = energy.energy(window, counter=counter(quantity=quantity), power=None)
    text = msgspec.json.encode(found)
    assert msgspec.json.decode(text)["origin"] == origin
    assert msgspec.json.decode(text, type=Energy) == found


@given(
    st.lists(st.floats(1, 500), min_size=400, max_size=400),
    st.floats(0.1, 15),
    st.floats(20, 39),
)
def test_integrated_power_is_the_counters_rise(watts, start_s, end_s):
    found = times()[: len(watts)]
    joules = [0.0]
    for k in range(1, len(watts)):
        joules.append(joules[-1] + 0.1 * (watts[k] + watts[k - 1]) / 2)
    told = energy.energy(
        [Window(start_s, end_s, 32)],
        counter=Track(COUNTER, found, tuple(joules)),
        power=Track(POWER, found, tuple(watts)),
    )
    # Within a tenth of a second the counter is taken for straight: 500 W for 0.1 s at each edge.
    assert abs(told.energy_j - told.agreement * told.energy_j) < 2 * 500 * 0.1


def test_idle_power():
    assert joules.mean_power_w(power(35.0), 1.0, 8.0) == pytest.approx(35.0)
    assert joules.mean_power_w(counter(35.0), 1.0, 8.0) == pytest.approx(35.0)
    with pytest.raises(joules.UnknownError):
        joules.mean_power_w(power(35.0), 1.0, 1.9)


def test_two_scopes_are_a_mistake():
    other = Quantity(name="power_w", part="package-0", scope="cpu_package")
    with pytest.raises(ValueError, match="one scope"):
        energy.energy(WINDOW, counter=counter(), power=power(quantity=other))


def test_a_part_of_a_chip_has_no_scope():
    part = Quantity(name="energy_j", part="cpu", is_counter=True, renewed_s=0.1)
    with pytest.raises(ValueError, match="no scope"):
        energy.energy(WINDOW, counter=counter(quantity=part), power=None)


SECOND = 1_000_000_000


def told(sensor, quantities, row_of, *, end_s=40.0):
    found = times(end_s=end_s)
    return Samples(
        sensor=sensor,
        quantities=tuple(quantities),
        times_ns=tuple(round((100 + time_s) * SECOND) for time_s in found),
        rows=tuple(row_of(time_s) for time_s in found),
    )


def test_sources_of_one_place_find_each_other_across_sensors():
    chip = {"part": "chip", "scope": "soc", "origin": "estimated", "basis": "a model"}
    joules = Quantity(name="energy_j", is_counter=True, renewed_s=0.1, **chip)
    watts = Quantity(name="power_w", renewed_s=0.1, **chip)
    part = Quantity(name="energy_j", part="cpu", is_counter=True, origin="estimated", basis="a")
    apple = told("apple", [joules, part], lambda s: (20.0 * s, 5.0 * s))
    macmon = told("macmon", [watts], lambda _: (21.0,))
    (found,) = energy.energies([apple, macmon], WINDOW, zero_ns=100 * SECOND)
    assert isinstance(found, EstimatedEnergy)
    assert (found.scope, found.part) == ("soc", "chip")
    assert found.energy_j == pytest.approx(400)
    assert found.agreement == pytest.approx(1.05)


def test_idle_power_makes_it_net():
    idle = told("nvidia", [COUNTER, POWER], lambda s: (30.0 * s, 30.0), end_s=10.0)
    busy = told("nvidia", [COUNTER, POWER], lambda s: (200.0 * s, 200.0))
    before = energy.idle_powers([idle])
    assert before == {("gpu_board", "gpu 0"): pytest.approx(30.0)}
    (found,) = energy.energies([busy], WINDOW, zero_ns=100 * SECOND, idle_power_w=before)
    assert found.net_energy_j == pytest.approx(170 * 20)


def test_idle_power_of_a_moment_is_not_known():
    idle = told("nvidia", [COUNTER, POWER], lambda s: (30.0 * s, 30.0), end_s=0.9)
    assert energy.idle_powers([idle]) == {}


def test_a_sensor_without_power_has_no_energy():
    host = told("host", [Quantity(name="tree_cores")], lambda _: (1.0,))
    assert energy.energies([host], WINDOW, zero_ns=0) == ()
