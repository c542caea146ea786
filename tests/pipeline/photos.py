"""Small pictures and files for the tests of this room."""

import io
from pathlib import Path

import numpy as np
from PIL import Image


def picture(height, width, *, seed=0):
    """Smooth colours with some grain, uint8 (height, width, 3)."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (3, 4, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    grain = generator.integers(-12, 13, smooth.shape)
    return (smooth + grain).clip(0, 255).astype(np.uint8)


def jpeg(image, **options):
    """As the bytes of a JPEG file."""
    kept = io.BytesIO()
    Image.fromarray(image).save(kept, "JPEG", **{"quality": 88, **options})
    return kept.getvalue()


def folder(path: Path, count, *, height=20, width=30):
    """Names of `count` JPEG files, each another picture."""
    files = []
    for each in range(count):
        file = path / f"{each:04d}.jpg"
        file.write_bytes(jpeg(picture(height + each % 7, width - each % 5, seed=each)))
        files.append(str(file))
    return files
