"""Photos of the user's: a folder of images for each class, with or without a split of its own."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from laptime.datasets import Photos, _photos
from laptime.datasets._photos import MOST_CLASSES, Photo
from laptime.errors import DataError

TRAIN = "train"
TEST = ("test", "val", "validation")
FEW = 1_000
"""Names looked at in one folder before it is said to hold no image."""
LAYOUT = (
    "put the images of each class into a folder of its own, at least two classes, or make train and "
    "validation folders that each hold such folders (docs/datasets.md)"
)


def seems_to_hold(root: Path) -> bool:
    """Whether a folder looks like class folders; a glance, `load` looks closely.

    Two folders with images in them do. So does one, if nothing else lies beside it but folders that
    are empty or closed: then `load` says what is wrong.

    Raises:
        DataError: it may not be opened.
    """
    if _split(root):
        return True
    glances = [_glance(folder) for folder in _folders(root)]
    holding = glances.count("images")
    return holding >= 2 or (holding == 1 and "other" not in glances)


def load(root: Path) -> Photos:
    """Photos of two or more classes; labels by sorted folder name.

    A folder without a split is split 80 / 20 class by class, by the SHA-256 of the names, with at
    least one file on either side. The files themselves are not opened.

    Raises:
        DataError: a class without images, a folder that may not be opened, too few or too many classes,
            or a validation folder with other classes than the training folder.
    """
    split = _split(root)
    if not split:
        classes = _names(root)
        parts = [_parted(root / name, label) for label, name in enumerate(classes)]
        train = [photo for part in parts for photo in part[0]]
        test = [photo for part in parts for photo in part[1]]
    else:
        train_root, test_root = split
        classes = _names(train_root)
        differing = sorted(set(classes) ^ set(_names(test_root)))
        if differing:
            raise DataError(
                f"{train_root} and {test_root} differ in their classes ({', '.join(differing[:5])}); "
                "give both the same folders"
            )
        train, test = (
            [photo for label, name in enumerate(classes) for photo in _class(part / name, label)]
            for part in split
        )
    return _photos.listed(_photos.mixed(train), _photos.mixed(test), classes=classes)


def _split(root: Path) -> tuple[Path, Path] | None:
    """The folders of a split that the user made."""
    named = {folder.name.lower(): folder for folder in _folders(root)}
    test = next((named[name] for name in TEST if name in named), None)
    train = named.get(TRAIN)
    if train is None or test is None or "images" in (_glance(train), _glance(test)):
        return None  # two classes that happen to be called so
    return train, test


def _folders(root: Path) -> list[Path]:
    """Subfolders that may be classes."""
    try:
        with os.scandir(root) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.is_dir() and not entry.name.startswith(".") and entry.name != "__MACOSX"
            ]
    except OSError as error:
        raise _photos.unreadable(root, error) from error
    return [root / name for name in sorted(names)]


def _glance(folder: Path) -> str:
    """'images', 'bare' (empty or closed) or 'other'."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, FEW)]
    except OSError:
        return "bare"  # `load` says why
    if any(_photos.is_image(name) for name in names):
        return "images"
    return "other" if any(not name.startswith(".") for name in names) else "bare"


def _names(root: Path) -> list[str]:
    """Classes, sorted."""
    names = [folder.name for folder in _folders(root)]
    if len(names) < 2:
        held = f"only one class ({names[0]})" if names else "no class folders"
        raise DataError(f"{root} holds {held}; {LAYOUT}")
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"{root} holds {len(names)} class folders; laptime takes {MOST_CLASSES} at most"
        )
    return names


def _class(folder: Path, label: int) -> list[Photo]:
    """Photos of one class, in order."""
    name = folder.name
    found = [
        Photo(f"{name}/{file}", os.path.join(folder, file), label)  # noqa: PTH118 - a million paths
        for file in _photos.images(folder)
    ]
    if not found:
        raise DataError(
            f"the class folder {folder} holds no image; put images in, or move it elsewhere"
        )
    return _photos.mixed(found)


def _parted(folder: Path, label: int) -> tuple[list[Photo], list[Photo]]:
    """One class, split."""
    photos = _class(folder, label)
    if len(photos) < 2:
        raise DataError(
            f"the class folder {folder} holds one image; two are needed, to train and to validate"
        )
    held_out = max(1, len(photos) // 5)
    return photos[held_out:], photos[:held_out]
