"""The IDX format of MNIST: two zero bytes, a type, the number of axes, their lengths, the content.

Only unsigned bytes (type 8) are read. Lengths are big-endian, four bytes each.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from laptime.download import unzipped
from laptime.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSIGNED_BYTE = 8


def header(shape: tuple[int, ...]) -> bytes:
    """The bytes that stand before an array of this shape."""
    return struct.pack(f">HBB{len(shape)}I", 0, UNSIGNED_BYTE, len(shape), *shape)


def size(shape: tuple[int, ...]) -> int:
    """Bytes of a whole IDX file."""
    return len(header(shape)) + math.prod(shape)


def parse(raw: bytes, *, name: str) -> NDArray[np.uint8]:
    """The array that `raw` holds, without copying; `name` stands in the messages.

    Raises:
        DataError: not IDX, or longer or shorter than its own header says.
    """
    if len(raw) < 4:
        raise DataError(f"{name} is cut short ({len(raw)} bytes); replace it with a whole copy")
    zero, kind, axes = struct.unpack(">HBB", raw[:4])
    if zero != 0 or kind != UNSIGNED_BYTE or axes == 0:
        raise DataError(f"{name} is not an IDX file of bytes; replace it with the published file")
    start = 4 + 4 * axes
    shape = struct.unpack(f">{axes}I", raw[4:start]) if len(raw) >= start else ()
    if not shape or 0 in shape or len(raw) != start + math.prod(shape):
        raise DataError(f"{name} is cut short or too long; replace it with a whole copy")
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)


def read(path: Path, *, shape: tuple[int, ...], sha256: str, title: str) -> NDArray[np.uint8]:
    """The array in an IDX file, plain or .gz, after its decompressed content was verified.

    Raises:
        DataError: unreadable, damaged, or not the published content.
    """
    try:
        with path.open("rb") as stream:
            raw = unzipped(stream, limit=size(shape))
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read ({error}); replace it with a whole copy of the published file"
        ) from error
    array = parse(raw, name=str(path)) if len(raw) <= size(shape) else None
    if array is None or array.shape != shape or hashlib.sha256(raw).hexdigest() != sha256:
        raise DataError(
            f"{path} is not the {title} file of that name (wrong size or SHA-256); replace it, "
            f"or keep {title} in a folder of its own"
        )
    return array
