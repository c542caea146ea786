"""Where Dogs vs. Cats may lie, in which layouts, and its split."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from laptime.datasets import Found, Photos, Twin, _archive, _photos, _places
from laptime.datasets._photos import Photo
from laptime.download import Progress
from laptime.errors import DataError

CLASSES = ("cat", "dog")
EACH = 12_500
"""Photos of a class, numbered from 0 in every layout."""
FOLDER = "PetImages"
ARCHIVE = "kagglecatsanddogs_5340.zip"
OWN = (
    FOLDER,
    "cats-dogs",
    "dogs-vs-cats",
    ".",
    f"cats-dogs/{FOLDER}",
    "train",
    "dogs-vs-cats/train",
)
AGAIN = (
    "replace it with a whole copy, or run: laptime data fetch cats-dogs; or, to train on what it "
    "holds, put that into folders cats and dogs (docs/datasets.md, photos of your own)"
)
SIZES = (
    *[(499, 375)] * 4,
    *[(500, 374)] * 2,
    *[(375, 499)] * 2,
    *[(499, 333), (448, 336), (349, 262), (320, 240), (299, 273)],
    *[(300, 400), (263, 350), (240, 320)],
)
"""(width, height). Widely told: the mean, 404x360, and that few exceed 500. Chosen: the rest."""


class Layout(NamedTuple):
    """How the files are named; `{}` is the number."""

    cat: str
    dog: str


MICROSOFT = Layout("Cat/{}.jpg", "Dog/{}.jpg")
KAGGLE = Layout("cat.{}.jpg", "dog.{}.jpg")
LAYOUTS = (
    MICROSOFT,
    KAGGLE,
    *(
        Layout(f"{cat}/{file}", f"{dog}/{file.replace('cat', 'dog')}")
        for cat, dog in (("cat", "dog"), ("cats", "dogs"), ("Cat", "Dog"), ("Cats", "Dogs"))
        for file in ("{}.jpg", "cat.{}.jpg")
        if f"{cat}/{file}" != MICROSOFT.cat
    ),
)


def twin(*, train_count: int, mean_bytes: int) -> Twin:
    """A tree of its own."""
    return Twin(
        tree="cats-dogs",
        names=CLASSES,
        classes=CLASSES,
        first_test=train_count // len(CLASSES),
        sizes=SIZES,
        mean_bytes=mean_bytes,
    )


def find(*, data_dir: Path | None) -> Found | None:
    """First place that holds the first and the last photo of both classes.

    Folders 'cats' and 'dogs' may be anyone's: they are this dataset only if all of it is in them.
    """
    places = _places.candidates(data_dir=data_dir, own=OWN, cached=(f"cats-dogs/{FOLDER}",))
    return _places.first(places, holds=_holds, begun=_has_begun)


def _holds(path: Path) -> bool:
    layout = _layout(path)
    if layout is None or layout is KAGGLE or path.name == FOLDER:
        return layout is not None
    return all(len(_listed(path, pattern, 0)) == EACH for pattern in layout)


def _layout(path: Path) -> Layout | None:
    """The layout in which a folder holds the photos."""
    return next((layout for layout in LAYOUTS if _fits(path, layout, all)), None)


def _fits(path: Path, layout: Layout, how: Callable[..., bool]) -> bool:
    return how(
        (path / name.format(number)).is_file() for name in layout for number in (0, EACH - 1)
    )


def _has_begun(path: Path) -> bool:
    """A part of it, under names that nothing else has."""
    return (
        (path / ARCHIVE).is_file()
        or (path.name == FOLDER and (path / "Cat").is_dir())
        or _fits(path, KAGGLE, any)
    )


def fetch(mirrors: tuple[str, ...], *, sha256: str, size: int, progress: Progress) -> Found:
    """Download the archive, verify it and unpack it.

    Raises:
        DataError: no mirror had it, or there is no room for it.
    """
    archive = _archive.Published(
        title="Dogs vs. Cats", file=ARCHIVE, urls=mirrors, sha256=sha256, bytes=size, top=FOLDER
    )
    return Found(str(_archive.fetch(archive, _places.cache("cats-dogs"), progress)), "laptime")


def load(found: Found, *, train_count: int, test_count: int) -> Photos:
    """List the photos and split them class by class; none is opened.

    A photo is put in order by its class and number, so every layout is split alike.

    Raises:
        DataError: there are more or fewer of a class than were published.
    """
    root = Path(found.path)
    layout = _layout(root)
    if layout is None:
        unpacked = f"{root / ARCHIVE} is not unpacked" if (root / ARCHIVE).is_file() else None
        what = unpacked or f"{root} lacks photos of Dogs vs. Cats (numbers 0 to {EACH - 1} of each)"
        raise DataError(f"{what}; {AGAIN}")
    train_each, test_each = train_count // len(CLASSES), test_count // len(CLASSES)
    train: list[Photo] = []
    test: list[Photo] = []
    for label, pattern in enumerate(layout):
        photos = _photos.mixed(_listed(root, pattern, label))
        if len(photos) != EACH:
            raise DataError(
                f"{root} holds {len(photos):,} photos of class {CLASSES[label]} and should hold "
                f"{EACH:,}; {AGAIN}"
            )
        train += photos[:train_each]
        test += photos[train_each : train_each + test_each]
    return _photos.listed(_photos.mixed(train), _photos.mixed(test), classes=CLASSES)


def _listed(root: Path, pattern: str, label: int) -> list[Photo]:
    """Photos of one class, in any order."""
    folder, _, file = pattern.rpartition("/")
    named = re.compile(re.escape(file).replace(r"\{\}", r"(\d+)"))
    matches = filter(None, map(named.fullmatch, _photos.images(root / folder)))
    return [
        Photo(
            f"{CLASSES[label]}/{match[1]}.jpg",
            os.path.join(root, folder, match[0]),  # noqa: PTH118 - 25,000 of them
            label,
        )
        for match in matches
    ]
