"""Joules for what was trained: by place, never across origins."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from laptime.consumption import consumption, why_none
from laptime.energy import Energy, EstimatedEnergy, MeasuredEnergy, NoEnergy
from tests.runs import SMALL, quick_process

BOARD = MeasuredEnergy(
    scope="gpu_board",
    part="gpu 0",
    window_s=10.0,
    samples=500,
    energy_j=1_000.0,
    net_energy_j=800.0,
    idle_power_w=20.0,
    source="counter",
    agreement=1.0,
    reasons={},
)
CHIP = EstimatedEnergy(
    basis="a model", **(msgspec.structs.asdict(BOARD) | {"scope": "soc", "part": "chip"})
)


def of(*parts: tuple[Energy, ...]) -> list[dict[str, object]]:
    processes = [replace(quick_process(), energy=part) for part in parts]
    return [msgspec.structs.asdict(each) for each in consumption(processes, SMALL)]


def test_joules_for_what_was_trained_meanwhile() -> None:
    [found] = of((BOARD,))
    assert found["energy_j_per_1000_samples"] == pytest.approx(2_000)
    assert found["energy_j_per_epoch"] == pytest.approx(2_000)  # of 1,000 images
    assert found["net_energy_j_per_1000_samples"] == pytest.approx(1_600)
    assert found["power_w"] == pytest.approx(100)


def test_processes_are_weighted_by_their_images() -> None:
    [found] = of((BOARD,), (replace(BOARD, samples=1_500, energy_j=2_000.0, net_energy_j=None),))
    assert found["energy_j_per_1000_samples"] == pytest.approx(1_500)
    assert found["net_energy_j_per_1000_samples"] is None  # of all, or of none


def test_estimates_stay_apart_and_behind() -> None:
    found = of((CHIP, BOARD))
    assert [each["origin"] for each in found] == ["measured", "estimated"]
    same_place = replace(CHIP, scope="gpu_board", part="gpu 0")
    assert len(of((same_place, BOARD))) == 2


def test_what_nobody_knows_has_its_reason() -> None:
    unknown = NoEnergy(scope="soc", part="chip", reason="it did not move")
    assert of((unknown,)) == []
    processes = [replace(quick_process(), energy=(unknown,))] * 2
    assert why_none(processes) == "soc: it did not move"
    assert "docs/sensors.md" in why_none([quick_process()])
