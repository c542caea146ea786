"""One clip by one encoder: a worker is started, told what to do, watched and outlived."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import msgspec

import laptime
from laptime.errors import EngineUnavailableError, EnvironmentUnfitError
from laptime.record import Machine, Outcome
from laptime.redact import clean
from laptime.runner.child import Child, ChildFailedError
from laptime.runner.messages import Goodbye, Phase, Stop
from laptime.runner.sampling import Sampled, Sampler
from laptime.store import new_id
from laptime.video.clips import REEL_FRAMES, SAMPLE_MOST_S, SAMPLE_S, SAMPLE_WALL_S, Clip
from laptime.video.encoders import Encoder
from laptime.video.messages import (
    BlockDone,
    Draw,
    Drawn,
    Encode,
    Encoded,
    FromVideo,
    Judge,
    Judged,
    Open,
    Opened,
)
from laptime.video.record import FORMAT, VideoBlock, VideoResult, VideoSetup

OPEN_LIMIT_S = 30.0
"""An encoder that has not opened and encoded a few frames by then hangs."""
BLOCK_S = 0.5
"""A block of a sample takes at least so long,"""
LONG_BLOCK_S = 10.0
"""and one of a whole clip, whose record would grow too long."""
JUDGED_FRAMES = 2 * REEL_FRAMES
"""Compared with what was drawn, from the first on: two reels, one of them after the encoder has found
its bit rate."""
SENSORS_HZ = 2.0
"""Readings of the sensors a second; fewer than beside a training, since an encoder takes every core."""
FILE = "export"
PLACE = "laptime-video-"
"""How the folder that holds it begins; laptime's process number follows."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a clip is encoded."""

    seconds: float | None = None
    """Of the clip; None for at least `SAMPLE_S`, and more where that takes only a moment."""
    is_full: bool = False
    """All of it."""

    def command(self, clip: Clip) -> Encode:
        """What the worker is told."""
        if self.is_full:
            return _exactly(clip.frames, block_s=LONG_BLOCK_S)
        if self.seconds is not None:
            return _exactly(clip.frames_in(self.seconds), block_s=BLOCK_S)
        return Encode(
            least_frames=clip.frames_in(SAMPLE_S),
            most_frames=clip.frames,
            least_s=SAMPLE_WALL_S,
            most_s=SAMPLE_MOST_S,
            block_s=BLOCK_S,
        )


def _exactly(frames: int, *, block_s: float) -> Encode:
    return Encode(least_frames=frames, most_frames=frames, least_s=0, most_s=None, block_s=block_s)


def check_installed() -> None:
    """Make sure that there is something to encode with.

    Raises:
        EngineUnavailableError: PyAV is not installed.
    """
    if find_spec("av") is None:
        raise EngineUnavailableError(
            "videos are encoded with PyAV, which is not installed: pip install 'laptime[video]' "
            "(its FFmpeg holds libraries under the GPL)"
        )


def is_left_out(result: VideoResult, *, is_named: bool) -> bool:
    """Whether nothing is to be told of it: FFmpeg was built without it, and nobody asked for it."""
    return result.phase == "list" and not is_named


def export(
    encoder: Encoder,
    *,
    clip: Clip,
    amount: Amount,
    folder: Path | None,
    machine: Machine,
    sampler: Sampler,
    on_phase: Callable[[Phase], None],
) -> VideoResult:
    """Encode, compare, and write down what happened; the file is removed in every case.

    Args:
        encoder: which.
        clip: what is encoded.
        amount: how much of it.
        folder: where the file is written for the time being; None for the system's own place.
        machine: this computer.
        sampler: reads the sensors beside it.
        on_phase: told what is being done.

    Raises:
        EnvironmentUnfitError: the folder cannot be written to, or no process can be started.
    """
    heard = _Heard()
    created = datetime.now(UTC).isoformat(timespec="seconds")
    with _place(folder) as place:
        child = Child(environment={}, on_phase=on_phase, module="laptime.video", answers=FromVideo)
        try:
            _talk(child, heard, encoder, clip, amount, place / FILE, sampler)
        except ChildFailedError as failure:
            heard.failure = failure
        except KeyboardInterrupt:
            heard.is_interrupted = True
        finally:
            if heard.goodbye is None:
                child.kill()
            child.close()
    return _result(heard, encoder, clip, created=created, machine=machine, child=child)


class _Heard:
    """What a worker said."""

    def __init__(self) -> None:
        self.opened: Opened | None = None
        self.drawn: Drawn | None = None
        self.blocks: list[VideoBlock] = []
        self.encoded: Encoded | None = None
        self.judged: Judged | None = None
        self.goodbye: Goodbye | None = None
        self.sampled: Sampled | None = None
        self.failure: ChildFailedError | None = None
        self.is_interrupted = False

    @property
    def ending(self) -> tuple[Outcome, str, str | None]:
        """Outcome, phase and message."""
        if self.failure is not None:
            return self.failure.outcome, self.failure.phase, clean(self.failure.message)
        if not self.is_interrupted:
            return "ok", "done", None
        phase = "judge" if self.encoded else "encode" if self.drawn else "draw"
        return "interrupted", phase if self.opened else "open", "stopped by Ctrl-C"


def _talk(
    child: Child,
    heard: _Heard,
    encoder: Encoder,
    clip: Clip,
    amount: Amount,
    file: Path,
    sampler: Sampler,
) -> None:
    """The whole conversation. What was heard is kept as it comes: anything may end it."""
    child.send(Open(encoder=encoder, clip=clip, file=str(file)))
    heard.opened = child.receive(within_s=OPEN_LIMIT_S)
    child.send(Draw())
    heard.drawn = child.receive()
    sampler.start(child.pid)
    try:
        child.send(amount.command(clip))
        while isinstance(message := child.receive(), BlockDone):
            heard.blocks.append(message.block)
        heard.encoded = message
    finally:
        heard.sampled = sampler.stop()
    child.send(Judge(frames=JUDGED_FRAMES))
    heard.judged = child.receive()
    child.send(Stop())
    heard.goodbye = child.receive()


@contextlib.contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    """A folder of its own, which is gone afterwards with all that lies in it."""
    _sweep(folder or Path(tempfile.gettempdir()))
    try:
        place = Path(tempfile.mkdtemp(prefix=f"{PLACE}{os.getpid()}-", dir=folder))
    except OSError as error:
        raise EnvironmentUnfitError(
            f"nothing can be written in {folder or tempfile.gettempdir()} ({error.strerror}); name "
            "another folder with --folder"
        ) from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a laptime left behind that was killed together with its worker."""
    import psutil

    for place in folder.glob(f"{PLACE}*"):
        owner = place.name.removeprefix(PLACE).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(place, ignore_errors=True)  # somebody else's stays


def _result(
    heard: _Heard, encoder: Encoder, clip: Clip, *, created: str, machine: Machine, child: Child
) -> VideoResult:
    opened, encoded, goodbye = heard.opened, heard.encoded, heard.goodbye
    outcome, phase, message = heard.ending
    told = goodbye.peak_memory_bytes if goodbye else None
    if told is None and heard.failure is not None:
        told = heard.failure.peak_memory_bytes
    logs = heard.sampled.logs(zero_ns=opened.born_ns) if heard.sampled and opened else ()
    return VideoResult(
        format=FORMAT,
        id=new_id(created, "video", encoder.name, clip.name, encoder.codec),
        created=created,
        laptime=laptime.__version__,
        machine=machine,
        clip=clip,
        setup=VideoSetup(
            codec=encoder.codec,
            encoder=encoder.name,
            kind=encoder.kind,
            pixel_format=encoder.pixel_format,
            asked_bits_per_s=encoder.bits_per_s(clip),
            key_frame_every=REEL_FRAMES if encoder.codec == "h264" else 1,
            options=encoder.options | (opened.used if opened else {}),
            versions=opened.versions if opened else {"av": version("av")},
        ),
        outcome=outcome,
        phase=phase,
        message=message,
        draw_s=heard.drawn.draw_s if heard.drawn else None,
        open_s=encoded.open_s if encoded else None,
        export_s=encoded.export_s if encoded else None,
        frames=encoded.frames if encoded else None,
        bytes=encoded.bytes if encoded else None,
        blocks=tuple(heard.blocks),
        quality=heard.judged.quality if heard.judged else None,
        logs=logs,
        peak_memory_bytes=told or child.peak_memory_bytes,
        clock_drift_s=goodbye.clock_drift_s if goodbye else None,
    )
