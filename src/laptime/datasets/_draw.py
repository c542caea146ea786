"""Draws the JPEG files of a synthetic twin.

A file is the smooth colour pattern of its class (left and right alike, so that a flip changes nothing)
with that of a random class mixed in, moved a little, under a tint and texture of its own. The texture
has what makes a photo hard to compress: detail of every size, busy in some places and smooth in others.
Its strength is such that a file becomes as large as the real ones are: their mean, with a chosen spread
around it (nobody has published theirs).

Everything is drawn from SHAKE-256 of the class and the number and computed in integers, or in floats
that are exact: the same pixels everywhere. The bytes of a file are the same with the same libjpeg.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import NamedTuple, cast

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from laptime.datasets import Twin

Bytes = NDArray[np.uint8]

SEED = "laptime twin 1"
GRID = 4  # a pattern is this many random levels each way, joined smoothly
STRONG = 112  # range of the pattern of the class
WEAK = 48  # range of the one that is mixed in
TINT = 32  # range of a colour of the file's own: the mean colour alone does not tell the class
DARKEST = 32  # the rest is left to the texture, above and below
SHIFT = 8  # a pattern moves by up to a part in so many of its size
POOL = 512  # pixels each way of the texture that is drawn once and cut out at random places
OCTAVES = ((1, 1), (2, 2), (4, 3), (8, 4), (16, 4), (32, 4))
"""(pixels, weight) of the texture's details."""
QUALITY = 90
SUBSAMPLING = "420"
FACTORS = (42, 54, 62, 68, 73, 79, 84, 89, 95, 102, 108, 116, 126, 138, 157, 207)
"""Hundredths of the mean size, each as likely: 16 slices of a lognormal with sigma 0.4."""
STRENGTHS = (
    *((0, 49), (8, 62), (16, 78), (32, 106), (48, 130), (64, 152)),
    *((96, 193), (128, 230), (192, 293), (256, 343), (384, 418), (512, 471)),
)
"""(strength in 1/256, bytes in 1,000 pixels), by benchmarks/twins.py --calibrate."""


class _Choice(NamedTuple):
    """What is random about one file: 32 bits each, of which the remainder counts."""

    size: int
    factor: int
    other: int
    down: int
    right: int
    texture_down: int
    texture_right: int
    red: int
    green: int
    blue: int


class Artist:
    """Draws the files of one tree; threads may share it."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._patterns = {name: _pattern(name) for name in twin.names}
        self._texture = _texture(margin=max(max(size) for size in twin.sizes))
        pixels = sum(width * height for width, height in twin.sizes)
        self._mean_pixels = pixels // len(twin.sizes)

    def jpeg(self, name: str, number: int) -> bytes:
        """The file of a class's name and a number from 0."""
        return encoded(self.pixels(name, number))

    def pixels(self, name: str, number: int, *, strength: int | None = None) -> Bytes:
        """(height, width, 3) before it is encoded; `strength` of the texture in 1/256, to calibrate."""
        choice = _choice(name, number)
        width, height = self._twin.sizes[choice.size % len(self._twin.sizes)]
        other = self._twin.names[choice.other % len(self._twin.names)]
        tint = np.array([choice.red, choice.green, choice.blue]) % TINT + DARKEST
        levels = (self._patterns[name] * STRONG + self._patterns[other] * WEAK) // 255 + tint
        base = _moved(levels.astype(np.uint8), width, height, choice)
        down, right = choice.texture_down % POOL, choice.texture_right % POOL
        texture = self._texture[down : down + height, right : right + width]
        chosen = self._strength(choice) if strength is None else strength
        return _sum(base, texture, strength=chosen)

    def _strength(self, choice: _Choice) -> int:
        """Of the texture, in 1/256."""
        factor = FACTORS[choice.factor % len(FACTORS)]
        return strength_for(10 * factor * self._twin.mean_bytes // self._mean_pixels)


def encoded(pixels: Bytes) -> bytes:
    """As a JPEG file."""
    content: bytes = simplejpeg.encode_jpeg(pixels, QUALITY, "RGB", SUBSAMPLING, fastdct=False)
    return content


def strength_for(density: int) -> int:
    """Strength of the texture that gives so many bytes in 1,000 pixels."""
    for (low, sparse), (high, dense) in pairwise(STRENGTHS):
        if density <= dense:
            return low + (high - low) * max(density - sparse, 0) // (dense - sparse)
    return STRENGTHS[-1][0]


def _random(count: int, *key: object) -> Bytes:
    """Bytes that depend on the key alone."""
    text = "/".join(map(str, (SEED, *key)))
    return np.frombuffer(hashlib.shake_256(text.encode()).digest(count), np.uint8)


def _choice(name: str, number: int) -> _Choice:
    words = _random(4 * len(_Choice._fields), name, number).view("<u4")
    return _Choice(*words.tolist())


def _pattern(name: str) -> NDArray[np.int64]:
    """(GRID, GRID, 3), 0..255, left as right."""
    half = _random(GRID * (GRID // 2) * 3, name).reshape(GRID, GRID // 2, 3).astype(np.int64)
    return np.concatenate([half, half[:, ::-1]], axis=1)


def _moved(levels: Bytes, width: int, height: int, choice: _Choice) -> Bytes:
    """A grid of levels joined over somewhat more than the image, and the image cut out of it."""
    more_width, more_height = width // SHIFT, height // SHIFT
    whole = _joined(levels, width + more_width, height + more_height)
    down, right = choice.down % (more_height + 1), choice.right % (more_width + 1)
    return whole[down : down + height, right : right + width]


def _sum(base: Bytes, texture: Bytes, *, strength: int) -> Bytes:
    """Texture about its middle, 128, upon the pattern, cut off at 0 and 255.

    Products of small integers and 256ths are exact in floats, so nothing depends on the processor.
    """
    return cast("Bytes", cv2.addWeighted(base, 1.0, texture, strength / 256, -strength / 2))


def _joined(levels: Bytes, width: int, height: int) -> Bytes:
    """(height, width, channels): a grid of levels, joined linearly in integers."""
    whole = cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR_EXACT)
    return cast("Bytes", whole)


def _texture(*, margin: int) -> Bytes:
    """(POOL + margin, POOL + margin, 3): light and a little colour, 128 in the middle."""
    side = POOL + margin
    light = _octaves(side, 1, finest=1)
    colour = _octaves(side, 3, finest=4) // 4
    busy = _smooth(side, 64, 1, "busy").astype(np.int32) ** 2  # 0..255 squared: mostly low
    mixed = (light + colour) * busy // 2**18
    texture: Bytes = np.clip(mixed + 128, 0, 255).astype(np.uint8)
    return texture


def _octaves(side: int, channels: int, *, finest: int) -> NDArray[np.int32]:
    """(side, side, channels): details of every size about 0."""
    total = np.zeros((side, side, channels), np.int32)
    for pixels, weight in OCTAVES:
        if pixels >= finest:
            total += weight * (_smooth(side, pixels, channels, "detail").astype(np.int32) - 128)
    return total


def _smooth(side: int, pixels: int, channels: int, *key: object) -> Bytes:
    """(side, side, channels) random levels, so many pixels apart, joined smoothly."""
    count = -(-side // pixels)
    levels = _random(count * count * channels, *key, pixels, channels)
    whole = _joined(levels.reshape(count, count, channels), count * pixels, count * pixels)
    return whole.reshape(*whole.shape[:2], channels)[:side, :side]
