"""What the parent and the worker of an export say to each other, beside `runner.messages`."""

from __future__ import annotations

from laptime.runner.messages import Goodbye, Message, Stop
from laptime.video.clips import Clip
from laptime.video.encoders import Encoder
from laptime.video.record import Quality, VideoBlock


class Open(Message, frozen=True, tag="open"):
    """To the worker, first: import PyAV, open the encoder and encode a few frames with it."""

    encoder: Encoder
    clip: Clip
    file: str
    """Where the export goes. The worker removes it as it ends, also when its parent is gone."""


class Draw(Message, frozen=True, tag="draw"):
    """To the worker: draw the reel, and hold it."""


class Encode(Message, frozen=True, tag="encode"):
    """To the worker: encode and write, from the first frame."""

    least_frames: int
    most_frames: int
    least_s: float
    """It goes on in whole reels until so many seconds have passed, up to `most_frames`."""
    most_s: float | None
    """Once so many seconds have passed, it ends with the reel, also before `least_frames`; None for
    never."""
    block_s: float
    """A block takes at least so long."""


class Judge(Message, frozen=True, tag="judge"):
    """To the worker: decode the first frames of the file, and compare."""

    frames: int


class Opened(Message, frozen=True, tag="opened"):
    """From the worker: the answer to Open."""

    versions: dict[str, str]
    used: dict[str, str]
    """Settings that the encoder chose itself, where it tells them."""
    born_ns: int
    """When the clock of its blocks started, by `SystemClock.now_ns`, which the parent shares."""


class Drawn(Message, frozen=True, tag="drawn"):
    """From the worker: the answer to Draw."""

    draw_s: float


class BlockDone(Message, frozen=True, tag="block"):
    """From the worker, while it encodes."""

    block: VideoBlock


class Encoded(Message, frozen=True, tag="encoded"):
    """From the worker: the answer to Encode; the file is whole and closed."""

    frames: int
    bytes: int
    open_s: float
    export_s: float


class Judged(Message, frozen=True, tag="judged"):
    """From the worker: the answer to Judge."""

    quality: Quality


ToVideo = Open | Draw | Encode | Judge | Stop
FromVideo = Opened | Drawn | BlockDone | Encoded | Judged | Goodbye
