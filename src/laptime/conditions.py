"""How the machine was while it trained, from what its sensors told: each condition with a remedy.

Means are taken over the bins in which a process was measured. A sensor that told nothing raises
nothing: what is not known is in the record, with its reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from laptime.figures import measured_blocks
from laptime.passes import NO_FRAMEWORK
from laptime.record import Machine, Process
from laptime.series import Log
from laptime.stats import median
from laptime.summary import Flag

OTHERS_SHARE = 0.10
"""Of the cores, used by others than laptime."""
STEAL_SHARE = 0.05
"""Of the cores, taken by the hypervisor for other machines."""
IDLE_SHARE = 0.05
"""A graphics processor that was busy for less than this was not used."""
SPARE_SHARE = 0.03
"""Of the memory: less than this free at any time is little."""
SLOW_CLOCK_SHARE = 0.75
"""Of the default clock."""
PRESSED_LEVEL = 1.0
"""macOS' thermal pressure from 'fair' on."""
LIMITED_SHARE = 0.99
"""A speed limit of less than all."""
UNTOLD = "not told"
"""Device of a training of the user's own that does not say where it computes."""
STILL_S = 0.5
STILL_SHARE = 0.5
"""A block stood still for more than so long, and used less than this share of its usual cores."""
FEWEST_BLOCKS = 3
USABLE = re.compile(
    r"NVIDIA|GeForce|Quadro|Tesla|Radeon (RX|Pro|VII)|Instinct|Apple|\bArc\b", re.IGNORECASE
)
"""Names of graphics processors that frameworks can train on; those inside most processors are not."""


def of_process(
    process: Process, *, machine: Machine, device: str, is_in_memory: bool
) -> Iterator[Flag]:
    """What speaks against the figures of a process.

    Args:
        process: with the logs of its sensors; none where none was read.
        machine: its cores.
        device: where it trained.
        is_in_memory: whether its data is, so that nothing outside can make it wait for long.
    """
    seen = _Seen(process)
    yield from _told_by_script(process, machine)
    yield from _stood_still(process, is_in_memory=is_in_memory)
    yield from _load(seen, machine.cores_usable)
    yield from _power(seen)
    yield from _memory(seen, machine.memory_bytes)
    yield from _heat(seen, is_host=device == "cpu")
    if device == UNTOLD:
        return
    yield from _beside(device, machine)
    if device != "cpu":
        yield from _unused(seen)


def _told_by_script(process: Process, machine: Machine) -> Iterator[Flag]:
    """Of the user's own training: what its timer or callback could not do."""
    script = process.script
    has_device = any(map(USABLE.search, machine.graphics))
    reason = script.unsynchronised_reason if script is not None else None
    if reason and (has_device or reason != NO_FRAMEWORK):
        yield Flag(
            name="unsynchronised",
            sentence="The device was not waited for: what it had not finished is not counted.",
            measured=reason,
            remedy="Read a result (the loss) at the end of each epoch, or believe the whole time only.",
        )
    if script is not None and script.trouble:
        yield Flag(
            name="counting_stopped",
            sentence="laptime stopped counting in the middle; the training went on.",
            measured=script.trouble,
            remedy="What was counted until then is shown; report it to laptime with the record.",
        )


def _stood_still(process: Process, *, is_in_memory: bool) -> Iterator[Flag]:
    """Blocks that took much longer than usual, in which next to nothing was computed or waited for.

    A slow block uses its cores all the same; one of a suspended worker does not. A wait for files may
    be the disk's; a worker that is suspended in the middle of taking images from memory looks as if
    it had waited for them.
    """
    blocks = [block for block in measured_blocks(process) if block.cpu_s is not None]
    if len(blocks) < FEWEST_BLOCKS:
        return
    usual_s = median([block.wall_s / block.steps for block in blocks])
    usual_cores = median([(block.cpu_s or 0.0) / block.wall_s for block in blocks])
    still_s = [
        block.wall_s - usual_s * block.steps - (0.0 if is_in_memory else block.data_wait_s or 0.0)
        for block in blocks
        if (block.cpu_s or 0.0) / block.wall_s < STILL_SHARE * usual_cores
    ]
    still_s = [seconds for seconds in still_s if seconds > STILL_S]
    if still_s:
        yield Flag(
            name="stood_still",
            sentence="The worker stood still: it neither computed nor waited for data.",
            measured=f"{sum(still_s):.1f} s in {len(still_s)} of {len(blocks)} blocks",
            remedy="It was suspended, or the machine did something else: run again.",
        )


class _Seen:
    """Series of a process by the name of their quantity."""

    def __init__(self, process: Process) -> None:
        self._logs = process.logs
        self._measured: dict[float, set[int]] = {}
        """Width of a bin -> the bins that something measured reaches into."""
        self._edges = [
            (b.started_s, b.started_s + b.wall_s) for b in process.blocks if b.phase == "measured"
        ]
        self._edges += [
            (e.started_s, e.started_s + e.train_s)
            for e in process.epochs
            if e.started_s is not None
        ]

    def means(self, name: str, *, sensors: Sequence[str] = ()) -> dict[str, float]:
        """Part -> mean over what was measured, for every part that told it ('' for the whole)."""
        return {
            series.quantity.part or "": mean
            for log in self._logs
            if not sensors or log.sensor in sensors
            for series in log.series
            if series.quantity.name == name
            and (mean := _mean(value for value in self._within(log, series.means))) is not None
        }

    def busy(self) -> dict[str, float]:
        """Graphics processor -> share of the time in which it computed, for those that tell it."""
        found = self.means("busy_share", sensors=("nvidia", "amd", "apple", "macmon"))
        return {part: share for part, share in found.items() if part.startswith("gpu")}

    def used(self) -> list[str]:
        """Graphics processors that computed, or do not tell whether they did."""
        parts = {s.quantity.part or "" for log in self._logs for s in log.series}
        busy = self.busy()
        return [p for p in parts if p.startswith("gpu") and busy.get(p, 1.0) >= IDLE_SHARE]

    def least(self, name: str) -> float | None:
        """The lowest value that any part told."""
        return min(self._values(name, "least"), default=None)

    def most(self, name: str) -> float | None:
        """The highest value that any part told."""
        return max(self._values(name, "most"), default=None)

    def _values(self, name: str, end: Literal["least", "most"]) -> Iterator[float]:
        """Of every bin and part; the means where each bin has but one value."""
        for log in self._logs:
            for series in log.series:
                if series.quantity.name == name:
                    yield from self._within(log, getattr(series, end) or series.means)

    def fact(self, name: str, part: str) -> float | None:
        """What does not change."""
        key = f"{name} of {part}" if part else name
        return next((log.facts[key] for log in self._logs if key in log.facts), None)

    def _within(self, log: Log, values: Sequence[float | None]) -> Iterator[float]:
        """Values of the bins that something measured reaches into."""
        measured = self._measured.setdefault(log.bin_s, set()) or self._bins(log.bin_s)
        for place, value in enumerate(values, start=log.first_bin):
            if value is not None and place in measured:
                yield value

    def _bins(self, bin_s: float) -> set[int]:
        found = self._measured[bin_s]
        for begin_s, end_s in self._edges:
            near = range(int(begin_s // bin_s) - 1, int(end_s // bin_s) + 2)
            found.update(
                bin_ for bin_ in near if begin_s < (bin_ + 1) * bin_s and end_s > bin_ * bin_s
            )
        return found


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return math.fsum(found) / len(found) if found else None


def _load(seen: _Seen, cores: float) -> Iterator[Flag]:
    others = seen.means("others_cores").get("")
    if others is not None and others > OTHERS_SHARE * cores:
        yield Flag(
            name="other_load",
            sentence="Other programs used the processor meanwhile.",
            measured=f"{others:.1f} of {cores:g} cores",
            remedy="Close other programs, and run again.",
        )
    steal = seen.means("steal_cores").get("")
    if steal is not None and steal > STEAL_SHARE * cores:
        yield Flag(
            name="stolen_time",
            sentence="The host took processor time away for its other machines.",
            measured=f"{steal:.2f} of {cores:g} cores",
            remedy="Run again at another hour, or on a machine of one's own.",
        )


def _power(seen: _Seen) -> Iterator[Flag]:
    if (seen.most("on_battery_flag") or 0.0) > 0:
        yield Flag(
            name="on_battery",
            sentence="It ran on battery, on which many computers are slower.",
            measured=None,
            remedy="Plug it in, and run again.",
        )
    if (seen.most("low_power_flag") or 0.0) > 0:
        yield Flag(
            name="low_power_mode",
            sentence="A mode that saves power was on.",
            measured=None,
            remedy="Turn it off (battery settings, power plan or platform profile), and run again.",
        )


def _memory(seen: _Seen, memory_bytes: int) -> Iterator[Flag]:
    least = seen.least("memory_available_bytes")
    if least is not None and least < SPARE_SHARE * memory_bytes:
        yield Flag(
            name="little_memory",
            sentence="Hardly any memory was free: the system may have taken it from its caches.",
            measured=f"{least / 1e9:.1f} GB of {memory_bytes / 1e9:.0f} GB at least",
            remedy="Close other programs, and run again.",
        )


def _heat(seen: _Seen, *, is_host: bool) -> Iterator[Flag]:
    """By heat or limits. A graphics processor counts where it trains: an idle one has a low clock.

    That its power is capped is how most cards run at full load: it is in the record, and no flag.
    """
    reasons = {
        "heat_throttle_flag": "slowed down for its heat",
        "heat_throttle_share": "slowed down for its heat",
        "other_throttle_flag": "held down by its board",
    }
    used = [] if is_host else seen.used()
    found = [
        f"{part} {told}"
        for name, told in reasons.items()
        for part, share in seen.means(name).items()
        if part in used and share > 0
    ]
    if (seen.most("thermal_pressure_level") or 0.0) >= PRESSED_LEVEL:
        found.append(f"macOS told of thermal pressure {seen.most('thermal_pressure_level'):.0f}")
    limits = seen.means("speed_limit_share").get("")
    if limits is not None and limits < LIMITED_SHARE:
        found.append(f"macOS limited the processor to {100 * limits:.0f} %")
    for part, frequency_hz in seen.means("frequency_hz").items():
        usual_hz = seen.fact("default_frequency_hz", part)
        if part in used and usual_hz and frequency_hz < SLOW_CLOCK_SHARE * usual_hz:
            found.append(f"{part} at {frequency_hz / 1e9:.2f} of {usual_hz / 1e9:.2f} GHz")
    if found:
        yield Flag(
            name="throttled",
            sentence="It was slowed down, by heat or by its limits.",
            measured="; ".join(dict.fromkeys(found)),
            remedy="Let it cool and give it air; --soak shows what it can keep up.",
        )


def _beside(device: str, machine: Machine) -> Iterator[Flag]:
    usable = [name for name in machine.graphics if USABLE.search(name)]
    if device == "cpu" and usable:
        yield Flag(
            name="graphics_unused",
            sentence="It trained on the processor; the machine's graphics processor was not used.",
            measured=", ".join(usable),
            remedy="Where that is not meant, `laptime doctor` tells what the frameworks can use.",
        )


def _unused(seen: _Seen) -> Iterator[Flag]:
    """Only where every graphics processor was idle: which of them trained is not told."""
    busy = seen.busy()
    if busy and max(busy.values()) < IDLE_SHARE:
        yield Flag(
            name="device_idle",
            sentence="The graphics processor was idle: the training ran somewhere else.",
            measured=f"busy for {100 * max(busy.values()):.0f} % of the time",
            remedy="See what the framework can use with `laptime doctor`; do not share the figure.",
        )
    used = seen.used()
    others = {p: n for p, n in seen.means("others_count").items() if n > 0 and p in used}
    if others:
        yield Flag(
            name="shared_device",
            sentence="Somebody else computed on the graphics processor meanwhile.",
            measured=", ".join(
                f"{count:.1f} processes on {part}" for part, count in others.items()
            ),
            remedy="Wait until the others are done, and run again.",
        )
