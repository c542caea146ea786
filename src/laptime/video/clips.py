"""The clips of the articles' exports: how long they are, and what laptime puts into them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from laptime.errors import UnknownNameError, UsageError
from laptime.frozen import Frozen

CLIPS = {"small": 600.0, "large": 14_400.0}
"""Name -> seconds: Bourke's story video of 10 min, and his tutorial of 4 h."""
FRAME_RATE = 30
"""Frames a second; chosen, the articles do not tell it."""
WIDTH, HEIGHT = 1920, 1080
"""Chosen, the articles do not tell it."""
REEL_FRAMES = 60
"""Frames that are drawn and held in memory, then played again and again. The jump back is a cut, such
as an edited video has; key frames come as often, so that no encoder is better off for seeing it."""
SEED = 20211026
"""Of the pictures: the day on which the M1 Pro and the M1 Max came into the shops."""
DRAWN_BY = f"detail 1, seed {SEED}"
"""Changes with every change of the pictures."""
LEAST_SIZE, MOST_SIZE = 64, 8192
SAMPLE_S = 10.0
"""A sample is at least so many seconds of the clip,"""
SAMPLE_WALL_S = 5.0
"""and is encoded for at least so long: fast encoders get more of it. A slow one gets less:"""
SAMPLE_MOST_S = 60.0
"""after so long the reel that is being encoded is the last."""


class Clip(Frozen, frozen=True):
    """What is encoded. Two results may be compared only when these are equal."""

    name: str
    """'small' or 'large'."""
    duration_s: Annotated[float, msgspec.Meta(gt=0)]
    width: Annotated[int, msgspec.Meta(ge=1)]
    height: Annotated[int, msgspec.Meta(ge=1)]
    frame_rate: Annotated[int, msgspec.Meta(ge=1)]
    source: str
    """'detail 1, seed 20211026, reel of 60': what draws it, and the frames that are played in turn."""

    @property
    def frames(self) -> int:
        """Of the whole clip."""
        return round(self.duration_s * self.frame_rate)

    def frames_in(self, seconds: float) -> int:
        """Frames of so many seconds, at least one and never more than the clip has."""
        return min(self.frames, max(1, round(seconds * self.frame_rate)))


def clip_of(name: str, *, width: int = WIDTH, height: int = HEIGHT) -> Clip:
    """A clip by its name.

    Args:
        name: 'small' or 'large'.
        width: pixels, even: colours are stored for pairs of them.
        height: the same.

    Raises:
        UnknownNameError: no such clip.
        UsageError: a size that no encoder takes.
    """
    if name not in CLIPS:
        raise UnknownNameError("clip", name, CLIPS)
    for size in (width, height):
        if size % 2 or not LEAST_SIZE <= size <= MOST_SIZE:
            raise UsageError(
                f"a video of {width}x{height} cannot be encoded; give even numbers from "
                f"{LEAST_SIZE} to {MOST_SIZE}"
            )
    return Clip(
        name=name,
        duration_s=CLIPS[name],
        width=width,
        height=height,
        frame_rate=FRAME_RATE,
        source=f"{DRAWN_BY}, reel of {REEL_FRAMES}",
    )
