"""PyAV's side of an export: try an encoder, hold the reel, encode it to a file.

Nothing but the encoder works while the clock runs: pictures lie ready in the encoder's own format, are
handed on by reference, and what comes out is written to the file as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
from av._core import library_versions  # it has no public name
from av.video.frame import VideoFrame

from laptime.runner.clock import Clock
from laptime.video.clips import REEL_FRAMES, Clip
from laptime.video.encoders import Encoder
from laptime.video.record import VideoBlock
from laptime.video.source import Source, planes

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

TRY_FRAMES = 8
_X264 = re.compile(rb"x264 - core (\d+)( r\d+)?")
_X264_THREADS = re.compile(rb"\bthreads=(\d+)")
# Of ITU-T H.273: BT.709 primaries, transfer and matrix; levels in the range of television.
_BT709, _TELEVISION = 1, 1


class NotListedError(Exception):
    """This build of FFmpeg has no such encoder."""


class DoesNotOpenError(Exception):
    """FFmpeg lists the encoder, and it does not encode here; the message says why."""


def configure(context: VideoCodecContext, encoder: Encoder, clip: Clip) -> None:
    """Set everything but the private options, which are given as it is made."""
    context.width, context.height = clip.width, clip.height
    context.pix_fmt = encoder.pixel_format
    context.time_base = Fraction(1, clip.frame_rate)
    context.framerate = Fraction(clip.frame_rate)
    context.gop_size = REEL_FRAMES
    if (bits_per_s := encoder.bits_per_s(clip)) is not None:
        context.bit_rate = bits_per_s
    # As the ffmpeg program does. PyAV's own default is threads within a frame: with x264 that makes
    # another, slower and worse, encoder of it.
    context.thread_count = 0
    context.thread_type = "AUTO"
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _TELEVISION


def check_listed(encoder: Encoder) -> None:
    """Make sure that FFmpeg was built with an encoder.

    Raises:
        NotListedError: it was not.
    """
    try:
        av.Codec(encoder.name, "w")
    except ValueError as error:  # PyAV's UnknownCodecError
        raise NotListedError(
            f"FFmpeg {av.ffmpeg_version_info} was built without {encoder.name}; it needs "
            f"{encoder.needs}"
        ) from error


def attempt(encoder: Encoder, clip: Clip) -> tuple[dict[str, str], dict[str, str]]:
    """Open an encoder and encode a few grey frames of the clip's size with it, to nowhere.

    Returns:
        Versions, and settings that it chose itself.

    Raises:
        DoesNotOpenError: it does not open, or nothing comes out.
    """
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture(local=False) as said:
            return _attempt(encoder, clip)
    except (av.error.FFmpegError, ValueError) as error:
        lines = list(dict.fromkeys(line.strip() for _, _, line in said)) or [str(error)]
        why = "; ".join(line.rstrip(".") for line in lines)
        raise DoesNotOpenError(f"{why} (it needs {encoder.needs})") from error
    finally:
        av.logging.set_level(None)  # while the clock runs nobody listens


def _attempt(encoder: Encoder, clip: Clip) -> tuple[dict[str, str], dict[str, str]]:
    context = cast("VideoCodecContext", av.CodecContext.create(encoder.name, "w"))
    configure(context, encoder, clip)
    context.options = dict(encoder.options)
    frame = VideoFrame(clip.width, clip.height, encoder.pixel_format)
    for plane in frame.planes:
        np.frombuffer(memoryview(plane), np.uint8)[:] = 128
    packets = [p for each in _numbered([frame], TRY_FRAMES, clip) for p in context.encode(each)]
    packets += context.encode(None)
    if context.options:  # FFmpeg passes over what it does not know
        raise ValueError(f"it has no option '{next(iter(context.options))}'")
    if len(packets) != TRY_FRAMES:
        raise ValueError(f"{len(packets)} of {TRY_FRAMES} frames came out of it")
    return versions(encoder, bytes(packets[0])), _used(context, bytes(packets[0]))


def versions(encoder: Encoder, first: bytes) -> dict[str, str]:
    """Of PyAV, FFmpeg and the library that encodes, as far as they tell.

    Args:
        encoder: which.
        first: its first packet: x264 writes its name and settings there.
    """
    found = {"av": av.__version__, "ffmpeg": av.ffmpeg_version_info}
    found["libavcodec"] = ".".join(str(part) for part in library_versions["libavcodec"])
    if encoder.name == "libx264" and (told := _X264.search(first)):
        found["x264"] = b"".join(part for part in told.groups() if part).decode()
    return found


def _used(context: VideoCodecContext, first: bytes) -> dict[str, str]:
    if told := _X264_THREADS.search(first):
        return {"threads": told.group(1).decode()}
    return {"threads": str(context.thread_count)} if context.thread_count else {}


def picture_frame(source: Source, number: int, pixel_format: str) -> VideoFrame:
    """A picture as a frame of FFmpeg's, in a memory of its own."""
    frame = VideoFrame(source.width, source.height, pixel_format)
    drawn = planes(source.picture(number), pixel_format)
    for plane, levels in zip(frame.planes, drawn, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        lines = np.ascontiguousarray(levels).view(np.uint8)
        rows[: lines.shape[0], : lines.shape[1]] = lines
    frame.colorspace, frame.color_range = _BT709, _TELEVISION
    return frame


def reel(encoder: Encoder, clip: Clip, *, on_share: Callable[[float], None]) -> list[VideoFrame]:
    """Every picture of the reel, ready to be encoded.

    Args:
        encoder: whose format they are in.
        clip: whose size they have.
        on_share: told how far it is, from 0 to 1.
    """
    source = Source(clip.width, clip.height)
    frames = []
    for number in range(min(REEL_FRAMES, clip.frames)):
        frames.append(picture_frame(source, number, encoder.pixel_format))
        on_share((number + 1) / REEL_FRAMES)
    return frames


def _numbered(pictures: Sequence[VideoFrame], count: int, clip: Clip) -> Iterator[VideoFrame]:
    """The frames of the clip, one at a time: pictures in turn, each with its time.

    The encoder takes a reference, so the same picture may be handed on again with another time.
    """
    base = Fraction(1, clip.frame_rate)
    for number in range(count):
        frame = pictures[number % len(pictures)]
        frame.pts, frame.time_base = number, base
        yield frame


class Export:
    """One export to a file.

    Args:
        encoder: which.
        clip: what is encoded.
        file: where to; written over.
        clock: the one clock.
        born_ns: zero of the blocks' times.
        on_block: told of every block as it ends.
    """

    def __init__(
        self,
        encoder: Encoder,
        clip: Clip,
        file: Path,
        *,
        clock: Clock,
        born_ns: int,
        on_block: Callable[[VideoBlock], None],
    ) -> None:
        self._encoder, self._clip, self._file = encoder, clip, file
        self._clock = clock
        self._born_ns = born_ns
        self._on_block = on_block
        self._frames = self._bytes = 0
        self._edge = (0, 0, 0, 0)
        """Frames, bytes, clock and processor time at the last edge of a block."""
        self.open_s = self.export_s = 0.0

    def run(
        self,
        pictures: Sequence[VideoFrame],
        *,
        least_frames: int,
        most_frames: int,
        least_s: float,
        most_s: float | None,
        block_s: float,
        on_share: Callable[[float], None],
    ) -> int:
        """Encode; the number of frames in the file, which is closed.

        Args:
            pictures: the reel.
            least_frames: so many at least,
            most_frames: so many at most.
            least_s: it goes on, in whole reels, until so many seconds have passed.
            most_s: once so many have passed it ends with the reel, whatever `least_frames` says.
            block_s: of a block at least.
            on_share: told how far it is at most of the way, from 0 to 1, at each frame.

        Raises:
            OSError: the file cannot be written.
            av.error.FFmpegError: the encoder failed.
        """
        began_ns = self._clock.now_ns()
        with av.open(str(self._file), "w", format=self._encoder.container) as container:
            stream = self._stream(container)
            container.start_encoding()
            fed_ns = self._clock.now_ns()
            self.open_s = (fed_ns - began_ns) / 1e9
            self._edge = 0, 0, fed_ns, self._clock.cpu_ns()
            for frame in _numbered(pictures, most_frames, self._clip):
                number, now_ns = cast("int", frame.pts), self._clock.now_ns()
                passed_s = (now_ns - fed_ns) / 1e9
                is_enough = number >= least_frames and passed_s >= least_s
                is_enough |= most_s is not None and passed_s >= most_s
                if is_enough and number and number % REEL_FRAMES == 0:
                    break
                self._write(container, stream, frame)
                self._end_block(block_s)
                on_share((number + 1) / most_frames)
            self._write(container, stream, None)
        self._told("drain")
        self.export_s = (self._clock.now_ns() - began_ns) / 1e9
        return self._frames

    def _stream(self, container: Any) -> VideoStream:
        stream = container.add_stream(
            self._encoder.name, rate=self._clip.frame_rate, options=dict(self._encoder.options)
        )
        configure(stream.codec_context, self._encoder, self._clip)
        return cast("VideoStream", stream)

    def _write(self, container: Any, stream: VideoStream, frame: VideoFrame | None) -> None:
        for packet in stream.encode(frame):
            self._frames += 1
            self._bytes += packet.size
            container.mux(packet)

    def _end_block(self, block_s: float) -> None:
        """A block ends with a whole reel: all of them hold the same pictures."""
        frames, _, began_ns, _ = self._edge
        if self._frames // REEL_FRAMES == frames // REEL_FRAMES:
            return
        if (self._clock.now_ns() - began_ns) / 1e9 >= block_s:
            self._told("steady" if frames else "fill")

    def _told(self, part: Any) -> None:
        frames, size, began_ns, cpu_ns = self._edge
        now_ns, now_cpu_ns = self._clock.now_ns(), self._clock.cpu_ns()
        self._edge = self._frames, self._bytes, now_ns, now_cpu_ns
        self._on_block(
            VideoBlock(
                part=part,
                started_s=(began_ns - self._born_ns) / 1e9,
                frames=self._frames - frames,
                bytes=self._bytes - size,
                wall_s=(now_ns - began_ns) / 1e9,
                cpu_s=(now_cpu_ns - cpu_ns) / 1e9,
            )
        )
