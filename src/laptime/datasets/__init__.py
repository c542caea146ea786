"""Datasets: one file each, holding what the data is, where it may lie and how it is read.

To add one, write `datasets/<name>.py` with the literal constants and the three functions of
`DatasetModule`. `find` looks without the network and opens nothing; `fetch` downloads what the
publisher offers and keeps it only after its SHA-256 matched; `load` reads and verifies. No pickle
is ever loaded. The synthetic twin comes by itself: of arrays from the constants, of photos from what
`twin` tells as well. See docs/datasets.md.

Callers open a leaf through `registry.load("datasets", name)` and hand it to `locate` and `read`.
The twin of a photo dataset is files: `twin_need` tells how many, `write_twin` writes them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, cast

import msgspec

from laptime.download import Progress
from laptime.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUICK_FILES = 640
"""Files of a photo twin that the quick profile writes at most: 512 to train on, 128 to validate."""


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
    """'folder' (--data-dir, LAPTIME_DATA), 'laptime', 'keras', 'torchvision', 'tfds', 'debian'."""
    layout: Literal["dataset", "classes"] = "dataset"
    """'classes': not the published data but photos of the user's, in a folder for each class."""


class Need(NamedTuple):
    """What has yet to be written."""

    files: int
    bytes: int
    """On the disk, as far as it can be told beforehand."""


class Twin(NamedTuple):
    """What the synthetic twin of a photo dataset is made of."""

    tree: str
    """Folder in laptime's cache; datasets that name the same one share its files."""
    names: tuple[str, ...]
    """Every class of that tree, sorted."""
    classes: tuple[str, ...]
    """Those of this dataset, sorted."""
    first_test: int
    """Number of each class's first validation file; the training files are numbered from 0."""
    sizes: tuple[tuple[int, int], ...]
    """(width, height), each as likely as any other."""
    mean_bytes: int
    """Of a file."""


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


class PhotoModule(DatasetModule, Protocol):
    """A leaf whose images are files."""

    KIND: Literal["photos"]
    """Absent, or 'arrays', in the others."""

    def twin(self) -> Twin:
        """What stands in for the photos where they are absent."""


def locate(module: DatasetModule, *, data_dir: Path | None = None) -> Found | None:
    """Where the real data lies on this machine; None where it does not. Never uses the network.

    A photo dataset may be replaced by photos of the user's: a `data_dir` that does not hold the
    published files, but a folder of images for each class, is found with the layout 'classes'.

    Raises:
        DataError: `data_dir` or LAPTIME_DATA names something that is no folder, or that may not be
            opened.
    """
    variable = os.environ.get("LAPTIME_DATA")
    for given, source in ((data_dir, "--data-dir"), (variable, "LAPTIME_DATA")):
        if given and not Path(given).is_dir():
            raise DataError(f"{source} names no folder ({given}); create it, or leave {source} out")
    found = module.find(data_dir=data_dir)
    if data_dir is None or not _has_photos(module):
        return found
    if found is not None and Path(found.path).is_relative_to(data_dir.expanduser()):
        return found
    from laptime.datasets import _classes

    own = _classes.seems_to_hold(data_dir.expanduser())
    return Found(str(data_dir.expanduser()), "folder", "classes") if own else found


def read(
    module: DatasetModule, found: Found | None, *, seed: int = 0, subset: int | None = None
) -> Arrays | Photos:
    """The real data that lies at `found`, or for None the synthetic twin.

    Args:
        module: the leaf.
        found: where `locate` found it.
        seed: of a twin of arrays; the files of a photo twin are the same for all.
        subset: at most so many files of a photo twin, training and validation together. Real data
            and arrays come whole.

    Raises:
        DataError: the files at `found` are missing, cut short, or not this dataset; or the files of
            the twin are not written yet.
    """
    if found is not None:
        if found.layout == "classes":
            from laptime.datasets import _classes

            return _classes.load(Path(found.path))
        return module.load(found)
    if _has_photos(module):
        from laptime.datasets import _twins

        return _twins.read(cast("PhotoModule", module), subset=subset)
    from laptime.datasets import _synthetic

    return _synthetic.twin(
        shape=module.SHAPE,
        classes=module.CLASSES,
        train_count=module.TRAIN_COUNT,
        test_count=module.TEST_COUNT,
        seed=seed,
    )


def twin_need(module: DatasetModule, *, subset: int | None = None) -> Need:
    """What `write_twin` would still write; nothing for arrays. Names are listed, no file is opened."""
    if not _has_photos(module):
        return Need(0, 0)
    from laptime.datasets import _twins

    return _twins.need(cast("PhotoModule", module), subset=subset)


def write_twin(
    module: DatasetModule, *, subset: int | None = None, progress: Progress = lambda *_: None
) -> None:
    """Write the files of the synthetic twin that are not in the cache yet; nothing for arrays.

    All or nothing: whatever ends it early (an error, Ctrl-C) takes what it wrote away again. Two
    processes may do it at once.

    Raises:
        DataError: the disk has too little room, or cannot be written.
    """
    if _has_photos(module):
        from laptime.datasets import _twins

        _twins.write(cast("PhotoModule", module), subset=subset, progress=progress)


def free_bytes() -> int:
    """Room on the disk that `fetch` and `write_twin` write to."""
    from laptime import download

    return download.free_bytes(cache_folder())


def cache_folder() -> Path:
    """Where `fetch` and `write_twin` write to; it need not exist yet."""
    from laptime.datasets import _places

    return _places.cache("")


def _has_photos(module: DatasetModule) -> bool:
    return getattr(module, "KIND", "arrays") == "photos"
