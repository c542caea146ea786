"""Datasets: one file each, holding what the data is, where it may lie and how it is read.

To add one, write `datasets/<name>.py` with the literal constants and the three functions of
`DatasetModule`. `find` looks without the network and opens nothing; `fetch` downloads what the
publisher offers and keeps it only after its SHA-256 matched; `load` reads and verifies. No pickle
is ever loaded. The synthetic twin comes by itself from the constants. See docs/datasets.md.

Callers open a leaf through `registry.load("datasets", name)` and hand it to `locate` and `read`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from laptime.download import Progress
from laptime.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Arrays(NamedTuple):
    """Images and labels in memory."""

    train_x: NDArray[np.uint8]
    """(count, height, width, channels), 0..255."""
    train_y: NDArray[np.uint8]
    """(count,), class numbers from 0."""
    test_x: NDArray[np.uint8]
    test_y: NDArray[np.uint8]


class Photos(NamedTuple):
    """Image files and labels; nothing is opened before the pipeline does."""

    train_files: tuple[str, ...]
    """Paths, in an order that is the same on every machine."""
    train_y: NDArray[np.uint8]
    test_files: tuple[str, ...]
    test_y: NDArray[np.uint8]
    classes: tuple[str, ...]
    """Names by class number."""


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
    """Height, width, channels of one image."""
    CLASSES: int
    TRAIN_COUNT: int
    TEST_COUNT: int
    DOWNLOAD_BYTES: int
    """Size of everything that `fetch` downloads."""
    HOMEPAGE: str
    MIRRORS: tuple[str, ...]
    """Addresses from which `fetch` downloads, tried in this order."""

    def find(self, *, data_dir: Path | None) -> Found | None:
        """First place that holds the data: `data_dir`, then LAPTIME_DATA, then the caches."""

    def fetch(self, *, progress: Progress) -> Found:
        """Download into laptime's cache, resuming what was begun.

        Raises:
            DataError: no mirror answered or no file had the right checksum.
        """

    def load(self, found: Found) -> Arrays | Photos:
        """Read the arrays, or list the files.

        Raises:
            DataError: a file is missing, cut short, or not what it should be.
        """


def locate(module: DatasetModule, *, data_dir: Path | None = None) -> Found | None:
    """Where the real data lies on this machine; None where it does not. Never uses the network.

    Raises:
        DataError: `data_dir` or LAPTIME_DATA names something that is no folder.
    """
    variable = os.environ.get("LAPTIME_DATA")
    for given, source in ((data_dir, "--data-dir"), (variable, "LAPTIME_DATA")):
        if given and not Path(given).is_dir():
            raise DataError(f"{source} names no folder ({given}); create it, or leave {source} out")
    return module.find(data_dir=data_dir)


def read(module: DatasetModule, found: Found | None, *, seed: int = 0) -> Arrays:
    """The real arrays that lie at `found`, or for None their synthetic twin drawn from `seed`.

    Raises:
        DataError: the files at `found` are missing, cut short, or not this dataset.
    """
    if found is not None:
        return module.load(found)
    from laptime.datasets import _synthetic

    return _synthetic.twin(
        shape=module.SHAPE,
        classes=module.CLASSES,
        train_count=module.TRAIN_COUNT,
        test_count=module.TEST_COUNT,
        seed=seed,
    )
