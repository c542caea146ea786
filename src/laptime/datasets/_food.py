"""Food-101 and its parts: one folder and one download for all of them.

Source: Bossard, Guillaumin, Van Gool 2014. The split is the published one (meta/train and meta/test).
Of a part the images are the first of each class in the order of `_photos`, which stands for the random
choice that its authors did not publish. Size and SHA-256 of the archive are those in TensorFlow
Datasets' url_checksums/food101.txt.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from laptime.datasets import Found, Photos, Twin, _archive, _photos, _places
from laptime.datasets._photos import Photo
from laptime.download import Progress
from laptime.errors import DataError

ARCHIVE = "food-101.tar.gz"
ARCHIVE_SHA256 = "d97d15e438b7f4498f96086a4f7e2fa42a32f2712e87d3295441b2b6314053a4"
ARCHIVE_BYTES = 4_996_278_331
FOLDER = "food-101"
OWN = (FOLDER, "food101", ".")
TRAIN_EACH, TEST_EACH = 750, 250
SIZES = (*[(512, 512)] * 10, *[(512, 384)] * 3, *[(384, 512)] * 2, (512, 341))
"""(width, height). Published: the longer side is 512. Chosen: how often each shape occurs."""

_CLASSES = """
    apple_pie baby_back_ribs baklava beef_carpaccio beef_tartare beet_salad beignets bibimbap
    bread_pudding breakfast_burrito bruschetta caesar_salad cannoli caprese_salad carrot_cake ceviche
    cheese_plate cheesecake chicken_curry chicken_quesadilla chicken_wings chocolate_cake
    chocolate_mousse churros clam_chowder club_sandwich crab_cakes creme_brulee croque_madame cup_cakes
    deviled_eggs donuts dumplings edamame eggs_benedict escargots falafel filet_mignon fish_and_chips
    foie_gras french_fries french_onion_soup french_toast fried_calamari fried_rice frozen_yogurt
    garlic_bread gnocchi greek_salad grilled_cheese_sandwich grilled_salmon guacamole gyoza hamburger
    hot_and_sour_soup hot_dog huevos_rancheros hummus ice_cream lasagna lobster_bisque
    lobster_roll_sandwich macaroni_and_cheese macarons miso_soup mussels nachos omelette onion_rings
    oysters pad_thai paella pancakes panna_cotta peking_duck pho pizza pork_chop poutine prime_rib
    pulled_pork_sandwich ramen ravioli red_velvet_cake risotto samosa sashimi scallops seaweed_salad
    shrimp_and_grits spaghetti_bolognese spaghetti_carbonara spring_rolls steak strawberry_shortcake
    sushi tacos takoyaki tiramisu tuna_tartare waffles
    """
_TEN = """
    chicken_curry chicken_wings fried_rice grilled_salmon hamburger ice_cream pizza ramen steak sushi
    """
CLASSES = tuple(_CLASSES.split())
TEN = tuple(_TEN.split())
"""The ten classes of Bourke's tutorials."""


class Part(NamedTuple):
    """What tells one of the four datasets from another."""

    name: str
    """Key."""
    classes: tuple[str, ...]
    train_each: int
    """Training images of each class."""
    test_each: int
    """Validation images of each class..."""
    test_count: int
    """...of which only so many in all are kept."""


def twin(part: Part) -> Twin:
    """One tree for all four, so that they share its files."""
    return Twin(
        tree=FOLDER,
        names=CLASSES,
        classes=part.classes,
        first_test=TRAIN_EACH,
        sizes=SIZES,
        mean_bytes=ARCHIVE_BYTES // (len(CLASSES) * (TRAIN_EACH + TEST_EACH)),
    )


def find(*, data_dir: Path | None) -> Found | None:
    """First place that holds the published lists and the folder of images."""
    return _places.first(_candidates(data_dir), holds=_holds, begun=_begun)


def _candidates(data_dir: Path | None) -> Iterator[Found]:
    yield from _places.candidates(
        data_dir=data_dir, own=OWN, cached=(f"food101/{FOLDER}",), torchvision_path=FOLDER
    )
    yield from _places.tfds(f"*food-101*/{FOLDER}")


def _holds(path: Path) -> bool:
    return (path / "images").is_dir() and all(_list(path, split) for split in ("train", "test"))


def _begun(path: Path) -> bool:
    return (
        (path / ARCHIVE).is_file()
        or (path / "images" / CLASSES[0]).is_dir()
        or any(_list(path, split) for split in ("train", "test"))
    )


def _list(path: Path, split: str) -> Path | None:
    """The published list of a split; it comes in two forms."""
    files = (path / "meta" / f"{split}{suffix}" for suffix in (".json", ".txt"))
    return next((file for file in files if file.is_file()), None)


def fetch(mirrors: tuple[str, ...], *, progress: Progress) -> Found:
    """Download the archive into laptime's cache, verify it and unpack it.

    Raises:
        DataError: no mirror had it, or there is no room for it.
    """
    archive = _archive.Published(
        title="Food-101",
        file=ARCHIVE,
        urls=mirrors,
        sha256=ARCHIVE_SHA256,
        bytes=ARCHIVE_BYTES,
        top=FOLDER,
    )
    return Found(str(_archive.fetch(archive, _places.cache("food101"), progress)), "laptime")


def load(part: Part, found: Found) -> Photos:
    """List the images of a part, all of which must be there; none is opened.

    Raises:
        DataError: a list or an image is missing.
    """
    root = Path(found.path)
    again = f"replace it with a whole copy, or run: laptime data fetch {part.name}"
    if not _holds(root):
        raise DataError(f"{_what_is_missing(root)}; {again}")
    train = _choose(root, "train", part.classes, each=part.train_each, again=again)
    test = _choose(root, "test", part.classes, each=part.test_each, again=again)
    missing = _missing(root, [*train, *test], part.classes)
    if missing:
        raise DataError(
            f"{root} lacks {len(missing):,} images of Food-101 ({missing[0]} for one); {again}"
        )
    return _photos.listed(train, test[: part.test_count], classes=part.classes)


def _what_is_missing(root: Path) -> str:
    if (root / ARCHIVE).is_file():
        return f"{root / ARCHIVE} is not unpacked; unpack it there (tar -xzf {ARCHIVE})"
    return f"{root} lacks Food-101's folder images, or meta/train and meta/test (.json or .txt)"


def _choose(
    root: Path, split: str, classes: Sequence[str], *, each: int, again: str
) -> list[Photo]:
    """The first images of each class, in order."""
    published = {"train": TRAIN_EACH, "test": TEST_EACH}[split]
    named: dict[str, set[str]] = {name: set() for name in classes}
    for key in _published(root, split, again=again):
        named.get(key.partition("/")[0], set()).add(key)
    chosen: list[Photo] = []
    for label, (name, keys) in enumerate(named.items()):
        if len(keys) != published:
            raise DataError(
                f"{_list(root, split)} names {len(keys)} images of {name} and should name "
                f"{published}; {again}"
            )
        photos = (
            Photo(f"{key}.jpg", os.path.join(root, "images", *f"{key}.jpg".split("/")), label)  # noqa: PTH118 - 100,000 of them
            for key in keys
        )
        chosen += _photos.mixed(photos)[:each]
    return _photos.mixed(chosen)


def _published(root: Path, split: str, *, again: str) -> list[str]:
    """Names ('apple_pie/1005649') in the list of a split."""
    path = _list(root, split) or root / "meta" / f"{split}.txt"
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".txt":
            return text.split()
        return [str(name) for names in json.loads(text).values() for name in names]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise DataError(f"{path} cannot be read ({error}); {again}") from error


def _missing(root: Path, photos: Sequence[Photo], classes: Sequence[str]) -> list[str]:
    """Those that are not in their folders. Listing a folder is faster than asking for each file."""
    there = {
        f"{name}/{file}"
        for name in classes
        if (root / "images" / name).is_dir()
        for file in _photos.images(root / "images" / name)
    }
    return [photo.key for photo in photos if photo.key not in there]
