"""The pictures of the clips: drawn from a fixed seed, in whole numbers, the same on every machine.

High in detail, and in motion: a texture of six sizes of grain that drifts by one and a half pixels a
frame; two panes of small hard-edged marks, one scrolling like text, one moving across; and fresh noise
in every picture, which no encoder can foretell. A picture depends on its number alone, so any of them
can be drawn again: memory does not grow with the clip, and what was encoded need not be kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from laptime.video.clips import REEL_FRAMES, SEED

PIXEL_FORMATS = ("yuv420p", "nv12", "yuv422p10le", "p210le")
"""Those of FFmpeg's that pictures are handed on in, so that no encoder has to convert any."""

Levels = NDArray[np.uint16]
_LOW, _HIGH, _GREY = 64, 940, 512
"""Of ten bits in the range of television (BT.709)."""
_CELLS = {1: 2, 2: 3, 4: 3, 8: 3, 16: 3, 32: 4}
"""Size of grain in half pixels -> its share of the texture."""
_DRIFT = (1, 3)
"""Of the texture, in half pixels a frame, down and to the right."""
_SCROLL = 2
"""Of the marks, in pixels a frame."""


class Picture(NamedTuple):
    """Ten bits, 4:2:2: colours for every line and every second column."""

    luma: Levels
    blue: Levels
    red: Levels


class Source:
    """Draws the pictures of a size.

    Args:
        width: pixels, even.
        height: the same.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        down, right = (step * REEL_FRAMES for step in _DRIFT)
        self._texture = _texture(SEED, 2 * height + down, 2 * width + right)
        self._blue = _texture(SEED + 1, height + down, width // 2 + right) // 2 + _GREY // 2
        self._red = _texture(SEED + 2, height + down, width // 2 + right) // 2 + _GREY // 2
        self._marks = _marks(SEED + 3, height + _SCROLL * REEL_FRAMES, width)

    def picture(self, number: int) -> Picture:
        """One picture of the reel.

        Args:
            number: of the frame in the clip; the reel begins again after its last picture.
        """
        index = number % REEL_FRAMES
        down, right = (step * index for step in _DRIFT)
        high, wide = self.height, self.width
        # Every pixel is the mean of four points of the texture: a drift of half a pixel is a drift.
        part = self._texture[down : down + 2 * high, right : right + 2 * wide]
        luma: Levels = part[0::2, 0::2] + part[1::2, 0::2] + part[0::2, 1::2] + part[1::2, 1::2]
        luma >>= 2
        self._place_panes(luma, index)
        luma += _noise(SEED + 100 + index, high, wide) & 15  # 0 to 15 of 1,023
        rows = slice(down // 2, down // 2 + high)
        columns = slice(right // 4, right // 4 + wide // 2)
        return Picture(luma, self._blue[rows, columns], self._red[rows, columns])

    def _place_panes(self, luma: Levels, index: int) -> None:
        """A pane that stands still and scrolls, and one that moves over it."""
        high, wide = self.height, self.width
        shift = _SCROLL * index
        text = self._marks[shift : shift + high, :]
        rows, columns = slice(high // 8, high * 7 // 8), slice(wide // 16, wide * 7 // 16)
        luma[rows, columns] = text[rows, columns]
        left = wide // 4 + (wide // 4) * index // REEL_FRAMES
        rows, columns = slice(high // 2, high * 3 // 4), slice(left, left + wide // 4)
        luma[rows, columns] = self._marks[: high * 3 // 4 - high // 2, : wide // 4]

    def fingerprint(self) -> str:
        """Twelve hexadecimal digits of the first and the last picture of the reel."""
        found = hashlib.sha256()
        for number in (0, REEL_FRAMES - 1):
            for plane in self.picture(number):
                found.update(plane.astype("<u2").tobytes())
        return found.hexdigest()[:12]


def planes(picture: Picture, pixel_format: str) -> list[NDArray[np.uint8] | Levels]:
    """The planes of a picture in a format of FFmpeg's, each two-dimensional, little-endian.

    Raises:
        KeyError: none of `PIXEL_FORMATS`.
    """
    return _PACKED[pixel_format](picture)


def _in_eight_bits(picture: Picture) -> tuple[NDArray[np.uint8], ...]:
    """4:2:0: the colours of two lines become one."""
    colours = ((plane[0::2] + plane[1::2] + 1) >> 1 for plane in (picture.blue, picture.red))
    return tuple(((plane + 2) >> 2).astype(np.uint8) for plane in (picture.luma, *colours))


def _yuv420p(picture: Picture) -> list[NDArray[np.uint8] | Levels]:
    return list(_in_eight_bits(picture))


def _nv12(picture: Picture) -> list[NDArray[np.uint8] | Levels]:
    luma, blue, red = _in_eight_bits(picture)
    return [luma, np.stack((blue, red), axis=2).reshape(blue.shape[0], -1)]


def _yuv422p10le(picture: Picture) -> list[NDArray[np.uint8] | Levels]:
    return [plane.astype("<u2") for plane in picture]


def _p210le(picture: Picture) -> list[NDArray[np.uint8] | Levels]:
    """The ten bits stand in the upper ones of sixteen."""
    luma, blue, red = ((plane << 6).astype("<u2") for plane in picture)
    return [luma, np.stack((blue, red), axis=2).reshape(blue.shape[0], -1)]


_PACKED: dict[str, Callable[[Picture], list[NDArray[np.uint8] | Levels]]] = {
    "yuv420p": _yuv420p,
    "nv12": _nv12,
    "yuv422p10le": _yuv422p10le,
    "p210le": _p210le,
}


def _noise(seed: int, rows: int, columns: int) -> NDArray[np.uint8]:
    """Even noise of 0 to 255. Raw bits: numpy promises to keep them, and not those of `random`."""
    count = rows * columns
    words = np.random.PCG64(seed).random_raw(-(-count // 8))
    return words.astype("<u8").view(np.uint8)[:count].reshape(rows, columns)


def _texture(seed: int, rows: int, columns: int) -> Levels:
    """Soft noise of every size of grain, from black to white."""
    total = np.zeros((rows, columns), np.uint32)
    for cell, share in _CELLS.items():
        coarse = _noise(seed * 64 + cell, -(-rows // cell) + 2, -(-columns // cell) + 2)
        fine = coarse.repeat(cell, axis=0).repeat(cell, axis=1).astype(np.uint32)
        total += share * _smoothed(fine, cell)[:rows, :columns]
    most = 255 * sum(_CELLS.values())
    levels: Levels = (_LOW + total * (_HIGH - 16 - _LOW) // most).astype(np.uint16)
    return levels


def _smoothed(fine: NDArray[np.uint32], cell: int) -> NDArray[np.uint32]:
    """Means over windows of a cell's size, along both axes."""
    for axis in (0, 1):
        sums = np.cumsum(fine, axis=axis, dtype=np.uint32)
        later = np.take(sums, range(cell, sums.shape[axis]), axis=axis)
        earlier = np.take(sums, range(sums.shape[axis] - cell), axis=axis)
        fine = (later - earlier) // cell
    return fine


def _marks(seed: int, rows: int, columns: int) -> Levels:
    """Lines of small marks, white on dark, two pixels wide and three high, with gaps between them."""
    cells = _noise(seed, -(-rows // 3), -(-columns // 2)) > 150
    cells[::4] = False
    levels = np.where(cells, _HIGH - 140, _LOW + 60).astype(np.uint16)
    return levels.repeat(3, axis=0).repeat(2, axis=1)[:rows, :columns]
