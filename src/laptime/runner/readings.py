"""What the sampler and a process of sensors say to each other: one JSON document a line."""

from __future__ import annotations

import msgspec

from laptime.sensors import Opened


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    """Base of all messages, in both directions."""


class Open(Message, frozen=True, tag="open"):
    """To the process, first: open these sensors, each in a thread of its own."""

    sensors: tuple[str, ...]
    period_s: float
    """Between two readings; a sensor whose own period is longer keeps to that."""


class Watch(Message, frozen=True, tag="watch"):
    """To the process: read from now on, beside this worker."""

    pid: int | None


class Rest(Message, frozen=True, tag="rest"):
    """To the process: read no more, and say what has not been said yet."""


class CanTell(Message, frozen=True, tag="can_tell"):
    """From the process: a sensor is open."""

    sensor: str
    opened: Opened


class Told(Message, frozen=True, tag="told"):
    """From the process, about once a second: what a sensor told."""

    sensor: str
    times_ns: tuple[int, ...]
    rows: tuple[tuple[float | str | None, ...], ...]
    """A value for each quantity; 'nan' and 'inf', which JSON cannot say, are written out."""
    cpu_ns: int
    """Processor time of the sensor's thread for these."""


class Ended(Message, frozen=True, tag="ended"):
    """From the process: a sensor tells nothing any more, and why."""

    sensor: str
    reason: str


class Rested(Message, frozen=True, tag="rested"):
    """From the process: the answer to Rest, after the last of Told."""

    cpu_ns: int
    """Processor time of the whole process since Watch, and of its finished children."""
    waiting_s: dict[str, float]
    """Sensor -> seconds for which it has owed its answer; those that owe none are left out."""


ToSensors = Open | Watch | Rest
FromSensors = CanTell | Told | Ended | Rested
