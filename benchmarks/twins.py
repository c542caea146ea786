"""The synthetic twins' JPEG files: how fast they are written, and how large they are.

Draws files of each tree in the threads that `write_twin` uses and writes them into a temporary folder
(`--folder` puts it on another disk). Prints files per second and the sizes beside the published mean.
`--calibrate` prints the table `STRENGTHS` of `laptime.datasets._draw` anew instead: the bytes in
1,000 pixels that a strength of texture gives, mean of both trees.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import cast

from laptime import datasets, registry
from laptime.datasets import PhotoModule, _draw

TREES = ("food101", "cats-dogs")
STRENGTHS = (0, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512)


def module(name: str) -> PhotoModule:
    return cast("PhotoModule", registry.load("datasets", name))


def measure(name: str, *, files: int, folder: str | None) -> None:
    leaf = module(name)
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        os.environ["LAPTIME_CACHE"] = cache
        began = time.perf_counter()
        datasets.write_twin(leaf, subset=files)
        took = time.perf_counter() - began
        photos = cast("datasets.Photos", datasets.read(leaf, None, subset=files))
        paths = photos.train_files + photos.test_files
        sizes = sorted(Path(path).stat().st_size for path in paths)
    published = leaf.twin().mean_bytes
    mean = statistics.fmean(sizes)
    centiles = statistics.quantiles(sizes, n=20)
    print(
        f"{name}: {len(sizes):,} files in {took:.1f} s, {len(sizes) / took:,.0f} files/s; "
        f"mean {mean:,.0f} bytes (published {published:,}, {100 * (mean / published - 1):+.1f} %), "
        f"5 % to 95 %: {centiles[0]:,.0f} to {centiles[-1]:,.0f}, "
        f"least {sizes[0]:,}, most {sizes[-1]:,}"
    )


def calibrate(*, files: int) -> None:
    for strength in STRENGTHS:
        means = [density(name, strength, files=files) for name in TREES]
        both = statistics.fmean(means)
        apart = ", ".join(f"{name} {mean:.0f}" for name, mean in zip(TREES, means, strict=True))
        print(f"    ({strength}, {both:.0f}),  # {apart}")


def density(name: str, strength: int, *, files: int) -> float:
    """Bytes in 1,000 pixels."""
    twin = module(name).twin()
    artist = _draw.Artist(twin)
    total_bytes = total_pixels = 0
    for number in range(files):
        pixels = artist.pixels(twin.names[number % len(twin.names)], number, strength=strength)
        total_bytes += len(_draw.encoded(pixels))
        total_pixels += pixels.shape[0] * pixels.shape[1]
    return 1000 * total_bytes / total_pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=datasets.QUICK_FILES)
    parser.add_argument("--folder", help="where the files are written for the measurement")
    parser.add_argument("--calibrate", action="store_true")
    chosen = parser.parse_args()
    if chosen.calibrate:
        calibrate(files=chosen.files)
        return
    for name in TREES:
        measure(name, files=chosen.files, folder=chosen.folder)


if __name__ == "__main__":
    main()
