"""Checks of the machine: each where it passes and where it does not."""

import platform

import pytest
from msgspec.structs import replace

from laptime.doctor import _power
from laptime.doctor._nvidia import parse
from laptime.doctor._power import Power
from laptime.errors import DataError
from laptime.layout import Screen
from laptime.registry import load
from tests.doctor.cases import LINUX, captured, case

GIB = 2**30
container = load("doctor", "container")
power = load("doctor", "power")
check_load = load("doctor", "load")
memory = load("doctor", "memory")
data = load("doctor", "data")
store = load("doctor", "store")
clock = load("doctor", "clock")
screen = load("doctor", "screen")
rosetta = load("doctor", "rosetta")


# Rosetta


@pytest.mark.parametrize(
    ("system", "virtual", "device", "outcome"),
    [
        ("Darwin", "Rosetta 2", "auto", "warn"),
        ("Darwin", "Rosetta 2 on a hypervisor", "mps", "fail"),
        ("Darwin", None, "auto", "ok"),
        ("Linux", "Docker", "auto", "skipped"),
    ],
)
def test_a_translated_python_is_seen(system, virtual, device, outcome):
    machine = replace(LINUX, system=system, virtual=virtual)
    [found] = rosetta.check(case(machine, device=device))
    assert found.outcome == outcome


# Containers


@pytest.mark.parametrize(
    ("usable", "allowed", "outcome"),
    [(8.0, 8, "ok"), (2.0, 2, "ok"), (2.0, 8, "warn"), (1.5, 2, "warn"), (2.0, None, "ok")],
)
def test_a_quota_starts_too_many_threads(usable, allowed, outcome):
    found = container.cores(case(replace(LINUX, cores_usable=usable)), allowed=allowed)
    assert found.outcome == outcome
    if outcome == "warn":
        assert found.command == f"export OMP_NUM_THREADS={int(usable)}"


@pytest.mark.parametrize(("limit", "outcome"), [(None, "ok"), (8 * GIB, "ok"), (2 * GIB, "warn")])
def test_a_limit_of_memory_is_told(limit, outcome):
    machine = replace(LINUX, memory_limit_bytes=limit)
    assert container.memory(case(machine)).outcome == outcome


# Power


@pytest.mark.parametrize(
    ("values", "system", "expected"),
    [
        ({}, "Linux", Power(None, None, None)),
        ({"on_battery_flag": 0.0}, "Darwin", Power(False, None, None)),
        ({"on_battery_flag": 1.0, "battery_share": 0.19}, "Darwin", Power(True, 0.19, None)),
        ({"low_power_flag": 0.0}, "Windows", Power(None, None, None)),
        ({"low_power_flag": 1.0}, "Windows", Power(None, None, _power.MODES["Windows"])),
        ({"low_power_flag": 1.0}, "Linux", Power(None, None, _power.MODES["Linux"])),
    ],
)
def test_what_the_sensor_tells_is_taken(values, system, expected):
    assert _power.seen(values, system=system, governor=None) == expected


def test_the_governor_counts_where_the_mode_saves_nothing():
    assert _power.seen({}, system="Linux", governor=_power.GOVERNOR).saves == _power.GOVERNOR
    both = _power.seen({"low_power_flag": 1.0}, system="Linux", governor=_power.GOVERNOR)
    assert both.saves == _power.MODES["Linux"]


def test_the_sensor_itself_is_asked(monkeypatch):
    readers = load("sensors", "power").READERS
    monkeypatch.setitem(readers, platform.system(), (lambda: {"battery_share": 0.5}, {}))
    assert _power.told() == {"battery_share": 0.5}
    monkeypatch.setitem(readers, platform.system(), (dict, {}))
    assert _power.told() == {}


@pytest.mark.parametrize(
    ("governor", "driver", "found"),
    [
        ("", "", None),
        ("powersave\n", "acpi-cpufreq\n", _power.GOVERNOR),
        ("powersave\n", "intel_cpufreq\n", _power.GOVERNOR),
        ("powersave\n", "intel_pstate\n", None),
        ("schedutil\n", "acpi-cpufreq\n", None),
    ],
)
def test_a_governor_that_holds_the_clock_down(tmp_path, governor, driver, found):
    place = tmp_path / "sys/devices/system/cpu/cpu0/cpufreq"
    place.mkdir(parents=True)
    (place / "scaling_governor").write_text(governor)
    (place / "scaling_driver").write_text(driver)
    assert _power.governor(tmp_path) == found


def test_each_thing_that_saves_power_has_its_own_line():
    governor = power.judged(Power(None, None, _power.GOVERNOR), system="Linux")
    profile = power.judged(Power(None, None, _power.MODES["Linux"]), system="Linux")
    assert "scaling_governor" in governor.command
    assert profile.command.startswith("powerprofilesctl")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (Power(None, None, None), "ok"),
        (Power(False, 0.8, None), "ok"),
        (Power(True, 0.19, None), "warn"),
        (Power(False, 1.0, "low-power mode"), "warn"),
        (Power(True, 0.5, "low-power mode"), "warn"),
    ],
)
@pytest.mark.parametrize("system", ["Linux", "Darwin", "Windows"])
def test_power_that_is_saved_is_told(told, outcome, system):
    found = power.judged(told, system=system)
    assert found.outcome == outcome
    if told.saves:
        assert told.saves in found.evidence
        assert found.command


# Load. Seconds as psutil tells them; its documentation shows such a line.

BEFORE = {"user": 17411.7, "nice": 77.9, "system": 3797.0, "idle": 51266.5, "iowait": 732.5}
BEFORE |= {"irq": 0.0, "softirq": 142.4, "steal": 0.0, "guest": 0.0, "guest_nice": 0.0}


def after(**spent):
    return {name: value + spent.get(name, 0.0) for name, value in BEFORE.items()}


@pytest.mark.parametrize(
    ("spent", "own_s", "outcome"),
    [
        ({"idle": 2.0}, 0.0, "ok"),
        ({"idle": 1.9, "user": 0.1}, 0.0, "ok"),
        ({"idle": 1.0, "user": 1.0}, 0.0, "warn"),
        ({"idle": 1.0, "user": 1.0}, 1.0, "ok"),  # our own
        ({"idle": 1.0, "user": 1.0, "guest": 1.0}, 1.0, "ok"),  # counted in user, too
        ({"idle": 1.8, "steal": 0.2}, 0.0, "warn"),
        ({}, 0.0, "skipped"),
    ],
)
def test_others_are_in_the_way(spent, own_s, outcome):
    found = check_load.judged(BEFORE, after(**spent), own_s=own_s)
    assert found.outcome == outcome


def test_steal_is_told_apart():
    found = check_load.judged(BEFORE, after(idle=1.8, steal=0.2), own_s=0.0)
    assert "10% taken by other machines" in found.evidence
    assert "0% of all cores" in found.evidence


def test_a_card_that_others_use_is_told():
    one, _ = parse(captured("nvidia-smi-535")).cards
    assert check_load.busy(0, one).outcome == "warn"
    [idle] = parse(captured("nvidia-smi-470")).cards
    assert check_load.busy(0, idle).outcome == "ok"


# Memory


@pytest.mark.parametrize(("free", "outcome"), [(4 * GIB, "ok"), (GIB, "warn"), (GIB // 4, "fail")])
def test_free_memory_against_what_is_wanted(free, outcome):
    found = memory.free_memory(free, {"small": GIB // 2, "large": 3 * GIB})
    assert found.outcome == outcome
    assert ("large" in found.evidence) == (outcome == "warn")


@pytest.mark.parametrize(
    ("used", "moved", "outcome"),
    [(0, 0, "ok"), (GIB, 0, "ok"), (4 * GIB, 0, "warn"), (0, 1, "warn")],
)
def test_swap_in_use(used, moved, outcome):
    assert memory.swap(used, moved_bytes=moved, memory_bytes=16 * GIB).outcome == outcome


# Data and folders


def test_real_data_is_told_with_its_place():
    told = data.real({"mnist": "keras", "cifar10": None}).evidence
    assert told == "found: mnist (keras); synthetic until they are fetched: cifar10"
    assert data.real({"mnist": None}).evidence.startswith("none found")


def test_a_folder_that_is_none_fails(monkeypatch):
    def locate(module):
        raise DataError("LAPTIME_DATA names no folder (/x); create it, or leave LAPTIME_DATA out")

    monkeypatch.setattr(data.datasets, "locate", locate)
    found = {each.about: each for each in data.check(case())}
    assert found["real data"].outcome == "fail"
    assert found["disk"].outcome in ("ok", "warn")  # the other is looked at all the same


@pytest.mark.parametrize(("free", "outcome"), [(10**10, "ok"), (10**9, "warn"), (10**7, "fail")])
def test_room_on_the_disk(free, outcome):
    assert data.space(free, need_bytes=10**8).outcome == outcome


@pytest.mark.parametrize("look", [store.results, store.cache])
def test_folders_that_can_be_written_are_left_as_they_were(tmp_path, look):
    folder = tmp_path / "new"
    found = look(folder)
    assert (found.outcome, found.private) == ("ok", str(folder))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("look", [store.results, store.cache])
def test_a_file_in_the_place_of_a_folder_fails(tmp_path, look):
    (tmp_path / "file").touch()
    found = look(tmp_path / "file" / "inside")
    assert found.outcome == "fail"
    assert str(tmp_path) not in found.evidence
    assert found.command.startswith("export LAPTIME_")


# Clock and screen

NOW_S = clock.EARLIEST_S + 1e7


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "ok"),
        ({"wall_elapsed_s": 31.0}, "warn"),
        ({"wall_elapsed_s": -3600.0}, "warn"),
        ({"wall_s": 0.0}, "warn"),
        ({"read_ns": 5_000.0, "source": "hpet"}, "warn"),
    ],
)
def test_a_clock_that_jumps_or_is_slow(changes, outcome):
    given = {"elapsed_s": 1.0, "wall_elapsed_s": 1.001, "wall_s": NOW_S, "read_ns": 50.0}
    found = clock.judged(**{**given, "source": "tsc", **changes})
    assert found.outcome == outcome
    assert changes.get("source", "tsc") in found.evidence


def test_the_clock_is_measured_from_the_beginning():
    """A case that began an hour of wall time and no monotonic time ago."""
    from laptime.runner.clock import SystemClock

    now = SystemClock()
    began = now.now_ns(), now.wall_ns() - 3_600 * 10**9
    [found] = clock.check(case(began_ns=began))
    assert found.outcome == "warn"
    assert "slept" in found.fix


@pytest.mark.parametrize(
    ("width", "has_unicode", "outcome"),
    [(100, True, "ok"), (40, True, "warn"), (100, False, "warn")],
)
def test_the_screen(width, has_unicode, outcome):
    assert screen.judged(Screen(width=width, has_unicode=has_unicode)).outcome == outcome


def test_the_table_of_a_run_stands_where_the_screen_is_called_wide_enough():
    """Where it is narrower its cells stand under one another."""
    from laptime.cli._answer import answer_of
    from tests.runs import quick

    def shown(width):
        report = load("reports", "terminal")
        return report.render(answer_of([quick()]), screen=Screen(width=width))

    heading = [line for line in shown(screen.NARROW).splitlines() if line.startswith("workload ")]
    assert heading
    assert not [line for line in shown(40).splitlines() if line.startswith("workload ")]
