"""MNIST: 70,000 handwritten digits of 28x28, grey.

Source: LeCun, Cortes, Burges. The checksums are those of the four decompressed IDX files: mirrors
and caches hold the same content, while their .gz files may differ.
"""

from pathlib import Path

from laptime.datasets import Arrays, Found, _mnist
from laptime.download import Progress

TITLE = "MNIST"
SHAPE = (28, 28, 1)
CLASSES = 10
TRAIN_COUNT = 60_000
TEST_COUNT = 10_000
DOWNLOAD_BYTES = 11_594_722
HOMEPAGE = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def _files() -> _mnist.Files:
    return _mnist.Files(
        name="mnist",
        title=TITLE,
        shape=SHAPE,
        counts=(TRAIN_COUNT, TEST_COUNT),
        sha256=SHA256,
        mirrors=MIRRORS,
        download_bytes=DOWNLOAD_BYTES,
        own=("mnist", "MNIST/raw", "MNIST", "mnist.npz", "."),
        keras=("mnist.npz",),
        torchvision="MNIST/raw",
    )


def find(*, data_dir: Path | None) -> Found | None:
    """First place that holds the data."""
    return _mnist.find(_files(), data_dir=data_dir)


def fetch(*, progress: Progress) -> Found:
    """Download the four files into laptime's cache."""
    return _mnist.fetch(_files(), progress=progress)


def load(found: Found) -> Arrays:
    """Read and verify the four files."""
    return _mnist.load(_files(), found)
