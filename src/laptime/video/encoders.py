"""The encoders that are tried, each with settings of its own; what they are is part of a setup.

An encoder's name is FFmpeg's. A software ProRes and Apple's are different encoders and never one row.
Whether one is there shows only when it is opened: FFmpeg lists what it was built with.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from laptime.errors import UnknownNameError, UsageError
from laptime.video.clips import Clip

Codec = Literal["h264", "prores"]
Kind = Literal["software", "hardware"]
CODECS: tuple[Codec, ...] = get_args(Codec)
BITS_PER_PIXEL = 0.3
"""Of H.264, for all its encoders: their speeds are those of files of one size, and quality tells what
each made of it. 18.7 Mbit/s at 1080p. (The article's tutorial has 3.9: a screen at rest.)"""


class Encoder(msgspec.Struct, frozen=True, kw_only=True):
    """One encoder and how it is set."""

    name: str
    """FFmpeg's."""
    title: str
    codec: Codec
    kind: Kind
    """Whether the processor's cores encode, or a circuit made for it."""
    pixel_format: str
    """In which it is handed pictures, so that nothing is converted while the clock runs."""
    options: dict[str, str]
    needs: str
    """What is missing where it does not open."""

    @property
    def container(self) -> str:
        """FFmpeg's name of the file format."""
        return "mov" if self.codec == "prores" else "mp4"

    @property
    def decoded_format(self) -> str:
        """Of the pictures that come out of its files."""
        return "yuv422p10le" if self.codec == "prores" else "yuv420p"

    def bits_per_s(self, clip: Clip) -> int | None:
        """Bits a second that it is asked for; None where its profile decides."""
        if self.codec == "prores":
            return None
        return round(BITS_PER_PIXEL * clip.width * clip.height * clip.frame_rate)


ENCODERS = (
    Encoder(
        name="libx264",
        title="x264, on the processor",
        codec="h264",
        kind="software",
        pixel_format="yuv420p",
        options={"preset": "medium"},
        needs="a build of FFmpeg with x264, such as PyAV's own wheels",
    ),
    Encoder(
        name="h264_videotoolbox",
        title="Apple's media engine",
        codec="h264",
        kind="hardware",
        pixel_format="nv12",
        options={"allow_sw": "0", "realtime": "0"},  # else it may fall back to the processor
        needs="a Mac",
    ),
    Encoder(
        name="h264_nvenc",
        title="NVIDIA's NVENC",
        codec="h264",
        kind="hardware",
        pixel_format="yuv420p",
        options={"preset": "p4", "rc": "vbr"},
        needs="an NVIDIA card and its driver",
    ),
    Encoder(
        name="h264_qsv",
        title="Intel's Quick Sync Video",
        codec="h264",
        kind="hardware",
        pixel_format="nv12",
        options={"preset": "medium"},
        needs="an Intel graphics processor with its oneVPL runtime",
    ),
    Encoder(
        name="h264_amf",
        title="AMD's AMF",
        codec="h264",
        kind="hardware",
        pixel_format="nv12",
        options={"quality": "balanced", "rc": "vbr_peak"},
        needs="an AMD graphics processor with its AMF runtime",
    ),
    Encoder(
        name="prores_ks",
        title="FFmpeg's ProRes 422, on the processor",
        codec="prores",
        kind="software",
        pixel_format="yuv422p10le",
        options={"profile": "standard", "vendor": "apl0"},
        needs="a build of FFmpeg with it, such as PyAV's own wheels",
    ),
    Encoder(
        name="prores_videotoolbox",
        title="Apple's ProRes 422",
        codec="prores",
        kind="hardware",
        pixel_format="p210le",
        options={"profile": "standard", "allow_sw": "0"},
        needs="a Mac with a ProRes engine: an M1 Pro or later, or any M2 or later",
    ),
)


def encoder(name: str) -> Encoder:
    """An encoder by FFmpeg's name.

    Raises:
        UnknownNameError: none that laptime knows how to set.
    """
    known = {each.name: each for each in ENCODERS}
    if name not in known:
        raise UnknownNameError("encoder", name, known)
    return known[name]


def chosen(*, codecs: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> tuple[Encoder, ...]:
    """The encoders that are asked for, each once.

    Args:
        codecs: only those of these; all for none.
        names: exactly these; all for none.

    Raises:
        UnknownNameError: no such codec or encoder.
        UsageError: an encoder is named that makes none of the codecs.
    """
    for codec in codecs:
        if codec not in CODECS:
            raise UnknownNameError("codec", codec, CODECS)
    found = tuple(encoder(name) for name in dict.fromkeys(names)) or ENCODERS
    if not codecs:
        return found
    fitting = tuple(each for each in found if each.codec in codecs)
    if names and len(fitting) < len(found):
        other = next(each for each in found if each.codec not in codecs)
        raise UsageError(f"{other.name} makes {other.codec}; drop --codec or --encoder")
    return fitting
