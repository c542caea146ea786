"""A tenth of Food-101: 75 + 25 photographs of each of its 101 dishes.

Source: Bossard, Guillaumin, Van Gool 2014. Which tenth the article took is not
published: here it is the first of each class by the SHA-256 of the names.
"""

from pathlib import Path

from laptime.datasets import Found, Photos, Twin, _food
from laptime.download import Progress

KIND = "photos"
TITLE = "Food-101, 10 %"
SHAPE = (224, 224, 3)
CLASSES = 101
TRAIN_COUNT = 7_575
TEST_COUNT = 2_525
DOWNLOAD_BYTES = 4_996_278_331
HOMEPAGE = "https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/"
MIRRORS = ("http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz",)
ARCHIVE_SHA256 = _food.ARCHIVE_SHA256


def _part() -> _food.Part:
    return _food.Part(
        name="food101-10pct",
        classes=_food.CLASSES,
        train_each=75,
        test_each=25,
        test_count=TEST_COUNT,
    )


def twin() -> Twin:
    """What stands in for the photos."""
    return _food.twin(_part())


def find(*, data_dir: Path | None) -> Found | None:
    """First place that holds Food-101."""
    return _food.find(data_dir=data_dir)


def fetch(*, progress: Progress) -> Found:
    """Download Food-101 into laptime's cache and unpack it."""
    return _food.fetch(MIRRORS, progress=progress)


def load(found: Found) -> Photos:
    """List the photos, all of which must be there."""
    return _food.load(_part(), found)
