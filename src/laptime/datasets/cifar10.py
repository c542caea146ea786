"""CIFAR-10: 60,000 photographs of 32x32 in colour, ten kinds of things.

Source: Krizhevsky 2009. Downloaded as the *binary* archive, which holds plain bytes; its SHA-256 is
the one in TensorFlow Datasets' registry. The pickles that Keras and torchvision keep are read
without running them, after the MD5 that torchvision publishes for each of them matched.
"""

from pathlib import Path

from laptime.datasets import Arrays, Found, _cifar
from laptime.download import Progress

TITLE = "CIFAR-10"
SHAPE = (32, 32, 3)
CLASSES = 10
TRAIN_COUNT = 50_000
TEST_COUNT = 10_000
DOWNLOAD_BYTES = 170_052_171
HOMEPAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"
MIRRORS = (
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz",
    "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/cifar-10-binary.tar.gz",
)
ARCHIVE_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
PICKLE_MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}


def _published() -> _cifar.Published:
    return _cifar.Published(
        shape=SHAPE,
        classes=CLASSES,
        counts=(TRAIN_COUNT, TEST_COUNT),
        mirrors=MIRRORS,
        archive_sha256=ARCHIVE_SHA256,
        pickle_md5=PICKLE_MD5,
        download_bytes=DOWNLOAD_BYTES,
    )


def find(*, data_dir: Path | None) -> Found | None:
    """First place that holds the data."""
    return _cifar.find(data_dir=data_dir)


def fetch(*, progress: Progress) -> Found:
    """Download the archive into laptime's cache and unpack it."""
    return _cifar.fetch(_published(), progress=progress)


def load(found: Found) -> Arrays:
    """Read and check the six batches."""
    return _cifar.load(_published(), found)
