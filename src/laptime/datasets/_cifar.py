"""CIFAR-10's six batches: as plain binary files, in their published archive, or as old pickles."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from laptime import download
from laptime.datasets import Arrays, Found, _archive, _opcodes, _places
from laptime.download import Progress
from laptime.errors import DataError

Bytes = NDArray[np.uint8]

BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
ARCHIVE = "cifar-10-binary.tar.gz"
BINARY = "cifar-10-batches-bin"
PICKLED = "cifar-10-batches-py"
OWN = (
    *(f"{above}{kind}" for kind in (BINARY, PICKLED, ARCHIVE) for above in ("", "cifar10/")),
    "cifar10",
    ".",
)
AGAIN = "replace it with a whole copy, or run: laptime data fetch cifar10"


class Published(NamedTuple):
    """What the leaf states about the dataset."""

    shape: tuple[int, int, int]
    classes: int
    counts: tuple[int, int]
    """Training and test images."""
    mirrors: tuple[str, ...]
    archive_sha256: str
    pickle_md5: dict[str, str]
    download_bytes: int


def _is_file(path: Path) -> bool:
    return path.name == ARCHIVE and path.is_file()


def _holds(path: Path) -> bool:
    return _is_file(path) or any(
        all((path / f"{batch}{suffix}").is_file() for batch in BATCHES) for suffix in (".bin", "")
    )


def _begun(path: Path) -> bool:
    return any(
        (path / f"{batch}{suffix}").is_file() for batch in BATCHES for suffix in (".bin", "")
    )


def find(*, data_dir: Path | None) -> Found | None:
    """First place that holds all six batches."""
    places = _places.candidates(
        data_dir=data_dir,
        own=OWN,
        cached=(f"cifar10/{BINARY}", f"cifar10/{ARCHIVE}"),
        # the newer and the older layout of Keras
        keras_paths=(f"{PICKLED}-target/{PICKLED}", PICKLED),
        torchvision_path=PICKLED,
    )
    return _places.first(places, holds=_holds, begun=_begun)


def fetch(published: Published, *, progress: Progress) -> Found:
    """Download the archive, verify it, unpack it, and only then give the folder its name."""
    folder = _places.cache("cifar10")
    archive = download.fetch(
        download.Wanted(
            file=ARCHIVE,
            urls=published.mirrors,
            sha256=published.archive_sha256,
            folder=folder,
            limit=2 * published.download_bytes,
        ),
        progress=progress,
    )
    return Found(str(_archive.unpack(archive, folder, top=BINARY, progress=progress)), "laptime")


def load(published: Published, found: Found) -> Arrays:
    """Read the six batches, whichever form was found, and check what they hold."""
    path = Path(found.path)
    train_count, test_count = published.counts
    train_x = np.empty((train_count, *published.shape), np.uint8)
    test_x = np.empty((test_count, *published.shape), np.uint8)
    per_file = train_count // 5
    images = [*np.split(train_x, 5), test_x]
    labels = []
    read = _reader(published, path)
    for batch, into in zip(BATCHES, images, strict=True):
        label, planes = read(batch, per_file if batch != "test_batch" else test_count)
        height, width, channels = published.shape
        into[:] = planes.reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
        labels.append(label)
    train_y, test_y = np.concatenate(labels[:5]), labels[5]
    for part in (train_y, test_y):
        _check_labels(part, classes=published.classes, path=path)
    return Arrays(train_x, train_y, test_x, test_y)


def _check_labels(labels: Bytes, *, classes: int, path: Path) -> None:
    """CIFAR-10 is balanced: each class as often as any other, in both parts."""
    counts = np.bincount(labels, minlength=classes)
    if len(counts) != classes or len(set(counts.tolist())) != 1:
        raise DataError(f"{path} is not CIFAR-10 (labels out of range or not balanced); {AGAIN}")


def _reader(published: Published, path: Path) -> Callable[[str, int], tuple[Bytes, Bytes]]:
    """A function (batch, count) -> (labels, images as planes of red, green and blue)."""
    size = int(np.prod(published.shape))
    if path.is_file():
        members = _members(path, sha256=published.archive_sha256)
        return lambda batch, count: _records(
            members.get(f"{batch}.bin", b""), count, size, f"{batch}.bin in {path}"
        )
    if any((path / f"{batch}.bin").is_file() for batch in BATCHES):
        return lambda batch, count: _records(
            _bytes(path / f"{batch}.bin"), count, size, str(path / f"{batch}.bin")
        )
    return lambda batch, count: _pickled(path / batch, count, size, md5=published.pickle_md5[batch])


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); {AGAIN}") from error


def _members(archive: Path, *, sha256: str) -> dict[str, bytes]:
    """Files of the published archive by name, unpacked in memory after its SHA-256 matched."""
    try:
        with archive.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != sha256:
            raise DataError(f"{archive} is not the published archive (wrong SHA-256); {AGAIN}")
        with tarfile.open(archive) as tar:
            opened = ((member.name, tar.extractfile(member)) for member in tar)
            return {Path(name).name: stream.read() for name, stream in opened if stream}
    except (OSError, tarfile.TarError) as error:
        raise DataError(f"{archive} cannot be read ({error}); {AGAIN}") from error


def _records(raw: bytes, count: int, size: int, name: str) -> tuple[Bytes, Bytes]:
    """A binary batch: `count` times one byte of label and the planes of one image."""
    if len(raw) != count * (1 + size):
        raise DataError(
            f"{name} has {len(raw)} bytes and should have {count * (1 + size)}; {AGAIN}"
        )
    records = np.frombuffer(raw, np.uint8).reshape(count, 1 + size)
    return records[:, 0].copy(), records[:, 1:]


def _pickled(path: Path, count: int, size: int, *, md5: str) -> tuple[Bytes, Bytes]:
    """An old pickle, never executed: its labels and its one long string are picked out."""
    raw = _bytes(path)
    if hashlib.md5(raw, usedforsecurity=False).hexdigest() != md5:
        raise DataError(f"{path} is not CIFAR-10's (wrong MD5); {AGAIN}")
    labels, pixels = _opcodes.labels_and_pixels(raw)
    if len(labels) != count or len(pixels) != count * size:
        raise DataError(f"{path} is laid out differently than CIFAR-10's pickles; {AGAIN}")
    return np.array(labels, np.uint8), np.frombuffer(pixels, np.uint8)
