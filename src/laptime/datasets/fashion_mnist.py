"""Fashion-MNIST: 70,000 pieces of clothing of 28x28, grey, in the files and sizes of MNIST.

Source: Xiao, Rasul, Vollgraf (Zalando), MIT licence. The checksums are those of the four
decompressed IDX files: Debian's .gz files differ from the published ones, their content does not.
"""

from pathlib import Path

from laptime.datasets import Arrays, Found, _mnist
from laptime.download import Progress

TITLE = "Fashion-MNIST"
SHAPE = (28, 28, 1)
CLASSES = 10
TRAIN_COUNT = 60_000
TEST_COUNT = 10_000
DOWNLOAD_BYTES = 30_878_645
HOMEPAGE = "https://github.com/zalandoresearch/fashion-mnist"
MIRRORS = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def _files() -> _mnist.Files:
    return _mnist.Files(
        name="fashion-mnist",
        title=TITLE,
        shape=SHAPE,
        counts=(TRAIN_COUNT, TEST_COUNT),
        sha256=SHA256,
        mirrors=MIRRORS,
        download_bytes=DOWNLOAD_BYTES,
        own=("fashion-mnist", "fashion_mnist", "FashionMNIST/raw", "FashionMNIST", "."),
        keras=("fashion-mnist",),
        torchvision="FashionMNIST/raw",
        debian="fashion-mnist",
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
