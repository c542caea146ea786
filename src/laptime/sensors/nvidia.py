"""NVIDIA graphics processors, through NVML (nvidia-ml-py); not run on one by us."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import psutil
import pynvml

from laptime.sensors import Opened, Quantity, UnavailableError
from laptime.sensors._nvidia_values import others, throttles
from laptime.sensors._ours import ours

TITLE = "NVIDIA: use, memory, power, energy, clocks, temperature, throttling, other processes"
MODULES = ("pynvml",)
EXTRA = "nvidia"
UNAVAILABLE = {"sys_platform == 'darwin'": "NVIDIA has no driver for macOS"}
PERIOD_S = 0.1
LIMIT_S = 5.0

RENEWED_S = {"energy_j": 0.1, "power_w": 1.0}
"""How often there is a new value, at worst; since Ampere power is the mean of a whole second. (On A100
and H100 it rests on a quarter of the time: Yang and others, arXiv 2312.02741.)"""
PROCESSES_S = 1.0
"""Other processes are looked for this often."""
THROTTLES = ("power_throttle_flag", "heat_throttle_flag", "other_throttle_flag")


class Question(NamedTuple):
    """One call of NVML, and the quantities that its answer gives."""

    names: tuple[str, ...]
    ask: Callable[[Any], Any]
    """From a device's handle to NVML's own numbers."""
    values: Callable[[Any], tuple[float, ...]]
    """From these to ours."""


def _reasons(handle: Any) -> int:
    """Bits of what holds the clocks down; drivers before 535 know the older name only."""
    try:
        return int(pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle))
    except pynvml.NVMLError_FunctionNotFound:
        return int(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle))


QUESTIONS = (
    Question(
        ("busy_share", "memory_busy_share"),
        pynvml.nvmlDeviceGetUtilizationRates,
        lambda rates: (rates.gpu / 100, rates.memory / 100),
    ),
    Question(
        ("encoder_busy_share",),
        pynvml.nvmlDeviceGetEncoderUtilization,
        lambda told: (told[0] / 100,),  # beside it, microseconds over which it was sampled
    ),
    Question(
        ("memory_used_bytes",),
        pynvml.nvmlDeviceGetMemoryInfo,
        lambda memory: (float(memory.used),),
    ),
    Question(
        ("power_w",),
        pynvml.nvmlDeviceGetPowerUsage,
        lambda milliwatts: (milliwatts / 1e3,),
    ),
    Question(
        ("energy_j",),
        pynvml.nvmlDeviceGetTotalEnergyConsumption,
        lambda millijoules: (millijoules / 1e3,),
    ),
    Question(
        ("frequency_hz",),
        lambda handle: pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM),
        lambda megahertz: (megahertz * 1e6,),
    ),
    Question(
        ("temperature_c",),
        lambda handle: pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU),
        lambda degrees: (float(degrees),),
    ),
    Question(THROTTLES, _reasons, throttles),
)
FACTS = (
    Question(
        ("default_frequency_hz",),
        lambda handle: pynvml.nvmlDeviceGetDefaultApplicationsClock(
            handle, pynvml.NVML_CLOCK_GRAPHICS
        ),
        lambda megahertz: (megahertz * 1e6,),
    ),
    Question(
        ("most_frequency_hz",),
        lambda handle: pynvml.nvmlDeviceGetMaxClockInfo(handle, pynvml.NVML_CLOCK_SM),
        lambda megahertz: (megahertz * 1e6,),
    ),
    Question(
        ("power_limit_w",),
        pynvml.nvmlDeviceGetEnforcedPowerLimit,
        lambda milliwatts: (milliwatts / 1e3,),
    ),
)


def open_sensor() -> Nvidia:
    """Every device that the driver shows.

    Raises:
        UnavailableError: no driver, or no device.
    """
    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
    except pynvml.NVMLError as error:
        raise UnavailableError(
            f"no NVIDIA driver answers ({error}); where there is a card, install its driver"
        ) from error
    if not handles:
        raise UnavailableError("the NVIDIA driver shows no card")
    return Nvidia(handles)


class Nvidia:
    """The devices, each a part of its own: 'gpu 0', in the driver's order (`nvidia-smi`).

    Args:
        handles: NVML's.
    """

    def __init__(self, handles: Sequence[Any]) -> None:
        self._asked: list[tuple[Any, Question]] = []
        self._handles = handles
        self._processes_due_ns = 0
        quantities: list[Quantity] = []
        missing: dict[str, str] = {}
        facts: dict[str, float] = {}
        for index, handle in enumerate(handles):
            part = f"gpu {index}"
            for question in (*QUESTIONS, *FACTS):
                try:
                    values = question.values(question.ask(handle))
                except pynvml.NVMLError as error:
                    why = f"NVML: {error}"
                    missing |= {f"{name} of {part}": why for name in question.names}
                    continue
                if question in FACTS:
                    names = (f"{name} of {part}" for name in question.names)
                    facts |= dict(zip(names, values, strict=True))
                else:
                    self._asked.append((handle, question))
                    quantities += [_quantity(name, part) for name in question.names]
        if sys.platform == "win32":  # every window counts as one there
            why = "on Windows each program with a window shows as one that computes"
            missing |= {f"others_count of gpu {index}": why for index in range(len(handles))}
            self._handles = ()
        quantities += [_quantity("others_count", f"gpu {k}") for k in range(len(self._handles))]
        self.opened = Opened(quantities=tuple(quantities), missing=missing, facts=facts)

    def watch(self, _: int | None) -> None:
        """All of laptime's processes are ours, whichever is watched."""
        self._processes_due_ns = 0

    def read(self, now_ns: int) -> Sequence[float | None]:
        """Every question, of every device."""
        told: list[float | None] = []
        for handle, question in self._asked:
            try:
                told += question.values(question.ask(handle))
            except pynvml.NVMLError:  # a state that passes, or a lost card: the value is not there
                told += [None] * len(question.names)
        return [*told, *self._others(now_ns)]

    def _others(self, now_ns: int) -> list[float | None]:
        if now_ns < self._processes_due_ns:
            return [None] * len(self._handles)
        self._processes_due_ns = now_ns + int(0.99 * PROCESSES_S * 1e9)
        own, here = {process.pid for process in ours()}, set(psutil.pids())
        found: list[float | None] = []
        for handle in self._handles:
            try:
                running = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
            except pynvml.NVMLError:
                found.append(None)
            else:
                found.append(others((each.pid for each in running), ours=own, here=here))
        return found

    def close(self) -> None:
        """Let the driver go."""
        try:
            pynvml.nvmlShutdown()
        except pynvml.NVMLError:
            return  # closed already


def _quantity(name: str, part: str) -> Quantity:
    return Quantity(
        name=name,
        part=part,
        scope="gpu_board" if name in RENEWED_S else None,
        is_counter=name == "energy_j",
        renewed_s=RENEWED_S.get(name),
    )
