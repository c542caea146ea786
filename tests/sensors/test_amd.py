"""AMD's numbers, as a real card told them; not run on one by us."""

import importlib
import json
import sys
from types import ModuleType

import pytest

from laptime.sensors import UnavailableError
from laptime.sensors import _amd_values as values
from tests.sensors import captured

RX_6600 = json.loads(captured.text("amdsmi-rx-6600.json"))


def test_a_radeon_tells():
    assert values.values(RX_6600) == {
        "busy_share": 0.0,
        "memory_busy_share": 0.0,
        "power_w": 4.0,
        "temperature_c": 37.0,
        "frequency_hz": 700e6,
    }


def test_what_is_not_told_is_left_out():
    assert values.values(dict.fromkeys(RX_6600, "N/A")) == {}


def test_a_chip_of_several_parts_has_their_mean_clock():
    assert values.clock_mhz({"current_gfxclks": [2100, 1900, "N/A"]}) == 2000.0
    assert values.clock_mhz({"current_gfxclk": 11}) == 11.0


@pytest.mark.parametrize(
    ("count", "expected_j"),
    [
        # AMDResearch/hpcfund issue 21, on an MI100 with ROCm 6.0
        ({"power": 8152136, "counter_resolution": 15.300000190734863}, 124.7277),
        ({"energy_accumulator": 8152136, "counter_resolution": 15.300000190734863}, 124.7277),
        ({"energy_accumulator": 0, "counter_resolution": 15.3}, None),  # the RX 6600
        ({"energy_accumulator": "N/A", "counter_resolution": 15.3}, None),
    ],
)
def test_joules(count, expected_j):
    found = values.joules(count)
    assert found == (None if expected_j is None else pytest.approx(expected_j, rel=1e-6))


def test_time_held_down_is_a_share():
    before = {"accumulation_counter": 100, "ppt_residency_acc": 10, "socket_thm_residency_acc": 0}
    after = {"accumulation_counter": 300, "ppt_residency_acc": 60, "socket_thm_residency_acc": 0}
    assert values.held_down(before, after) == {
        "power_throttle_share": 0.25,
        "heat_throttle_share": 0.0,
    }
    assert values.held_down({}, after) == values.held_down(after, after) == {}


@pytest.fixture
def amd(monkeypatch):
    """The leaf, over a stand-in for its library."""
    library = ModuleType("amdsmi")
    library.AmdSmiException = type("AmdSmiException", (Exception,), {})
    library.amdsmi_init = library.amdsmi_shut_down = lambda: None
    library.amdsmi_get_processor_handles = lambda: ["card"]
    library.amdsmi_get_gpu_metrics_info = lambda _: RX_6600
    library.amdsmi_get_gpu_vram_usage = lambda _: {"vram_total": 8176, "vram_used": 1024}
    library.amdsmi_get_energy_count = lambda _: {
        "energy_accumulator": 0,
        "counter_resolution": 15.3,
    }
    monkeypatch.setitem(sys.modules, "amdsmi", library)
    monkeypatch.delitem(sys.modules, "laptime.sensors.amd", raising=False)
    yield importlib.import_module("laptime.sensors.amd")
    sys.modules.pop("laptime.sensors.amd", None)


def test_a_card_is_read(amd):
    sensor = amd.open_sensor()
    keys = [quantity.key for quantity in sensor.opened.quantities]
    told = dict(zip(keys, sensor.read(0), strict=True))
    assert told["memory_used_bytes of gpu 0"] == 2**30
    assert told["power_w of gpu 0"] == 4.0
    assert sensor.opened.missing["energy_j of gpu 0"] == amd.COUNTERLESS
    assert "11781" in sensor.opened.missing["heat_throttle_share of gpu 0"]
    sensor.close()


def test_a_question_that_fails_is_a_missing_value(amd, monkeypatch):
    sensor = amd.open_sensor()

    def fail(_):
        raise amd.amdsmi.AmdSmiException("busy")

    monkeypatch.setattr(amd.amdsmi, "amdsmi_get_gpu_metrics_info", fail)
    keys = [quantity.key for quantity in sensor.opened.quantities]
    told = dict(zip(keys, sensor.read(1), strict=True))
    assert (told["power_w of gpu 0"], told["memory_used_bytes of gpu 0"]) == (None, 2**30)


def test_no_driver_is_a_reason(amd, monkeypatch):
    def fail():
        raise amd.amdsmi.AmdSmiException("driver not loaded")

    monkeypatch.setattr(amd.amdsmi, "amdsmi_init", fail)
    with pytest.raises(UnavailableError, match="driver not loaded"):
        amd.open_sensor()


def test_without_rocm_the_way_out_is_told(tmp_path, monkeypatch):
    # amdsmi 7.0.2 prints, and then raises this where libamd_smi.so is not found.
    (tmp_path / "amdsmi.py").write_text("raise KeyError('libamd_smi.so')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "amdsmi", raising=False)
    monkeypatch.delitem(sys.modules, "laptime.sensors.amd", raising=False)
    with pytest.raises(ImportError, match="install ROCm"):
        importlib.import_module("laptime.sensors.amd")
