"""Datasets: one file each, holding what the data is, where it may lie and how it is read.

To add one, write `datasets/<name>.py` with the literal constants and the three functions of
`DatasetModule`. `find` looks without the network and opens nothing; `fetch` downloads what the
publisher offers and opens it only after its SHA-256 matched; `load` reads. No pickle is ever loaded.
The synthetic twin comes by itself from the constants.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Called with (bytes done, bytes in all or None, label) while a download runs.
Progress = Callable[[int, int | None, str], None]


class Arrays(NamedTuple):
    """Images and labels in memory."""

    train_x: NDArray[np.uint8]
    """(count, height, width, channels), 0..255."""
    train_y: NDArray[np.uint8]
    """(count,), class numbers from 0."""
    test_x: NDArray[np.uint8]
    test_y: NDArray[np.uint8]


class Found(msgspec.Struct, frozen=True):
    """Where a dataset lies on this machine."""

    path: str
    """Folder or file; never written into a record."""
    origin: str
    """'folder' (--data-dir, LAPTIME_DATA), 'laptime', 'keras', 'torchvision', 'debian'."""


class DatasetModule(Protocol):
    """What a leaf of this room holds."""

    TITLE: str
    SHAPE: tuple[int, int, int]
    CLASSES: int
    TRAIN_COUNT: int
    TEST_COUNT: int
    DOWNLOAD_BYTES: int
    HOMEPAGE: str

    def find(self, *, data_dir: Path | None) -> Found | None:
        """First place that holds the data: `data_dir`, then LAPTIME_DATA, then the caches."""

    def fetch(self, *, progress: Progress) -> Found:
        """Download into laptime's cache, resuming what was begun.

        Raises:
            DataError: no mirror answered or no file had the right checksum.
        """

    def load(self, found: Found) -> Arrays:
        """Read the arrays.

        Raises:
            DataError: a file is missing, cut short, or not what it should be.
        """
