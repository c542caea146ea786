"""From an image file to pixels: the ones that Pillow or TensorFlow gives, at libjpeg-turbo's speed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import simplejpeg
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PIXELS = 50_000_000
"""An image that says it is larger is refused by its header: it would take 150 MB to decode."""
_PLAIN = {"YCbCr", "Gray", "RGB"}  # libjpeg's own way from CMYK to RGB is a level off Pillow's


class UnreadableError(Exception):
    """A file that gives no image: it is left out and counted."""


def read(path: str, *, dct: Literal["accurate", "fast"] = "accurate") -> NDArray[np.uint8]:
    """The image of a file as (height, width, 3), red, green, blue, as it is stored: not turned by EXIF.

    A sound JPEG is decoded by libjpeg-turbo. Everything else goes to Pillow: other formats, CMYK, and
    JPEG files that are damaged but readable, as some of Dogs vs. Cats are.

    Args:
        path: the file.
        dct: the inverse transform of a sound JPEG: 'accurate' is Pillow's, 'fast' TensorFlow's default.

    Raises:
        UnreadableError: there is no file, or it may not be read, holds no whole image, or more than
            `MAX_PIXELS`.
    """
    try:
        # Without a buffer: the file is read at once.
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  a Path costs as much as the reading
            data = file.read()
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
    try:
        return _turbo(data, fast=dct == "fast")
    except ValueError:
        return _pillow(data, path)


def _turbo(data: bytes, *, fast: bool) -> NDArray[np.uint8]:
    """Raises ValueError on everything that is not a plain, flawless JPEG of a bearable size."""
    height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
    if colours not in _PLAIN or height * width > MAX_PIXELS:
        raise ValueError("left to Pillow")
    return cast("NDArray[np.uint8]", simplejpeg.decode_jpeg(data, fastdct=fast))


def _pillow(data: bytes, path: str) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadableError(f"{path}: {image.width} x {image.height} pixels")
            return np.asarray(image.convert("RGB"))
    except (MemoryError, UnreadableError):
        raise
    except Exception as error:  # its many plug-ins raise what they like on foreign bytes
        raise UnreadableError(f"{path}: {error}") from error
