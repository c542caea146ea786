"""A process that reads sensors: `python -m laptime.runner.sensing`, started by `runner.sampling`.

Sensors are other people's libraries and drivers. Here they may fail, hang, print and crash; the run
beside them goes on. Each has a thread of its own, so that one that hangs stops no other. A library
that hangs with Python's lock in its hands stops them all; then a watchdog ends the process, and the
sampler says so.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from typing import IO, Never, cast

import msgspec

from laptime import registry
from laptime.errors import LaptimeError
from laptime.redact import clean
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
from laptime.runner.stdio import reader, take_over
from laptime.sensors import Sensor, SensorModule, UnavailableError

OPEN_LIMIT_S = 20.0
"""A sensor that opens for longer hangs; a driver that has slept takes some seconds."""
TELL_S = 1.0
"""Readings are handed on this often: each time wakes the parent."""
SLOWEST_S = 1.0
"""A sensor that is read more seldom counts no joules, and takes its time: not read once more."""
LOOK_S = 1.0
"""How often it is looked for sensors that hang."""
REST_S = 0.5
"""How long the last readings are waited for."""
CLOSE_S = 0.5
"""How long sensors may take to close."""
WATCHDOG_S = 30.0
"""The process ends itself when it could not look around for so long."""


class Turn:
    """What all threads go by: whether to read, and beside whom."""

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self.changed = threading.Condition()
        self.number = 0
        """One more with every change."""
        self.is_on = False
        self.pid: int | None = None

    def change(self, *, is_on: bool, pid: int | None = None) -> None:
        """Begin a stretch of readings, or end it."""
        with self.changed:
            self.number += 1
            self.is_on, self.pid = is_on, pid
            self.changed.notify_all()

    def lasts(self, number: int, seconds: float) -> bool:
        """Wait; whether the stretch of that number still goes on."""
        with self.changed:
            return not self.changed.wait_for(
                lambda: self.number != number, timeout=max(0.0, seconds)
            )


class Reading:
    """One sensor in one thread.

    Args:
        name: the sensor's.
        turn: when to read.
        say: tells the parent.
    """

    def __init__(self, name: str, turn: Turn, say: Callable[[FromSensors], None]) -> None:
        self.name = name
        self.has_ended = False
        self.is_reading = False
        """Whether it has begun a stretch and not yet told the last of it."""
        self._turn = turn
        self._say = say
        self._clock = SystemClock()
        self._asked: tuple[int, float] | None = (self._clock.now_ns(), OPEN_LIMIT_S)
        """Since when it is asked for an answer, and how many seconds it may take."""
        self._sensor: Sensor | None = None
        self._ending = threading.Lock()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def waits_s(self) -> float:
        """Seconds for which it has owed an answer; 0 for one that owes none."""
        asked = self._asked
        return (self._clock.now_ns() - asked[0]) / 1e9 if asked and not self.has_ended else 0.0

    def give_up(self) -> None:
        """Leave it behind, if it hangs."""
        asked = self._asked
        if asked and (seconds := self.waits_s()) > asked[1]:
            self._end(f"it gave no answer for {seconds:.1f} s and was left behind")

    def close(self) -> None:
        """Give back what the sensor holds, unless it is busy."""
        if self._sensor is not None and self._asked is None:
            self._sensor.close()

    def _end(self, reason: str) -> None:
        """Say why there is nothing more; once, and before anybody can see that it has ended."""
        with self._ending:
            if not self.has_ended:
                self._say(Ended(sensor=self.name, reason=clean(reason)))
                self.has_ended = True

    def _run(self) -> None:
        try:
            module = cast("SensorModule", registry.load("sensors", self.name))
            self._sensor = module.open_sensor()
            self._asked = None
            self._say(CanTell(sensor=self.name, opened=self._sensor.opened))
            number = 0
            while not self.has_ended:
                with self._turn.changed:
                    self._turn.changed.wait_for(
                        partial(lambda n: self._turn.is_on and self._turn.number != n, number)
                    )
                    number, pid = self._turn.number, self._turn.pid
                    self.is_reading = True
                self._stretch(self._sensor, number, pid, module=module)
                self.is_reading = False
        except UnavailableError as error:
            self._end(str(error))
        except LaptimeError as error:  # its file or its library does not open
            self._end(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a driver does becomes a recorded reason
            self._end(f"it failed: {type(error).__name__}: {error}")

    def _stretch(
        self, sensor: Sensor, number: int, pid: int | None, *, module: SensorModule
    ) -> None:
        """Read until the turn changes; and what may count joules once more, to tell both ends."""
        sensor.watch(pid)
        period_ns = int(max(self._turn.period_s, module.PERIOD_S) * 1e9)
        count = len(sensor.opened.quantities)
        notes = Notes(self.name, count, self._say, self._clock)
        due_ns = self._clock.now_ns()
        is_last = False
        try:
            while True:
                began_ns = self._clock.now_ns()
                self._asked = began_ns, module.LIMIT_S
                row = sensor.read(began_ns)
                ended_ns = self._clock.now_ns()
                self._asked = None
                if self.has_ended:  # it hung, and was given up
                    return
                notes.add((began_ns + ended_ns) // 2, row)
                if is_last:
                    return
                # The next time on the grid that has not passed: late readings are left out.
                due_ns += period_ns * max(1, -((due_ns - ended_ns) // period_ns))
                is_last = not self._turn.lasts(number, (due_ns - self._clock.now_ns()) / 1e9)
                if is_last and module.PERIOD_S > SLOWEST_S:
                    return
        finally:
            if not self.has_ended:
                notes.tell()


class Notes:
    """Readings that have not been handed on yet.

    Args:
        name: the sensor's.
        count: of its quantities.
        say: tells the parent.
        clock: the one clock.
    """

    def __init__(
        self, name: str, count: int, say: Callable[[FromSensors], None], clock: Clock
    ) -> None:
        self._name = name
        self._count = count
        self._say = say
        self._clock = clock
        self._times_ns: list[int] = []
        self._rows: list[tuple[float | str | None, ...]] = []
        self._told_ns = clock.now_ns()
        self._cpu_ns = time.thread_time_ns()

    def add(self, time_ns: int, row: Sequence[float | None]) -> None:
        """Keep a reading, and hand all on about once a second.

        Raises:
            ValueError: it has not a value for each quantity.
        """
        if len(row) != self._count:
            raise ValueError(f"{len(row)} values for {self._count} quantities; mend its read()")
        self._times_ns.append(time_ns)
        self._rows.append(tuple(v if v is None or isfinite(v) else str(v) for v in row))
        if time_ns - self._told_ns >= TELL_S * 1e9:
            self.tell()

    def tell(self) -> None:
        """Hand on what there is."""
        cpu_ns = time.thread_time_ns()
        self._say(
            Told(
                sensor=self._name,
                times_ns=tuple(self._times_ns),
                rows=tuple(self._rows),
                cpu_ns=cpu_ns - self._cpu_ns,
            )
        )
        self._times_ns, self._rows = [], []
        self._told_ns, self._cpu_ns = self._clock.now_ns(), cpu_ns


class Sensing:
    """Obeys the sampler until it is gone.

    Args:
        outgoing: where messages go.
    """

    def __init__(self, outgoing: IO[bytes]) -> None:
        self._outgoing = outgoing
        self._lock = threading.Lock()
        self._clock = SystemClock()
        self._readings: list[Reading] = []
        self._turn = Turn(1.0)
        self._cpu_ns = self._clock.cpu_ns()

    def obey(self, command: ToSensors) -> None:
        """Do what one message says."""
        match command:
            case Open():
                self._turn = Turn(command.period_s)
                self._readings = [Reading(name, self._turn, self.say) for name in command.sensors]
            case Watch():
                self._cpu_ns = self._clock.cpu_ns()
                self._turn.change(is_on=True, pid=command.pid)
            case Rest():
                self._turn.change(is_on=False)
                self._let_finish()
                self.give_up()
                self.say(
                    Rested(
                        cpu_ns=self._clock.cpu_ns() - self._cpu_ns,
                        waiting_s={
                            r.name: r.waits_s()
                            for r in self._readings
                            if r.is_reading and not r.has_ended
                        },
                    )
                )
                self.end_if_idle()

    def _let_finish(self) -> None:
        began_ns = self._clock.now_ns()
        while self._clock.now_ns() - began_ns < REST_S * 1e9:
            if not any(r.is_reading and not r.has_ended for r in self._readings):
                return
            time.sleep(0.001)

    def give_up(self) -> None:
        """Leave the sensors behind that hang."""
        for reading in self._readings:
            reading.give_up()

    def end_if_idle(self) -> None:
        """With no sensor left there is nothing to live for."""
        if self._readings and all(reading.has_ended for reading in self._readings):
            self.end()

    def end(self) -> Never:
        """Close what can be closed, and be gone, whatever hangs."""
        closing = threading.Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(CLOSE_S)
        os._exit(0)

    def _close(self) -> None:
        for reading in self._readings:
            reading.close()

    def say(self, message: FromSensors) -> None:
        """Tell the sampler; whoever has nobody to tell ends."""
        try:
            with self._lock:
                self._outgoing.write(msgspec.json.encode(message) + b"\n")
                self._outgoing.flush()
        except OSError:
            os._exit(0)


def main() -> None:
    """Obey until the sampler is gone; then end at once, whatever hangs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if hasattr(signal, "SIGTSTP"):  # Ctrl-Z too: the watchdog would end what stands still
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    incoming, outgoing = take_over()
    sensing = Sensing(outgoing)
    inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    reader(incoming, inbox.put, at_end=lambda: inbox.put(None))
    decoder: msgspec.json.Decoder[ToSensors] = msgspec.json.Decoder(ToSensors)
    while True:
        # Runs without Python's lock: also when a library keeps it for ever.
        faulthandler.dump_traceback_later(WATCHDOG_S, exit=True, file=sys.stderr)
        try:
            line = inbox.get(timeout=LOOK_S)
        except queue.Empty:
            sensing.give_up()
            sensing.end_if_idle()
            continue
        if line is None:
            sensing.end()
        sensing.obey(decoder.decode(line))


if __name__ == "__main__":
    main()
