"""What a worker trains and validates on: arrays in memory, or photos that a pipeline opens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from laptime import datasets, registry
from laptime.datasets import Arrays, DatasetModule, Found, Photos
from laptime.errors import DataError
from laptime.pipeline import Batches, Feed
from laptime.workloads import Workload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from laptime.pipeline.photos import PhotoFeed

Images = tuple["NDArray[np.uint8]", "NDArray[np.uint8]"]

AHEAD = 4
"""Batches that are prepared before a device of its own asks for them."""


class DataSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker found when it opened the data."""

    classes: int
    own: str | None = None
    """Digits that tell the user's own photos from others; None for a dataset."""
    train_files: int | None = None
    """None for arrays."""
    test_files: int | None = None


class Validation(Protocol):
    """Validation images, from the first one on, as often as they are asked for."""

    count: int

    def pieces(self, count: int, size: int) -> Iterator[Images]:
        """The first `count` images and labels, in pieces of about `size`."""

    def close(self) -> None:
        """End what works ahead."""


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """All that a session needs of its data."""

    train: Feed
    validation: Validation
    seen: DataSeen
    options: dict[str, str | int | float | bool]
    """For the setup's record."""
    skipped: Callable[[], int | None]
    """Files left out so far; None for arrays."""

    def close(self) -> None:
        """End what works ahead."""
        self.train.close()
        self.validation.close()


class ArrayValidation:
    """Slices of arrays."""

    def __init__(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        self._x, self._y = x, y
        self.count = len(x)

    def pieces(self, count: int, size: int) -> Iterator[Images]:
        """Views."""
        for start in range(0, count, size):
            part = slice(start, min(start + size, count))
            yield self._x[part], self._y[part]

    def close(self) -> None:
        """Nothing works ahead."""


class PhotoValidation:
    """Files, decoded anew each time."""

    def __init__(self, feed: PhotoFeed, count: int) -> None:
        self.feed, self.count = feed, count

    def pieces(self, count: int, size: int) -> Iterator[Images]:  # noqa: ARG002 - a batch each
        """Batches of the recipe's size; fewer images where files cannot be read."""
        self.feed.restart()
        began: int | None = None
        for start in range(0, count, self.feed.batch_size):
            x, y = self.feed.take()
            began = self.feed.pass_number if began is None else began
            if (
                self.feed.pass_number != began
            ):  # whole batches could not be read: the images are done
                return
            yield x[: count - start], y[: count - start]

    def close(self) -> None:
        """End what works ahead."""
        self.feed.close()


def read(workload: Workload, found: Found | None, *, subset: int | None) -> Arrays | Photos:
    """The images of a workload: read, or listed.

    Raises:
        DataError: they are missing or damaged.
    """
    leaf = cast("DatasetModule", registry.load("datasets", workload.dataset))
    return datasets.read(leaf, found, subset=subset)


def supply(
    data: Arrays | Photos,
    workload: Workload,
    *,
    device: str,
    seed: int,
    now_ns: Callable[[], int],
    workers: int = 1,
    ahead: int = -1,
    own: str | None = None,
) -> Supply:
    """Feeds for a workload.

    Args:
        data: as read.
        workload: with the batch size that is really used.
        device: a processor decodes between two steps, since its cores are busy during them; for any
            other device batches are made ahead.
        seed: of order and augmentation.
        now_ns: the run's clock.
        workers: threads that prepare photos.
        ahead: batches of photos that are made ahead; -1 for what suits the device.
        own: digits that tell the user's own photos from others; None for a dataset.
    """
    if isinstance(data, Photos):
        return _of_photos(
            data,
            workload,
            seed=seed,
            now_ns=now_ns,
            workers=workers,
            ahead=ahead if ahead >= 0 else (0 if device == "cpu" else AHEAD),
            own=own,
        )
    feed = Batches(
        data.train_x,
        data.train_y,
        batch_size=workload.recipe.batch_size,
        shuffle=workload.recipe.shuffle,
        seed=seed,
        now_ns=now_ns,
    )
    return Supply(
        train=feed,
        validation=ArrayValidation(data.test_x, data.test_y),
        seen=DataSeen(classes=workload.network.output_shape[-1]),
        options={},
        skipped=lambda: None,
    )


def _of_photos(
    photos: Photos,
    workload: Workload,
    *,
    seed: int,
    now_ns: Callable[[], int],
    workers: int,
    ahead: int,
    own: str | None,
) -> Supply:
    from laptime.pipeline.photos import PhotoFeed  # its libraries are of no use to arrays

    recipe = workload.recipe
    preparation = recipe.preparation
    if preparation is None:
        raise DataError(
            f"the recipe does not say how the photos of {workload.dataset} are prepared"
        )
    height, width, _ = workload.network.input_shape
    given: dict[str, Any] = {"size": (height, width), "batch_size": recipe.batch_size, "seed": seed}
    given |= {"now_ns": now_ns, "workers": workers, "ahead": ahead}
    train = PhotoFeed(
        photos.train_files,
        photos.train_y,
        preparation=preparation,
        shuffle=recipe.shuffle,
        shuffle_buffer=recipe.shuffle_buffer,
        **given,
    )
    test = PhotoFeed(
        photos.test_files,
        photos.test_y,
        preparation=msgspec.structs.replace(preparation, augmentation=None),
        shuffle=False,
        shuffle_buffer=None,
        **given,
    )
    return Supply(
        train=train,
        validation=PhotoValidation(test, len(photos.test_files)),
        seen=DataSeen(
            classes=len(photos.classes),
            own=own,
            train_files=len(photos.train_files),
            test_files=len(photos.test_files),
        ),
        options={"pipeline_workers": workers, "pipeline_ahead": ahead, **_versions()},
        skipped=lambda: train.skipped + test.skipped,
    )


def _versions() -> dict[str, str | int | float | bool]:
    """Of the libraries whose work is timed with the training."""
    names = ("opencv-python-headless", "simplejpeg", "pillow", "scikit-learn")
    return {name: version(name) for name in names}


def digest(photos: Photos) -> str:
    """Six hexadecimal digits that tell one folder of photos from another, without its names."""
    files = sorted((*photos.train_files, *photos.test_files), key=lambda path: Path(path).name)
    told = "\n".join(f"{Path(path).name} {Path(path).stat().st_size}" for path in files)
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:6]
