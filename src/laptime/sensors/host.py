"""Processor, memory, swap, disk and temperatures of the whole computer, and of the worker in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from laptime.outside import read
from laptime.sensors import Opened, Quantity
from laptime.sensors._ours import ours

TITLE = "processor, memory, swap, disk, temperatures, and the load of others"
MODULES = ()
EXTRA = None
UNAVAILABLE: dict[str, str] = {}
PERIOD_S = 0.1
LIMIT_S = 5.0
SLOW_S = 1.0
"""Everything but the worker's own load is asked this often: each question wakes a cold part of the
system and costs 0.2 ms, however little the answer is."""
PROCESSES_S = 5.0
"""Which processes there are costs most: all of the system's are gone through."""

NAMES = (
    "tree_cores",
    "others_cores",
    "steal_cores",
    "memory_available_bytes",
    "tree_memory_bytes",
    "swap_used_bytes",
    "disk_read_bytes_per_s",
    "disk_written_bytes_per_s",
    "frequency_hz",
    "temperature_c",
)
"""'tree' is the worker with its children; 'others' is everybody but laptime and its children."""

IDLE = ("idle", "iowait", "steal", "guest", "guest_nice")
"""Parts of processor time in which this computer does nothing; guests' is counted in 'user' too."""
# Of the whole chip, first one first; a board's or a disk's temperature is none of ours.
CHIPS = (
    "coretemp",
    "k10temp",
    "zenpower",
    "cpu_thermal",
    "cpu-thermal",
    "soc_thermal",
    "bcm2835_thermal",
    "scpi_sensors",
)


class CpuTimes(NamedTuple):
    """Seconds since the start of the system, all cores together."""

    busy_s: float
    steal_s: float | None
    """Taken by the hypervisor for others; None where it is not told."""


def cpu_times(parts: Mapping[str, float]) -> CpuTimes:
    """From the parts that the system tells apart (psutil's field names)."""
    busy_s = sum(seconds for name, seconds in parts.items() if name not in IDLE)
    return CpuTimes(busy_s, parts.get("steal"))


def busy_share(before: Mapping[str, float], after: Mapping[str, float]) -> float | None:
    """Share of the time between that one core was busy; None where no time is told to have passed."""
    total_s = sum(
        max(0.0, after[name] - before[name]) for name in after if not name.startswith("guest")
    )
    idle_s = sum(max(0.0, after[n] - before[n]) for n in after if n in ("idle", "iowait", "steal"))
    return (total_s - idle_s) / total_s if total_s > 0 else None


def chip_temperature(chips: Mapping[str, Sequence[float]]) -> float | None:
    """The hottest reading of the processor's own sensor; None where there is none that is known.

    Args:
        chips: name of a sensor's driver -> its readings in degrees Celsius.
    """
    found = next((chips[name] for name in CHIPS if chips.get(name)), None)
    return max(found) if found else None


def grown(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Processor seconds that processes used between two looks.

    One that is seen for the first time counts from then on: it may have been there long before. What
    a process used after the last look at it and before its end is lost.
    """
    return sum(max(0.0, used_s - before[pid]) for pid, used_s in after.items() if pid in before)


def descendants(root: int, parents: Mapping[int, int]) -> set[int]:
    """A process and everything below it, by a map from each process to its parent."""
    found, left = {root}, dict(parents)
    while more := {pid for pid, parent in left.items() if parent in found}:
        found |= more
        left = {pid: parent for pid, parent in left.items() if pid not in more}
    return found


def open_sensor() -> Host:
    """Everywhere."""
    return Host()


class Host:
    """The computer through psutil, which needs no root for any of this."""

    def __init__(self) -> None:
        missing = {name: why for name, why in _missing().items() if why}
        names = [name for name in NAMES if name not in missing]
        cores = range(len(psutil.cpu_times(percpu=True)))
        self.opened = Opened(
            quantities=(
                *(Quantity(name=name) for name in names),
                *(Quantity(name="busy_share", part=f"core {core}") for core in cores),
            ),
            missing=missing,
        )
        self._keys = [quantity.key for quantity in self.opened.quantities]
        self.watch(None)

    def watch(self, pid: int | None) -> None:
        """The worker whose tree is looked at; rates start anew."""
        self._pid = pid
        self._ours: list[psutil.Process] = []
        self._tree: set[int] = set()
        self._tree_used: tuple[int, dict[int, float]] | None = None
        self._used: tuple[int, CpuTimes, dict[int, float]] | None = None
        self._slow_due_ns = self._processes_due_ns = 0
        self._cores: list[Mapping[str, float]] = []
        self._disk: tuple[int, tuple[float, float]] | None = None

    def read(self, now_ns: int) -> Sequence[float | None]:
        """The computer now."""
        if now_ns >= self._processes_due_ns:
            self._processes_due_ns = now_ns + int(PROCESSES_S * 1e9)
            self._look_for_processes()
        told = self._load_of_tree(now_ns)
        if now_ns >= self._slow_due_ns:
            self._slow_due_ns = now_ns + int(0.99 * SLOW_S * 1e9)  # not skipped for a late reading
            told |= self._load_of_others(now_ns) | self._slow(now_ns)
        return [told.get(key) for key in self._keys]

    def _look_for_processes(self) -> None:
        """Ours are laptime itself, its workers and its sensors; the tree is the watched worker's."""
        self._ours = ours()
        parents = {}
        for process in self._ours:
            with contextlib.suppress(psutil.Error):
                parents[process.pid] = process.ppid()
        self._tree = descendants(self._pid, parents) if self._pid is not None else set()

    def _load_of_tree(self, now_ns: int) -> dict[str, float | None]:
        """Cores used by the worker and all below it."""
        if self._pid is None:
            return {}
        used_s = _used(process for process in self._ours if process.pid in self._tree)
        before, self._tree_used = self._tree_used, (now_ns, used_s)
        if before is None:
            return {}
        return {"tree_cores": grown(before[1], used_s) / ((now_ns - before[0]) / 1e9)}

    def _load_of_others(self, now_ns: int) -> dict[str, float | None]:
        """Cores used by everybody but us, and taken by the hypervisor."""
        now, used_s = cpu_times(psutil.cpu_times()._asdict()), _used(self._ours)
        before, self._used = self._used, (now_ns, now, used_s)
        if before is None:
            return {}
        seconds, was = (now_ns - before[0]) / 1e9, before[1]
        others_s = now.busy_s - was.busy_s - grown(before[2], used_s)
        told: dict[str, float | None] = {"others_cores": max(0.0, others_s) / seconds}
        if now.steal_s is not None and was.steal_s is not None:
            told["steal_cores"] = max(0.0, now.steal_s - was.steal_s) / seconds
        return told

    def _slow(self, now_ns: int) -> dict[str, float | None]:
        told: dict[str, float | None] = {
            "memory_available_bytes": float(psutil.virtual_memory().available),
            "swap_used_bytes": _swap(),
        }
        cores = [parts._asdict() for parts in psutil.cpu_times(percpu=True)]
        for core, (before, after) in enumerate(zip(self._cores, cores, strict=False)):
            told[f"busy_share of core {core}"] = busy_share(before, after)
        self._cores = list(cores)
        told["tree_memory_bytes"] = _memory(p for p in self._ours if p.pid in self._tree)
        told["frequency_hz"] = _frequency()
        told["temperature_c"] = chip_temperature(_chips())
        if (disk := _disk()) is not None:
            if self._disk is not None:
                seconds = (now_ns - self._disk[0]) / 1e9
                told["disk_read_bytes_per_s"] = max(0.0, disk[0] - self._disk[1][0]) / seconds
                told["disk_written_bytes_per_s"] = max(0.0, disk[1] - self._disk[1][1]) / seconds
            self._disk = (now_ns, disk)
        return told

    def close(self) -> None:
        """Nothing is held."""


def _missing() -> dict[str, str | None]:
    """Quantity -> why it is not to be had here; None where it is."""
    disk = None if _disk() is not None else "this system does not count what goes to its disks"
    return {
        "steal_cores": None
        if hasattr(psutil.cpu_times(), "steal")
        else "this system does not tell what a hypervisor takes",
        "frequency_hz": None
        if _frequency() is not None
        else "this system does not tell the processor's frequency (virtual ones seldom do)",
        "swap_used_bytes": None
        if _swap() is not None
        else "Windows' performance counters are switched off",
        "temperature_c": None
        if chip_temperature(_chips()) is not None
        else "the processor's temperature cannot be read here without root",
        "disk_read_bytes_per_s": disk,
        "disk_written_bytes_per_s": disk,
    }


def _used(processes: Iterable[psutil.Process]) -> dict[int, float]:
    """Processor seconds of each process that is still there."""
    found = {}
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            found[process.pid] = times.user + times.system
    return found


def _memory(processes: Iterable[psutil.Process]) -> float | None:
    """Resident bytes of the processes; what they share counts in each."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            found.append(process.memory_info().rss)
    return float(sum(found)) if found else None


def _frequency() -> float | None:
    """Hertz now, the mean over the cores; None where it is not told, or told as 0.

    On macOS psutil tells a constant, which a processor that slows down would still show.
    """
    if psutil.MACOS:
        return None
    try:
        found = psutil.cpu_freq()
    except (OSError, NotImplementedError, RuntimeError):  # odd virtual machines
        return None
    return found.current * 1e6 if found and found.current else None


def _chips(monitors: Path = Path("/sys/class/hwmon")) -> dict[str, list[float]]:
    """Chip -> its temperatures, of those that are asked for alone.

    psutil asks every monitor of the system, which wakes disks and graphics cards once a second.
    """
    found: dict[str, list[float]] = {}
    for folder in sorted(monitors.glob("hwmon*")):
        name = (read(folder / "name") or "").strip()
        if name in CHIPS:
            told = ((read(path) or "").strip() for path in sorted(folder.glob("temp*_input")))
            degrees = [int(text) / 1e3 for text in told if text.removeprefix("-").isdigit()]
            found.setdefault(name, []).extend(degrees)
    return found


def _swap() -> float | None:
    """Bytes of swap in use; None where Windows' performance counters are switched off."""
    try:
        return float(psutil.swap_memory().used)
    except (OSError, RuntimeError):
        return None


def _disk() -> tuple[float, float] | None:
    """Bytes read and written since the start; None where nothing is counted."""
    try:
        found = psutil.disk_io_counters(perdisk=True)
    except (OSError, RuntimeError):  # no disk statistics in some containers
        return None
    disks = [counted for name, counted in found.items() if is_real_disk(name)]
    if not disks:
        return None
    return float(sum(d.read_bytes for d in disks)), float(sum(d.write_bytes for d in disks))


def is_real_disk(name: str, *, blocks: Path = Path("/sys/block")) -> bool:
    """Whether it is no layer on another one: encrypted and logical volumes would count twice."""
    return not psutil.LINUX or (blocks / name / "device").exists()
