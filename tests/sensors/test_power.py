"""Power source and power mode, by the texts of three systems; run by us on Linux only."""

import pytest

from laptime.sensors import UnavailableError, power
from laptime.sensors import _power_darwin as darwin
from laptime.sensors import _power_linux as linux
from laptime.sensors import _power_windows as windows
from tests.sensors import captured

# Linux


def test_a_laptop_on_battery(tmp_path):
    assert linux.values(captured.tree("power-supply.json", tmp_path)) == {
        "on_battery_flag": 1.0,
        "battery_share": 0.85,
        "power_w of battery": 5.064,
    }


def test_a_laptop_on_mains(tmp_path):
    root = captured.tree("power-supply.json", tmp_path)
    (root / "sys/class/power_supply/AC/uevent").write_text("POWER_SUPPLY_ONLINE=1\n")
    assert linux.values(root)["on_battery_flag"] == 0.0


def test_a_mouse_is_no_battery_of_the_computer():
    mouse = {"type": "Battery", "scope": "Device", "status": "Discharging", "capacity": "80"}
    assert linux.told([mouse], None) == {}


@pytest.mark.parametrize(
    ("battery", "watts"),
    [
        ({"power_now": "4830000"}, 4.83),
        ({"current_now": "692000", "voltage_now": "10980000"}, 7.59816),
        ({"current_now": "-692000", "voltage_now": "10980000"}, 7.59816),
        ({"current_now": "692000"}, None),
        ({"power_now": ""}, None),
    ],
)
def test_watts_of_a_battery(battery, watts):
    assert linux.watts(battery) == (watts if watts is None else pytest.approx(watts))


def test_a_charging_battery_tells_no_power_of_the_computer():
    charging = {"type": "Battery", "status": "Charging", "power_now": "30000000"}
    assert "power_w of battery" not in linux.told([charging], None)


@pytest.mark.parametrize(("profile", "flag"), [("low-power\n", 1.0), ("balanced\n", 0.0)])
def test_the_platform_profile(profile, flag):
    assert linux.told([], profile) == {"low_power_flag": flag}


# macOS


def test_pmset_tells_source_and_charge():
    found = darwin.source(captured.text("pmset-batt-m1"))
    assert found == {"on_battery_flag": 1.0, "battery_share": 0.19}
    assert darwin.source("Now drawing from 'AC Power'\n") == {"on_battery_flag": 0.0}
    assert darwin.source(None) == {}


@pytest.mark.parametrize(
    ("name", "is_on"),
    [("pmset-g-low-power", True), ("pmset-low", True), ("pmset-g-macos-26", False)],
)
def test_pmset_tells_the_power_mode(name, is_on):
    assert darwin.low_power(captured.text(name)) is is_on


def test_high_power_is_no_low_power():
    assert darwin.low_power(" powermode            2\n") is False
    assert darwin.low_power("Currently in use:\n standby 1\n") is None


def test_thermal_pressure():
    assert darwin.pressure(captured.text("notifyutil")) == 0
    assert darwin.pressure(f"{darwin.PRESSURE} 2\n") == 2


@pytest.mark.parametrize("text", [None, "", ": Failed with code 9\n", " 30\n", " x\n"])
def test_no_thermal_pressure_is_none(text):
    assert darwin.pressure(text and darwin.PRESSURE + text) is None


def test_an_intel_mac_tells_its_speed_limit():
    assert darwin.speed_limit(captured.text("pmset-therm-intel")) == 0.34
    assert darwin.speed_limit("Note: No thermal warning level has been recorded\n") is None


def test_a_mac_is_asked_with_its_own_tools(monkeypatch):
    answers = {
        ("pmset", "-g", "batt"): captured.text("pmset-batt-m1"),
        ("pmset", "-g"): captured.text("pmset-g-low-power"),
        ("pmset", "-g", "therm"): None,
        ("notifyutil", "-g", darwin.PRESSURE): captured.text("notifyutil"),
    }
    ask = lambda program, *rest: answers.pop((program.rpartition("/")[2], *rest))  # noqa: E731
    monkeypatch.setattr(darwin, "run", ask)
    assert darwin.values() == {
        "on_battery_flag": 1.0,
        "battery_share": 0.19,
        "low_power_flag": 1.0,
        "thermal_pressure_level": 0.0,
    }
    assert not answers


# Windows


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ((0, 1, 87, 0, 9000, 0xFFFFFFFF), {"on_battery_flag": 1.0, "battery_share": 0.87}),
        (
            (0, 1, 20, 1, 1000, 0xFFFFFFFF),
            {"on_battery_flag": 1.0, "battery_share": 0.2, "low_power_flag": 1.0},
        ),
        ((1, 128, 255, 0, 0xFFFFFFFF, 0xFFFFFFFF), {"on_battery_flag": 0.0}),
        ((255, 255, 255, 0, 0, 0), {}),
    ],
)
def test_system_power_status(fields, told):
    # No capture: the bytes are those that winbase.h describes.
    assert windows.status(windows.STATUS.pack(*fields)) == told


def test_the_power_scheme():
    balanced = windows.scheme(captured.text("powercfg-balanced"))
    assert balanced == "381b4222-f694-41f0-9685-ff5bb260df2e"
    german = f"GUID des Energieschemas: {windows.POWER_SAVER}  (Energiesparmodus)\n"
    assert windows.scheme(german) == windows.POWER_SAVER
    assert windows.scheme(captured.text("powercfg-saver")) == windows.POWER_SAVER
    assert windows.scheme(None) is None


# All


@pytest.mark.parametrize("system", power.READERS)
def test_every_quantity_is_told_or_has_a_reason(system, monkeypatch):
    monkeypatch.setitem(
        power.READERS, system, (lambda: {"battery_share": 0.5}, power.READERS[system][1])
    )
    opened = power.open_sensor(system).opened
    told = {quantity.key for quantity in opened.quantities}
    assert told == {"battery_share"}
    assert told | set(opened.missing) == {quantity.key for quantity in power.QUANTITIES}
    assert all(opened.missing.values())


def test_a_computer_that_tells_nothing(monkeypatch):
    monkeypatch.setitem(power.READERS, "Linux", (dict, {}))
    with pytest.raises(UnavailableError, match="neither"):
        power.open_sensor("Linux")
