"""How the machine was while it trained: each condition is named by its own flag, and by no other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime.conditions import of_process
from laptime.record import Process
from laptime.series import Log, Quantity, Series
from tests.runs import quick_process
from tests.samples import MACHINE

# Five measured blocks of half a second at 1, 2 ... 5 s (tests.runs): bins 1 to 5 of a second each.
CORES = replace(MACHINE, cores_usable=8.0, graphics=())


def told(
    name: str, *values: float | None, part: str | None = None, sensor: str = "host", **facts: float
) -> Log:
    return Log(
        sensor=sensor,
        bin_s=1.0,
        first_bin=0,
        samples=10 * len(values),
        series=(Series(quantity=Quantity(name=name, part=part), means=values),),
        missing={},
        facts={f"{key} of {part}" if part else key: value for key, value in facts.items()},
        ended=None,
        cpu_s=0.0,
    )


def flags(
    process: Process, *, device: str = "cpu", is_in_memory: bool = False
) -> dict[str, str | None]:
    found = of_process(process, machine=CORES, device=device, is_in_memory=is_in_memory)
    return {flag.name: flag.measured for flag in found}


@pytest.mark.parametrize(
    ("log", "device", "name"),
    [
        (told("others_cores", 0, 0.9, 0.9, 0.9, 0.9, 0.9), "cpu", "other_load"),
        (told("others_cores", 0, 0.7, 0.7, 0.7, 0.7, 0.7), "cpu", None),
        (told("others_cores", 8, 0.1, 0.1, 0.1, 0.1, 0.1), "cpu", None),  # before it was measured
        (told("steal_cores", 0, 0.5, 0.5, 0.5, 0.5, 0.5), "cpu", "stolen_time"),
        (told("steal_cores", 0, 0.1, 0.1, 0.1, 0.1, 0.1), "cpu", None),
        (told("on_battery_flag", 0, 0, 0, 1, 1, 1, sensor="power"), "cpu", "on_battery"),
        (told("on_battery_flag", 0, 0, 0, 0, sensor="power"), "cpu", None),
        (told("low_power_flag", 1, 1, sensor="power"), "cpu", "low_power_mode"),
        (told("thermal_pressure_level", 0, 0, 1, sensor="power"), "cpu", "throttled"),
        (told("thermal_pressure_level", 0, 0, 0, sensor="power"), "cpu", None),
        (told("speed_limit_share", 1, 0.8, 0.8, sensor="power"), "cpu", "throttled"),
        (told("heat_throttle_flag", 0, 0, 1, part="gpu 0", sensor="nvidia"), "cuda", "throttled"),
        (told("busy_share", 0, 0.01, 0.02, part="gpu 0", sensor="nvidia"), "cuda", "device_idle"),
        (told("busy_share", 0, 0.01, 0.02, part="gpu 0", sensor="nvidia"), "cpu", None),
        (told("busy_share", 0, 0.9, 0.9, part="gpu 0", sensor="nvidia"), "cuda", None),
        (told("busy_share", 0, 0.01, part="core 3"), "cuda", None),
    ],
)
def test_each_condition_has_its_flag(log: Log, device: str, name: str | None) -> None:
    found = flags(replace(quick_process(), logs=(log,)), device=device)
    assert list(found) == ([name] if name else [])


def test_a_clock_far_below_its_default_is_throttled() -> None:
    slow = told(
        "frequency_hz", 0, 1.0e9, 1.0e9, part="gpu 0", sensor="nvidia", default_frequency_hz=1.5e9
    )
    found = flags(replace(quick_process(), logs=(slow,)), device="cuda")
    assert found["throttled"] == "gpu 0 at 1.00 of 1.50 GHz"
    usual = replace(slow, facts={"default_frequency_hz of gpu 0": 1.2e9})
    assert not flags(replace(quick_process(), logs=(usual,)), device="cuda")


def test_one_of_two_graphics_processors_may_rest() -> None:
    logs = tuple(
        told("busy_share", 0, share, share, part=f"gpu {index}", sensor="nvidia")
        for index, share in enumerate((0.0, 0.9))
    )
    assert not flags(replace(quick_process(), logs=logs), device="cuda")


def test_a_worker_that_was_suspended_stood_still() -> None:
    """One block of 3 s that used as much processor time as the others did in half a second."""
    process = quick_process(walls_s=(0.5, 0.5, 3.0, 0.5, 0.5))
    assert flags(process) == {"stood_still": "2.5 s in 1 of 5 blocks"}


def test_a_slow_block_that_computed_did_not_stand_still() -> None:
    process = quick_process(walls_s=(0.5, 0.5, 3.0, 0.5, 0.5))
    blocks = tuple(replace(b, cpu_s=1.8 * b.wall_s) for b in process.blocks)
    assert not flags(replace(process, blocks=blocks))


def test_a_block_that_waited_for_data_did_not_stand_still() -> None:
    process = quick_process(walls_s=(0.5, 0.5, 3.0, 0.5, 0.5))
    blocks = tuple(replace(b, data_wait_s=2.4) if b.wall_s > 1 else b for b in process.blocks)
    assert not flags(replace(process, blocks=blocks))
    # Nothing makes memory wait: it was suspended in the middle of taking images from it.
    assert "stood_still" in flags(replace(process, blocks=blocks), is_in_memory=True)


def test_without_sensors_nothing_is_said() -> None:
    assert not flags(quick_process())


def test_an_idle_card_is_not_slow_and_one_that_was_not_used_says_nothing() -> None:
    card = {"part": "gpu 0", "sensor": "nvidia"}
    slow = told("frequency_hz", 0, 0.3e9, 0.3e9, default_frequency_hz=1.5e9, **card)
    assert not flags(replace(quick_process(), logs=(slow,)))  # it trained on the processor
    idle = told("busy_share", 0, 0.0, 0.0, part="gpu 0", sensor="nvidia")
    assert "throttled" not in flags(replace(quick_process(), logs=(slow, idle)), device="cuda")
    busy = told("busy_share", 0, 0.9, 0.9, part="gpu 0", sensor="nvidia")
    assert "throttled" in flags(replace(quick_process(), logs=(slow, busy)), device="cuda")


def test_somebody_else_on_the_card_is_told() -> None:
    others = told("others_count", 0, 1.0, 1.0, part="gpu 0", sensor="nvidia")
    found = flags(replace(quick_process(), logs=(others,)), device="cuda")
    assert found == {"shared_device": "1.0 processes on gpu 0"}
    assert not flags(replace(quick_process(), logs=(others,)))


def test_hardly_any_free_memory_is_told() -> None:
    logs = (told("memory_available_bytes", 0, 0.5e9, 9e9),)
    found = flags(replace(quick_process(), logs=logs))
    assert set(found) == {"little_memory"}


def test_a_graphics_processor_beside_the_processor_that_trained_is_told() -> None:
    machine = replace(CORES, graphics=("NVIDIA GeForce RTX 4090",))
    process = quick_process()
    found = list(of_process(process, machine=machine, device="cpu", is_in_memory=True))
    assert [(flag.name, flag.measured) for flag in found] == [
        ("graphics_unused", "NVIDIA GeForce RTX 4090")
    ]
    plain = replace(CORES, graphics=("Intel UHD Graphics 620",))
    assert not list(of_process(process, machine=plain, device="cpu", is_in_memory=True))
    assert not list(of_process(process, machine=machine, device="cuda", is_in_memory=True))
