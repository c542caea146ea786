"""How near an encoded file is to what was drawn: PSNR and SSIM of the luma, by FFmpeg's own filters.

Definitions: `mse` is the mean of the squared differences of all luma pixels of all frames compared,
PSNR = 10 log10(peak^2 / mse) with the format's highest level as its peak. SSIM is that of the filter
'ssim' (windows of 8x8 pixels, every 4; K1 = 0.01, K2 = 0.03), averaged over frames. Frames are drawn
again one at a time and thrown away: the reel that was encoded may have another order of its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import av
from av.filter import Graph
from av.video.format import VideoFormat

from laptime.video.clips import Clip
from laptime.video.encoding import picture_frame
from laptime.video.record import Quality
from laptime.video.source import Source

if TYPE_CHECKING:
    from av.filter.context import FilterContext
    from av.video.frame import VideoFrame

PEAKS = {"yuv420p": 255, "yuv422p10le": 1023}
_MSE, _SSIM = "lavfi.psnr.mse.y", "lavfi.ssim.Y"


class DifferentFileError(Exception):
    """The file does not hold what was encoded."""


def judge(
    file: Path,
    clip: Clip,
    *,
    pixel_format: str,
    written: int,
    frames: int,
    on_share: Callable[[float], None],
) -> Quality:
    """Decode the first frames of a file and compare them with what was drawn.

    Args:
        file: as it was encoded.
        clip: that was encoded.
        pixel_format: in which frames come out of it.
        written: frames that it should hold.
        frames: how many to compare, at most.
        on_share: told how far it is, from 0 to 1.

    Raises:
        DifferentFileError: it holds other frames than were encoded.
    """
    source = Source(clip.width, clip.height)
    wanted = min(frames, written)
    comparison = _Comparison(clip, pixel_format)
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if stream.frames != written:
            raise DifferentFileError(f"the file holds {stream.frames} of {written} frames")
        for number, decoded in enumerate(islice(container.decode(stream), wanted)):
            if decoded.format.name != pixel_format:
                raise DifferentFileError(f"the file's pixels are {decoded.format.name}")
            comparison.add(number, decoded, picture_frame(source, number, pixel_format))
            on_share((number + 1) / wanted)
    told = comparison.finish()
    if len(told) != wanted:
        raise DifferentFileError(f"{len(told)} of {wanted} frames could be decoded")
    return Quality(
        frames=wanted,
        mse=fmean(mse for mse, _ in told),
        peak=PEAKS[pixel_format],
        ssim=fmean(ssim for _, ssim in told),
    )


class _Comparison:
    """Two streams of frames through FFmpeg's filters 'psnr' and 'ssim'."""

    def __init__(self, clip: Clip, pixel_format: str) -> None:
        self._base = Fraction(1, clip.frame_rate)
        self._told: list[tuple[float, float]] = []
        graph = Graph()
        self._graph = graph
        form = VideoFormat(pixel_format, clip.width, clip.height)
        decoded, drawn = (
            graph.add_buffer(
                width=clip.width, height=clip.height, format=form, time_base=self._base, name=name
            )
            for name in ("decoded", "drawn")
        )
        split, psnr, ssim = graph.add("split"), graph.add("psnr"), graph.add("ssim")
        self._sink = graph.add("buffersink")
        drawn.link_to(split)
        decoded.link_to(psnr)
        split.link_to(psnr, 0, 1)
        psnr.link_to(ssim)
        split.link_to(ssim, 1, 1)
        ssim.link_to(self._sink)
        graph.configure()
        self._ends: tuple[FilterContext, FilterContext] = decoded, drawn

    def add(self, number: int, decoded: VideoFrame, drawn: VideoFrame) -> None:
        """One pair."""
        for end, frame in zip(self._ends, (decoded, drawn), strict=True):
            frame.pts, frame.time_base = number, self._base
            end.push(frame)
        self._told += self._ready()

    def finish(self) -> list[tuple[float, float]]:
        """Mean squared error and SSIM of every pair."""
        for end in self._ends:
            end.push(None)
        return [*self._told, *self._ready()]

    def _ready(self) -> Iterator[tuple[float, float]]:
        while True:
            try:
                frame = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield float(frame.metadata[_MSE]), float(frame.metadata[_SSIM])
