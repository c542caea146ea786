"""What the processor does without a framework: numpy's products and streams, JPEG decoding.

Like an engine's, but no engine: nothing is trained with it. Contract: `laptime.engines.EngineModule`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from laptime.engines import Unsupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kernel = Callable[[int], object]

BLOCK = 65_536
"""Numbers of a triad that are done at once: what lies between its two steps stays in a cache."""
PHOTO_SHAPE = (375, 500, 3)
"""The size of most photos in Dogs vs. Cats."""
PHOTO_SEED = 6
PHOTO_QUALITY = 96


def _numpy(kind: str, *, size: int) -> Kernel:
    draw = np.random.default_rng(0).random
    match kind:
        case "matmul":
            left, right = (draw((size, size), np.float32) for _ in range(2))
            out = np.empty_like(left)
            return _repeated(lambda: np.matmul(left, right, out=out))
        case "copy":
            source = np.ones(size // 4, np.float32)
            target = np.empty_like(source)
            target.fill(0)  # its pages are there before anything is timed
            return _repeated(lambda: np.copyto(target, source))
        case "triad":
            return _repeated(_triad(size // 4))
        case _:
            raise Unsupported(f"no kernel '{kind}'")


def _triad(count: int) -> Callable[[], object]:
    a, b, c = (np.ones(count, np.float32) for _ in range(3))
    between = np.empty(BLOCK, np.float32)

    def once() -> None:
        for start in range(0, count, BLOCK):
            part = slice(start, min(start + BLOCK, count))
            scaled = np.multiply(c[part], np.float32(3), out=between[: part.stop - start])
            np.add(b[part], scaled, out=a[part])

    return once


def _jpeg(kind: str, *, size: int) -> Kernel:
    """'jpeg': `size` photos, each in a thread of its own."""
    if kind != "jpeg":
        raise Unsupported(f"no kernel '{kind}'")
    import simplejpeg

    data = simplejpeg.encode_jpeg(photo(), quality=PHOTO_QUALITY, colorsubsampling="420")
    decode = _repeated(lambda: simplejpeg.decode_jpeg(data))
    if size == 1:
        return decode
    pool = ThreadPoolExecutor(max_workers=size)

    def run(count: int) -> None:
        for each in [pool.submit(decode, count) for _ in range(size)]:
            each.result()

    return run


def photo() -> NDArray[np.uint8]:
    """Coarse and fine patches of colour, as in a photograph; but for rounding the same everywhere."""
    import cv2

    generator = np.random.default_rng(PHOTO_SEED)
    height, width, channels = PHOTO_SHAPE
    image = np.full(PHOTO_SHAPE, 128.0, np.float32)
    for cells in (2, 4, 8, 16, 32, 64, 128):
        patches = generator.normal(size=(cells, cells, channels)).astype(np.float32)
        large = cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC)
        image += large * np.float32(90 / cells**0.5)
    return np.clip(image, 0, 255).astype(np.uint8)


def _repeated(once: Callable[[], object]) -> Kernel:
    def run(count: int) -> None:
        for _ in range(count):
            once()

    return run


HOST: dict[str, Callable[..., Kernel]] = {"numpy": _numpy, "simplejpeg": _jpeg}
"""Name, which is that of the module -> its kernels, all on the processor and in float32 (or bytes)."""


def host_kernel(name: str, kind: str, *, precision: str, size: int) -> Kernel:
    """A kernel of one of these.

    Raises:
        Unsupported: it has none such.
    """
    if precision != "float32":
        raise Unsupported(f"no kernel '{kind}' in {precision}")
    return HOST[name](kind, size=size)
