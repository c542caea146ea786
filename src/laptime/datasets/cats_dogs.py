"""Dogs vs. Cats: 25,000 photographs of pets, in files of about 404x360.

Source: Elson, Douceur, Howell, Saul 2007 (Asirra); Microsoft's archive and Kaggle's hold the same
number of each. Size and SHA-256 of the archive are those in TensorFlow Datasets'
url_checksums/cats_vs_dogs.txt (4.9.10). Some of the files are no whole images; the pipeline skips and
counts them. The article does not tell its split: it is 80 / 10 / 10 as in its author's other article,
by the SHA-256 of the names; the last tenth is left alone.
"""

from pathlib import Path

from laptime.datasets import Found, Photos, Twin, _pets
from laptime.download import Progress

KIND = "photos"
TITLE = "Dogs vs. Cats"
SHAPE = (224, 224, 3)
CLASSES = 2
TRAIN_COUNT = 20_000
TEST_COUNT = 2_500
DOWNLOAD_BYTES = 824_887_076
HOMEPAGE = "https://www.microsoft.com/en-us/download/details.aspx?id=54765"
MIRRORS = (
    "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip",
)
ARCHIVE_SHA256 = "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9"


def twin() -> Twin:
    """What stands in for the photos."""
    return _pets.twin(train_count=TRAIN_COUNT, mean_bytes=DOWNLOAD_BYTES // 25_000)


def find(*, data_dir: Path | None) -> Found | None:
    """First place that holds the photos."""
    return _pets.find(data_dir=data_dir)


def fetch(*, progress: Progress) -> Found:
    """Download Microsoft's archive into laptime's cache and unpack it."""
    return _pets.fetch(MIRRORS, sha256=ARCHIVE_SHA256, size=DOWNLOAD_BYTES, progress=progress)


def load(found: Found) -> Photos:
    """List the photos, all of which must be there."""
    return _pets.load(found, train_count=TRAIN_COUNT, test_count=TEST_COUNT)
