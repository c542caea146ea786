"""What all photo datasets share: which files are images, and the order in which they come.

The order is that of the SHA-256 of each file's name ('ramen/12.jpg'), so it mixes the classes, is the
same on every machine, and stays what it is for the others when a file is added.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from laptime.datasets import Photos
from laptime.errors import DataError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif"})
MOST_CLASSES = 256
"""Labels are single bytes."""


class Photo(NamedTuple):
    """One image file."""

    key: str
    """Class and file name, by which it is put in order; the same in every layout."""
    path: str
    label: int


def is_image(name: str) -> bool:
    """Whether a file of this name is taken for an image; hidden ones are not."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - a million names


def images(folder: Path) -> Iterator[str]:
    """Names of the images directly in a folder, in any order; links to files count.

    Raises:
        DataError: it may not be opened.
    """
    try:
        with os.scandir(folder) as entries:
            yield from (each.name for each in entries if is_image(each.name) and each.is_file())
    except OSError as error:
        raise unreadable(folder, error) from error


def unreadable(folder: Path, error: OSError) -> DataError:
    """What to say when a folder cannot be listed."""
    return DataError(
        f"the folder {folder} cannot be opened ({error.strerror or type(error).__name__}); allow it "
        "to be read, or move it elsewhere"
    )


def rank(photo: Photo) -> bytes:
    """Its place in the order. Names are compared as Unicode means them: macOS splits an umlaut."""
    name = unicodedata.normalize("NFC", photo.key)
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()


def mixed(photos: Iterable[Photo]) -> list[Photo]:
    """Photos in the order in which they are read."""
    return sorted(photos, key=rank)


def listed(train: Sequence[Photo], test: Sequence[Photo], *, classes: Sequence[str]) -> Photos:
    """Photos that are in order already, as the pipeline takes them."""
    import numpy as np

    return Photos(
        tuple(photo.path for photo in train),
        np.array([photo.label for photo in train], np.uint8),
        tuple(photo.path for photo in test),
        np.array([photo.label for photo in test], np.uint8),
        tuple(classes),
    )
