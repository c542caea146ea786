"""What Macs tell of their chip; not run on a Mac by us."""

import importlib
import sys
from types import ModuleType, SimpleNamespace

import pytest

from laptime.sensors import UnavailableError, macmon
from laptime.sensors import _apple_values as apple_values
from laptime.sensors import _macmon_values as macmon_values
from tests.sensors import captured

# The fields and units that zeus-apple-silicon documents; no real reading of it was found.
METRICS = SimpleNamespace(
    cpu_total_mj=52_000, gpu_mj=31_000, gpu_sram_mj=500, ane_mj=0, dram_mj=9_000
)


def test_parts_of_the_chip():
    assert apple_values.joules(METRICS) == {
        "cpu": 52.0,
        "gpu": 31.5,
        "ane": 0.0,
        "dram": 9.0,
        "chip": 83.5,
    }


def test_a_part_that_is_not_told_leaves_no_sum():
    told = apple_values.joules(SimpleNamespace(cpu_total_mj=52_000, gpu_mj=None, ane_mj=0))
    assert told == {"cpu": 52.0, "ane": 0.0}


def test_use_of_the_gpu():
    told = apple_values.graphics(captured.text("ioreg-m3-pro"))
    assert told == {"busy_share": 0.16, "memory_used_bytes": 568_164_352.0}


def test_two_accelerators_are_none_to_choose_from():
    assert apple_values.graphics(captured.text("ioreg-m3-pro") * 2) == {}
    assert apple_values.graphics(None) == {}
    assert apple_values.graphics(captured.text("ioreg-m3-pro")[:400]) == {}


@pytest.fixture
def apple(monkeypatch):
    """The leaf, over a stand-in for its library."""
    library = ModuleType("zeus_apple_silicon")
    library.AppleEnergyMonitor = lambda: SimpleNamespace(get_cumulative_energy=lambda: METRICS)
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", library)
    monkeypatch.delitem(sys.modules, "laptime.sensors.apple", raising=False)
    module = importlib.import_module("laptime.sensors.apple")
    monkeypatch.setattr(module, "run", lambda *_: captured.text("ioreg-m3-pro"))
    yield module
    sys.modules.pop("laptime.sensors.apple", None)


def test_the_chip_is_estimated_and_its_parts_have_no_scope(apple):
    sensor = apple.open_sensor()
    scopes = {q.key: q.scope for q in sensor.opened.quantities if q.name == "energy_j"}
    assert scopes == {
        "energy_j of chip": "soc",
        "energy_j of cpu": None,
        "energy_j of gpu": None,
        "energy_j of ane": None,
        "energy_j of dram": "dram",
    }
    assert {q.origin for q in sensor.opened.quantities if q.name == "energy_j"} == {"estimated"}
    assert list(sensor.read(0)) == [83.5, 52.0, 31.5, 0.0, 9.0, 0.16, 568_164_352.0]


def test_a_virtual_mac_has_no_counters(apple, monkeypatch):
    def refuse():
        raise RuntimeError("Failed to create IOReport subscription.")

    monkeypatch.setattr(apple, "AppleEnergyMonitor", refuse)
    with pytest.raises(UnavailableError, match="subscription"):
        apple.open_sensor()


def test_a_line_of_macmon():
    told = macmon_values.values(captured.text("macmon-0.6.json").encode())
    assert told == pytest.approx(
        {
            "power_w of chip": 0.6468324661254883,
            "power_w of computer": 10.4955415725708,
            "power_w of cpu": 0.6359732151031494,
            "power_w of gpu": 0.010859241709113121,
            "power_w of ane": 0.0,
            "power_w of dram": 0.14885640144348145,
            "frequency_hz of gpu": 503e6,
            "frequency_hz of efficiency cores": 2061e6,
            "frequency_hz of performance cores": 1248e6,
            "temperature_c of cpu": 23.041261672973633,
            "temperature_c of gpu": 29.44516944885254,
        }
    )


def test_residency_is_told_since_macmon_0_8():
    told = macmon_values.values(captured.text("macmon-0.8.json").encode())
    assert (told["busy_share of gpu"], told["frequency_hz of gpu"]) == (0.5, 461e6)


@pytest.mark.parametrize("line", [None, b"", b'{"gpu_power":2', b"[]", b'{"temp":3}', b"null"])
def test_half_a_line_tells_nothing(line):
    assert macmon_values.values(line) == {}


def test_zero_is_no_temperature():
    line = b'{"sys_power":0.0,"ane_power":0.0,"temp":{"cpu_temp_avg":0.0}}'
    assert macmon_values.values(line) == {"power_w of ane": 0.0}


def test_a_running_macmon_is_read_line_by_line(tmp_path):
    path = tmp_path / "lines"
    path.write_text(captured.text("macmon-0.6.json"))
    script = f"import time; print(open({str(path)!r}).read(), end='', flush=True); time.sleep(60)"
    sensor = macmon.Macmon([sys.executable, "-c", script])
    try:
        keys = [quantity.key for quantity in sensor.opened.quantities]
        told = dict(zip(keys, sensor.read(0), strict=True))
        assert told["power_w of computer"] == pytest.approx(10.4955415725708)
        assert set(sensor.read(1)) == {None}  # each line once
        assert list(sensor.opened.missing) == ["busy_share of gpu"]
    finally:
        sensor.close()
    with pytest.raises(UnavailableError, match="ended"):
        sensor.read(2)


def test_a_macmon_that_says_nothing(monkeypatch):
    with pytest.raises(UnavailableError, match="nothing that can be read"):
        macmon.Macmon([sys.executable, "-c", "print('macmon: unsupported hardware')"])
