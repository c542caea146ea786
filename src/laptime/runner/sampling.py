"""The parent's end of the sensors: they are read while a worker trains, and never touch it.

    with Sampler() as sampler:      # starts the processes of sensors
        sampler.start(worker_pid)   # before a visit
        ...
        sampled = sampler.stop()    # after it; nothing of this takes time inside a block

Every time stamp is one of `perf_counter`, the same clock as the worker's blocks (see `series`).
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Self

import msgspec

from laptime import registry
from laptime.errors import BrokenLeafError, EnvironmentUnfitError
from laptime.plausible import believed
from laptime.redact import clean
from laptime.runner.available import installed, unavailable
from laptime.runner.child import STDERR_LINE_BYTES, spawn
from laptime.runner.clock import Clock, SystemClock
from laptime.runner.readings import (
    CanTell,
    Ended,
    FromSensors,
    Open,
    Rest,
    Rested,
    Told,
    ToSensors,
    Watch,
)
from laptime.runner.stdio import reader
from laptime.sensors import PARENT, Opened
from laptime.series import Log, Samples, joined, log

RATE_HZ = 10.0
MOST_RATE_HZ = 100.0
REST_LIMIT_S = 2.0
"""A process of sensors that has not said its last by then is stopped."""
FIRST_LIMIT_S = 10.0
"""So long where it has not said anything yet: Python itself may start slowly."""
END_LIMIT_S = 1.0
STILL_OPENING = "it was still opening"


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """What all sensors told between a start and a stop."""

    sensors: tuple[Samples, ...]
    """One for each sensor, also for one that told nothing: then `ended` says why."""
    cpu_s: float
    """Processor time of all processes of sensors, programs that they ran included."""
    wall_s: float

    def logs(self, *, zero_ns: int) -> tuple[Log, ...]:
        """The form that is written down, on the worker's clock (`series.log`)."""
        return tuple(log(samples, zero_ns=zero_ns) for samples in self.sensors)


def together(parts: Iterable[Sampled]) -> Sampled:
    """Several stretches of one sampler as one: the visits of one worker.

    Raises:
        ValueError: no parts.
    """
    found = list(parts)
    names = dict.fromkeys(each.sensor for part in found for each in part.sensors)
    if not names:
        raise ValueError("nothing was sampled")
    every = [each for part in found for each in part.sensors]
    return Sampled(
        sensors=tuple(joined(s for s in every if s.sensor == name) for name in names),
        cpu_s=sum(part.cpu_s for part in found),
        wall_s=sum(part.wall_s for part in found),
    )


class Sampler:
    """Reads the sensors of this computer, in processes of their own.

    Args:
        sensors: keys; None for all but those that are for tests.
        rate_hz: readings a second of the fastest sensors; slow ones keep to their own period.
        clock: the one clock.

    Raises:
        UnknownNameError: no sensor has that name.
        ValueError: a rate that no sensor keeps.
    """

    def __init__(
        self,
        sensors: Sequence[str] | None = None,
        *,
        rate_hz: float = RATE_HZ,
        clock: Clock | None = None,
    ) -> None:
        if not 0 < rate_hz <= MOST_RATE_HZ:
            raise ValueError(f"{rate_hz} readings a second: more than 0, {MOST_RATE_HZ:g} at most")
        self._clock: Clock = clock or SystemClock()
        self._began_ns: int | None = None
        names = every() if sensors is None else registry.select("sensors", sensors)
        reasons = {name: impossible(name) for name in names}
        self._impossible = {name: why for name, why in reasons.items() if why is not None}
        possible = [name for name in names if name not in self._impossible]
        self._names = names
        self._groups = [_Group(group, 1 / rate_hz, self._clock) for group in groups(possible)]

    def start(self, pid: int | None) -> None:
        """Read from now on.

        Args:
            pid: of the worker whose processes are told apart from others; None for none, as when
                idle power is measured.
        """
        self._began_ns = self._clock.now_ns()
        for group in self._groups:
            group.send(Watch(pid=pid))

    def stop(self) -> Sampled:
        """Read no more; what was told since the start. Takes some milliseconds, 2 s at most.

        Raises:
            RuntimeError: it was not started.
        """
        if self._began_ns is None:
            raise RuntimeError("sampler.stop() without sampler.start()")
        began_ns, self._began_ns = self._began_ns, None
        ended_ns = self._clock.now_ns()
        for group in self._groups:
            group.send(Rest())
        cpu_s = sum(group.hear() for group in self._groups)
        heard_ns = self._clock.now_ns()  # each was read once more, just after the end
        told = {name: Samples(sensor=name, ended=why) for name, why in self._impossible.items()}
        for group in self._groups:
            told |= {name: group.samples(name, began_ns, heard_ns) for name in group.names}
        return Sampled(
            sensors=tuple(believed(told[name]) for name in self._names),
            cpu_s=cpu_s,
            wall_s=(ended_ns - began_ns) / 1e9,
        )

    def close(self) -> None:
        """End every process; harmless twice."""
        for group in self._groups:
            group.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def every() -> list[str]:
    """Every sensor but those that must be named."""
    return [name for name in registry.names("sensors") if not _must_be_named(name)]


def _must_be_named(name: str) -> bool:
    try:
        return bool(registry.peek("sensors", name).get("ONLY_NAMED"))
    except BrokenLeafError:
        return False  # it stays in the list, with its reason


def impossible(name: str) -> str | None:
    """Why a sensor need not be tried here; None where it might work."""
    try:
        facts = registry.peek("sensors", name)
        why = unavailable(name, room="sensors")
    except BrokenLeafError as error:
        return clean(str(error))
    if why is not None:
        return why
    if installed(facts["MODULES"]):
        return None
    extra = facts["EXTRA"]
    how = f"'laptime[{extra}]'" if extra else " ".join(facts["MODULES"])
    return f"its library is not installed; where there is such hardware: pip install {how}"


def groups(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Sensors that share a process: those without a vendor's library; each other has its own."""
    plain = tuple(name for name in names if not registry.peek("sensors", name)["MODULES"])
    own: list[tuple[str, ...]] = [(name,) for name in names if name not in plain]
    return [plain, *own] if plain else own


class _Group:
    """A process of sensors, and what was heard from it.

    Args:
        names: of its sensors.
        period_s: between two readings.
        clock: the one clock.
    """

    def __init__(self, names: tuple[str, ...], period_s: float, clock: Clock) -> None:
        self.names = names
        self._clock = clock
        self._decoder: msgspec.json.Decoder[FromSensors] = msgspec.json.Decoder(FromSensors)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._noise: deque[bytes] = deque(maxlen=5)
        self._opened: dict[str, Opened] = {}
        self._told: dict[str, list[Told]] = {name: [] for name in names}
        self._ended: dict[str, str] = {}
        self._has_spoken = False
        self._waiting_s: dict[str, float] = {}
        self._readers: tuple[threading.Thread, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            # -P keeps a stray module in the user's folder from being imported.
            command = [sys.executable, "-P", "-m", "laptime.runner.sensing"]
            self._process = spawn(command, {**os.environ, PARENT: str(os.getpid())})
        except EnvironmentUnfitError as error:
            self._all_end(str(error))
            return
        self._readers = (
            reader(self._process.stdout, self._lines.put, at_end=partial(self._lines.put, None)),
            reader(self._process.stderr, self._noise.append, most_bytes=STDERR_LINE_BYTES),
        )
        self.send(Open(sensors=names, period_s=period_s))

    def send(self, command: ToSensors) -> None:
        """Tell it; a process that is gone shows when it is heard."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._process.stdin.write(msgspec.json.encode(command) + b"\n")
            self._process.stdin.flush()

    def hear(self) -> float:
        """Everything up to its answer to Rest; processor seconds since Watch, 0 of one that died."""
        began_ns = self._clock.now_ns()
        while self._process is not None:
            limit_s = REST_LIMIT_S if self._has_spoken else FIRST_LIMIT_S
            left_s = limit_s - (self._clock.now_ns() - began_ns) / 1e9
            try:
                line = self._lines.get(timeout=max(0.0, left_s))
            except queue.Empty:
                self._all_end(f"its process gave no answer for {limit_s:g} s and was stopped")
                self.close()
                break
            if line is None:
                self._all_end(self._death(self._process))
                self.close()
                break
            with contextlib.suppress(msgspec.DecodeError):  # half a line of one that died
                message = self._decoder.decode(line)
                self._has_spoken = True
                if isinstance(message, Rested):
                    self._waiting_s = message.waiting_s
                    return message.cpu_ns / 1e9
                self._keep(message)
        return 0.0

    def _keep(self, message: CanTell | Told | Ended) -> None:
        match message:
            case CanTell():
                self._opened[message.sensor] = message.opened
            case Told():
                self._told[message.sensor].append(message)
            case Ended():
                self._ended[message.sensor] = message.reason

    def samples(self, name: str, began_ns: int, ended_ns: int) -> Samples:
        """What one sensor told between two times; each reading is given out once."""
        told, self._told[name] = self._told[name], []
        opened = self._opened.get(name)
        if opened is None:
            return Samples(sensor=name, ended=self._ended.get(name, STILL_OPENING))
        ended = self._ended.get(name)
        if ended is None and name in self._waiting_s:
            ended = f"it had owed an answer for {self._waiting_s[name]:.1f} s at the end"
        readings = [
            (time_ns, row)
            for each in told
            for time_ns, row in zip(each.times_ns, each.rows, strict=True)
            if began_ns <= time_ns <= ended_ns
        ]
        return Samples(
            sensor=name,
            quantities=opened.quantities,
            times_ns=tuple(time_ns for time_ns, _ in readings),
            rows=tuple(tuple(v if v is None else float(v) for v in row) for _, row in readings),
            missing=opened.missing,
            facts=opened.facts,
            ended=ended,
            cpu_s=sum(each.cpu_ns for each in told) / 1e9,
        )

    def _all_end(self, reason: str) -> None:
        for name in self.names:
            self._ended.setdefault(name, clean(reason))

    def _death(self, process: subprocess.Popen[bytes]) -> str:
        try:
            code = process.wait(timeout=END_LIMIT_S)
        except subprocess.TimeoutExpired:
            return "its process closed its streams"
        if code < 0:
            known = {int(each): each.name for each in signal.Signals}
            return f"its process was ended by {known.get(-code, f'signal {-code}')}"
        last = next((line for line in reversed(self._noise) if line.strip()), b"")
        said = clean(last.decode("utf-8", "replace")) if last else ""
        return f"its process ended with exit code {code}" + (f": {said}" if said else "")

    def close(self) -> None:
        """End it: asked first, for a moment, then made to."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # it is gone already
                process.stdin.close()
        try:
            process.wait(timeout=END_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for thread, stream in zip(self._readers, (process.stdout, process.stderr), strict=True):
            thread.join(timeout=END_LIMIT_S)
            # A stream that a program of a sensor still holds open is not closed under its reader.
            if stream is not None and not thread.is_alive():
                stream.close()
