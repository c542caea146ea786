"""What a training tells while it runs: one JSON document a line, in a file or in memory.

Times are nanoseconds of `perf_counter`, which is one clock for all processes of a machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import msgspec

VARIABLE = "LAPTIME_WATCH"
"""Names the file in which a training tells `laptime watch`; set by that alone."""


class Told(msgspec.Struct, frozen=True, kw_only=True, tag_field="told"):
    """Base of all of them."""

    pid: int


class Began(Told, frozen=True, tag="began"):
    """First: somebody tells from now on."""

    teller: str
    name: str | None
    time_ns: int


class About(Told, frozen=True, tag="about"):
    """After the first step, when the frameworks have been imported."""

    engine: str | None
    device: str | None
    precision: str | None
    versions: dict[str, str]
    batch_size: int | None
    parameters: int | None
    first_step_ns: int
    unsynchronised_reason: str | None


class Stretch(Told, frozen=True, tag="block"):
    """Steps between two waits for the device."""

    epoch: int
    started_ns: int
    wall_ns: int
    cpu_ns: int
    steps: int
    samples: int | None
    wait_ns: int | None
    loss: float | None


class Passed(Told, frozen=True, tag="epoch"):
    """An epoch that ended."""

    index: int
    started_ns: int
    wall_ns: int
    steps: int
    samples: int | None
    wait_ns: int | None
    loss: float | None


class Validated(Told, frozen=True, tag="validation"):
    """A validation, after or inside an epoch."""

    epoch: int
    wall_ns: int


class Trouble(Told, frozen=True, tag="trouble"):
    """Telling failed; the training goes on."""

    message: str


Message = Began | About | Stretch | Passed | Validated | Trouble
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def encode(message: Message) -> bytes:
    """One line."""
    return msgspec.json.encode(message) + b"\n"


def read(lines: Iterable[bytes]) -> list[Message]:
    """What the first process that told has told; half a line of one that was killed is left out.

    Of a training in several processes each tells the same.
    """
    found: list[Message] = []
    for line in lines:
        with contextlib.suppress(msgspec.DecodeError):
            message = _DECODER.decode(line)
            if not found or message.pid == found[0].pid:
                found.append(message)
    return found
