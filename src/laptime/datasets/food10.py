"""Ten dishes of Food-101: 1,000 photographs of each, in the published split.

Source: Bossard, Guillaumin, Van Gool 2014. The ten are those of Bourke's tutorials.
"""

from pathlib import Path

from laptime.datasets import Found, Photos, Twin, _food
from laptime.download import Progress

KIND = "photos"
TITLE = "Food-101, 10 classes"
SHAPE = (224, 224, 3)
CLASSES = 10
TRAIN_COUNT = 7_500
TEST_COUNT = 2_500
DOWNLOAD_BYTES = 4_996_278_331
HOMEPAGE = "https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/"
MIRRORS = ("http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz",)
ARCHIVE_SHA256 = _food.ARCHIVE_SHA256


def _part() -> _food.Part:
    return _food.Part(
        name="food10",
        classes=_food.TEN,
        train_each=750,
        test_each=250,
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
