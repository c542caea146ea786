"""What is written down of an export: frozen, versioned, raw. Figures are computed from it (`summary`).

Times are seconds on the worker's one clock; absent is None. A record holds no host name, user name,
path or command line.

Format history:
    1  first (laptime 0.1)
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from laptime import versioned
from laptime.errors import StoreError
from laptime.frozen import Frozen
from laptime.record import Count, Machine, Outcome, Positive, digest
from laptime.series import Log
from laptime.store import VIDEOS, Store, read
from laptime.video.clips import Clip
from laptime.video.encoders import Codec, Kind

FORMAT = 1
ENDING = VIDEOS
"""Of its file's name in the store: a result of training ends otherwise, and is not looked for here."""
Part = Literal["fill", "steady", "drain"]
Share = Annotated[float, msgspec.Meta(ge=-1, le=1)]


class VideoSetup(Frozen, frozen=True):
    """How it was encoded. Equal setups are one encoder of one version with the same settings."""

    codec: Codec
    encoder: str
    """FFmpeg's name of it."""
    kind: Kind
    pixel_format: str
    asked_bits_per_s: int | None
    """None where the profile decides."""
    key_frame_every: Count
    """Frames from one picture that stands alone to the next, at most; ProRes has no others."""
    options: dict[str, str]
    """The encoder's own, and the threads that it took where it tells them."""
    versions: dict[str, str]
    """Of PyAV, FFmpeg and the encoder's library, asked from what ran."""

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that are equal exactly when the setup is equal."""
        return digest(self)


class VideoBlock(Frozen, frozen=True):
    """A stretch of the export, from one written frame to another."""

    part: Part
    """Only 'steady' blocks count for the speed. In 'fill' the encoder looks ahead before its first
    frame comes out; in 'drain' it has been given the last one."""
    started_s: float
    """Since the worker's clock started."""
    frames: int
    """That came out of the encoder and were written."""
    bytes: int
    """Of these frames, without the container around them."""
    wall_s: Positive
    cpu_s: float | None
    """Processor seconds of the worker, all threads."""


class Quality(Frozen, frozen=True):
    """How near the first frames of the file are to what was drawn, by their luma."""

    frames: Count
    mse: Annotated[float, msgspec.Meta(ge=0)]
    """Mean of the squared differences over all pixels of all these frames, in levels."""
    peak: Count
    """The highest level that the format has: 255 or 1,023."""
    ssim: Share
    """Mean over the frames of FFmpeg's structural similarity (windows of 8x8, every 4 pixels)."""

    @property
    def psnr_db(self) -> float | None:
        """Peak signal to noise, 10 log10(peak^2 / mse), in decibels; None where nothing differs."""
        return 10 * math.log10(self.peak**2 / self.mse) if self.mse else None


class VideoResult(Frozen, frozen=True):
    """One clip by one encoder."""

    format: int
    id: str
    created: str
    """UTC, ISO 8601, to the second."""
    laptime: str
    machine: Machine
    clip: Clip
    setup: VideoSetup
    outcome: Outcome
    phase: str
    """'done', or the phase in which it ended: 'import', 'list', 'open', 'draw', 'encode', 'judge'."""
    message: str | None
    """One clean line for anything but 'ok'."""
    draw_s: float | None
    """Drawing the reel, before the clock of the export."""
    open_s: float | None
    """Opening the encoder and the file; part of `export_s`."""
    export_s: float | None
    """From opening the encoder to the closed file; None where it was not finished."""
    frames: int | None
    """In the finished file."""
    bytes: int | None
    """Of the finished file."""
    blocks: tuple[VideoBlock, ...]
    quality: Quality | None
    logs: tuple[Log, ...]
    """What the sensors told beside the export, on the worker's clock."""
    peak_memory_bytes: int | None
    clock_drift_s: float | None
    """Wall time minus the monotonic clock over the worker's life: large when the machine slept."""


def encode(result: VideoResult) -> bytes:
    """As indented JSON text in UTF-8, with a newline at its end."""
    return versioned.encode(result)


def decode(text: bytes) -> VideoResult:
    """Read one back.

    Raises:
        RecordError: damaged, no record of a video, or written by a newer laptime.
    """
    return versioned.decode(text, VideoResult, called="video", newest=FORMAT)


def save(store: Store, result: VideoResult) -> None:
    """Write it into the store, whole or not at all.

    Raises:
        StoreError: it could not be written.
    """
    store.write_beside(result.id + ENDING, encode(result))


def load(path: Path) -> VideoResult:
    """Read one.

    Raises:
        RecordError: the file is damaged, no record of a video, or from a newer laptime.
        StoreError: it cannot be read.
    """
    return read(path, decode)


def load_all(store: Store) -> tuple[list[VideoResult], list[StoreError]]:
    """Every export of the store, oldest first, and what is wrong with the others.

    Raises:
        StoreError: the folder cannot be read.
    """
    return store.read_all(ENDING, decode)
