"""Every sensor, on whatever machine: it answers, or says why not, within its time limit."""

from __future__ import annotations

import time

import pytest

from laptime import registry
from laptime.plausible import BOUNDS, bounds
from laptime.runner import sampling
from laptime.runner.sampling import Sampler
from laptime.series import log

SENSORS = registry.names("sensors")
LIMIT_S = 25.0


def test_the_room_has_its_sensors() -> None:
    assert set(SENSORS) >= {"host", "nvidia", "amd", "apple", "macmon", "rapl", "power", "fake"}


@pytest.mark.parametrize("name", SENSORS)
def test_it_is_described_without_being_opened(name) -> None:
    facts = registry.peek("sensors", name)
    assert facts["TITLE"]
    assert 0 < facts["PERIOD_S"] <= 60
    assert 0 < facts["LIMIT_S"] <= 60
    assert facts["MODULES"] == () or facts["EXTRA"] or facts.get("ONLY_NAMED")


@pytest.fixture(scope="module")
def answers():
    """What each sensor told in a second or two, once none is still opening."""
    began = time.perf_counter()
    with Sampler(SENSORS) as sampler:
        while True:
            sampler.start(None)
            time.sleep(1.5)
            found = sampler.stop()
            is_open = all(each.ended != sampling.STILL_OPENING for each in found.sensors)
            if is_open or time.perf_counter() - began > LIMIT_S:
                return {each.sensor: each for each in found.sensors}


@pytest.mark.parametrize("name", SENSORS)
def test_it_answers_or_says_why_not(name, answers) -> None:
    told = answers[name]
    assert told.ended != sampling.STILL_OPENING
    if told.ended:
        assert len(told.ended) > 10
        assert "it failed" not in told.ended  # a sensor knows what it does not find
        return
    assert told.quantities
    assert told.rows
    assert any(value is not None for row in told.rows for value in row)


@pytest.mark.parametrize("name", SENSORS)
def test_every_quantity_has_a_unit_and_a_place(name, answers) -> None:
    told = answers[name]
    keys = [quantity.key for quantity in told.quantities]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set(told.missing)
    assert all(why for why in told.missing.values())
    for quantity in told.quantities:
        assert bounds(quantity.name) in BOUNDS.values()
        assert quantity.origin == "measured" or quantity.basis
    assert all(len(row) == len(keys) for row in told.rows)


@pytest.mark.parametrize("name", SENSORS)
def test_nothing_is_refused_on_a_sound_machine(name, answers) -> None:
    assert answers[name].refused == {}


@pytest.mark.parametrize("name", SENSORS)
def test_it_can_be_written_down(name, answers) -> None:
    found = log(answers[name], zero_ns=answers[name].times_ns[0] if answers[name].times_ns else 0)
    assert found.sensor == name
    assert len(found.series) <= len(answers[name].quantities)
