"""NVIDIA's numbers, as real cards told them; not run on one by us."""

import csv
import importlib
from types import SimpleNamespace

import pytest

from laptime.sensors import UnavailableError
from laptime.sensors import _nvidia_values as values
from tests.sensors import captured

pynvml = pytest.importorskip("pynvml")
CAPTURES = list(csv.DictReader(captured.text("nvidia-smi.csv").splitlines()))
H100, MIG, RTX = CAPTURES


@pytest.mark.parametrize(
    ("bits", "power", "heat", "other"),
    [
        (0x0, 0, 0, 0),
        (0x1, 0, 0, 0),  # idle
        (0x2, 0, 0, 0),  # somebody has set the clocks
        (0x4, 1, 0, 0),  # power cap: an H100 at 699.8 of 700 W (index id 62394473056)
        (0x8 | 0x40, 0, 1, 0),
        (0x8 | 0x80, 1, 0, 0),
        (0x8, 0, 0, 1),
        (0x24, 1, 1, 0),
        (0x400, 0, 0, 1),
    ],
)
def test_what_holds_the_clocks_down(bits, power, heat, other):
    assert values.throttles(bits) == (power, heat, other)


def test_the_bits_are_those_of_the_library():
    power = (
        pynvml.nvmlClocksEventReasonSwPowerCap | pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown
    )
    heat = pynvml.nvmlClocksEventReasonSwThermalSlowdown
    heat |= pynvml.nvmlClocksEventReasonHwThermalSlowdown
    assert (power, heat) == (values.POWER_BITS, values.HEAT_BITS)
    assert pynvml.nvmlClocksEventReasonHwSlowdown == values.HARDWARE_BIT


def test_others_are_those_that_we_see_and_are_not_ours():
    assert values.others([11, 12, 13, 99], ours={11}, here={11, 12, 13}) == 2.0


class Driver:
    """NVML, answering as a card of the captures did."""

    def __init__(self, card):
        self._card = card

    def number(self, column, factor=1):
        text = self._card[column]
        if text == "[N/A]":
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        if text.startswith("[Requested functionality has been deprecated"):
            raise pynvml.NVMLError(pynvml.NVML_ERROR_DEPRECATED)
        return round(float(text.split()[0]) * factor)

    def install(self, monkeypatch):
        answers = {
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: None,
            "nvmlDeviceGetCount": lambda: 1,
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetUtilizationRates": lambda _: SimpleNamespace(
                gpu=self.number("utilization.gpu [%]"), memory=self.number("utilization.memory [%]")
            ),
            "nvmlDeviceGetEncoderUtilization": lambda _: [0, 167_000],  # and microseconds
            "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(
                used=self.number("memory.used [MiB]", 2**20)
            ),
            "nvmlDeviceGetPowerUsage": lambda _: self.number("power.draw [W]", 1000),
            "nvmlDeviceGetTotalEnergyConsumption": lambda _: 1_234_567,
            "nvmlDeviceGetClockInfo": lambda *_: self.number("clocks.current.sm [MHz]"),
            "nvmlDeviceGetTemperature": lambda *_: self.number("temperature.gpu"),
            "nvmlDeviceGetCurrentClocksEventReasons": lambda _: int(
                self._card["clocks_event_reasons.active"], 16
            ),
            "nvmlDeviceGetDefaultApplicationsClock": lambda *_: self.number(
                "clocks.default_applications.graphics [MHz]"
            ),
            "nvmlDeviceGetMaxClockInfo": lambda *_: self.number("clocks.max.sm [MHz]"),
            "nvmlDeviceGetEnforcedPowerLimit": lambda _: self.number(
                "enforced.power.limit [W]", 1000
            ),
            "nvmlDeviceGetComputeRunningProcesses": lambda _: [SimpleNamespace(pid=1)],
        }
        module = importlib.import_module("laptime.sensors.nvidia")
        for name, answer in answers.items():
            monkeypatch.setattr(pynvml, name, answer)
        # The questions were looked up when the module was made.
        for group in ("QUESTIONS", "FACTS"):
            asked = [
                q._replace(ask=answers.get(q.ask.__name__, q.ask)) for q in getattr(module, group)
            ]
            monkeypatch.setattr(module, group, tuple(asked))
        monkeypatch.setattr(module, "ours", list)
        return module


def told(sensor):
    keys = [quantity.key for quantity in sensor.opened.quantities]
    return dict(zip(keys, sensor.read(0), strict=True))


def test_an_h100_under_load(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    sensor = Driver(H100).install(monkeypatch).open_sensor()
    assert told(sensor) == {
        "busy_share of gpu 0": 1.0,
        "memory_busy_share of gpu 0": 0.11,
        "encoder_busy_share of gpu 0": 0.0,
        "memory_used_bytes of gpu 0": 19818 * 2**20,
        "power_w of gpu 0": 631.95,
        "energy_j of gpu 0": 1234.567,
        "frequency_hz of gpu 0": 1980e6,
        "temperature_c of gpu 0": 59.0,
        "power_throttle_flag of gpu 0": 0.0,
        "heat_throttle_flag of gpu 0": 0.0,
        "other_throttle_flag of gpu 0": 0.0,
        "others_count of gpu 0": 1.0,
    }
    assert sensor.opened.facts == {
        "most_frequency_hz of gpu 0": 1980e6,
        "power_limit_w of gpu 0": 700.0,
    }
    assert list(sensor.opened.missing) == ["default_frequency_hz of gpu 0"]
    sensor.close()


def test_a_part_of_a_card_tells_no_use(monkeypatch):
    sensor = Driver(MIG).install(monkeypatch).open_sensor()
    assert {"busy_share of gpu 0", "memory_busy_share of gpu 0"} <= set(sensor.opened.missing)
    assert all(why.startswith("NVML: ") for why in sensor.opened.missing.values())


def test_on_windows_others_are_not_counted(monkeypatch):
    module = Driver(RTX).install(monkeypatch)
    monkeypatch.setattr("sys.platform", "win32")
    sensor = module.open_sensor()
    assert "others_count of gpu 0" not in told(sensor)
    assert "window" in sensor.opened.missing["others_count of gpu 0"]


def test_a_question_that_fails_later_is_a_missing_value(monkeypatch):
    module = Driver(H100).install(monkeypatch)
    sensor = module.open_sensor()
    lost = pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)

    def fail(_):
        raise lost

    sensor._asked = [(handle, question._replace(ask=fail)) for handle, question in sensor._asked]
    assert told(sensor)["power_w of gpu 0"] is None


def test_no_driver_is_a_reason(monkeypatch):
    module = importlib.import_module("laptime.sensors.nvidia")

    def fail():
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", fail)
    with pytest.raises(UnavailableError, match="install its driver"):
        module.open_sensor()


def test_an_old_driver_is_asked_by_the_old_name(monkeypatch):
    module = importlib.import_module("laptime.sensors.nvidia")

    def unknown(_):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlDeviceGetCurrentClocksEventReasons", unknown)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCurrentClocksThrottleReasons", lambda _: 0x40)
    assert module._reasons(0) == 0x40
