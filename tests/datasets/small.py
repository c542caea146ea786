"""Small datasets in the published forms, made on the spot."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from laptime.datasets import _cifar, _idx, _mnist

SHAPE = (5, 4, 1)
COUNTS = (12, 6)


def idx_arrays() -> dict[str, np.ndarray]:
    """The four arrays by the name that Keras' .npz gives them."""
    random = np.random.default_rng(7)
    arrays = {}
    for part, count in (("train", COUNTS[0]), ("test", COUNTS[1])):
        arrays[f"x_{part}"] = random.integers(0, 256, (count, 5, 4), dtype=np.uint8)
        arrays[f"y_{part}"] = (np.arange(count) % 3).astype(np.uint8)
    return arrays


def idx_contents() -> dict[str, bytes]:
    """Content of the four IDX files by name."""
    arrays = idx_arrays()
    return {
        file: _idx.header(arrays[key].shape) + arrays[key].tobytes()
        for key, file in _mnist.PARTS.items()
    }


def idx_files(*mirrors: str) -> _mnist.Files:
    """What a leaf would state about them."""
    return _mnist.Files(
        name="tiny",
        title="Tiny",
        shape=SHAPE,
        counts=COUNTS,
        sha256={file: sha256(raw) for file, raw in idx_contents().items()},
        mirrors=mirrors,
        download_bytes=10_000,
        own=("tiny", "tiny.npz", "."),
        keras=("tiny.npz",),
        torchvision="Tiny/raw",
        debian="tiny",
    )


def write_idx(folder: Path, *, zipped: bool = False) -> Path:
    """The four files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, raw in idx_contents().items():
        if zipped:
            (folder / f"{file}.gz").write_bytes(gzip.compress(raw))
        else:
            (folder / file).write_bytes(raw)
    return folder


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


CIFAR_SHAPE = (4, 4, 3)
CIFAR_COUNTS = (100, 20)


def cifar_batches() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Batch -> labels, and images as planes."""
    random = np.random.default_rng(11)
    return {
        batch: (
            np.arange(20, dtype=np.uint8) % 10,
            random.integers(0, 256, (20, 48), dtype=np.uint8),
        )
        for batch in _cifar.BATCHES
    }


def binary(batch: tuple[np.ndarray, np.ndarray]) -> bytes:
    return np.column_stack(batch).tobytes()


def cifar_archive() -> bytes:
    """The six binary batches as the published archive packs them."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, batch in cifar_batches().items():
            member = tarfile.TarInfo(f"{_cifar.BINARY}/{name}.bin")
            member.size = len(binary(batch))
            tar.addfile(member, io.BytesIO(binary(batch)))
    return packed.getvalue()


def cifar_published(*mirrors: str, archive: bytes = b"") -> _cifar.Published:
    return _cifar.Published(
        shape=CIFAR_SHAPE,
        classes=10,
        counts=CIFAR_COUNTS,
        mirrors=mirrors,
        archive_sha256=sha256(archive),
        pickle_md5={
            name: hashlib.md5(pickled(batch), usedforsecurity=False).hexdigest()
            for name, batch in cifar_batches().items()
        },
        download_bytes=100_000,
    )


class Python2Pickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes bytes as Python 2 wrote its strings, which Python 3 no longer does."""

    dispatch = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined] # noqa: RUF012

    def save_bytes(self, value: bytes) -> None:
        size = len(value)
        short = b"U" + bytes([size]) if size < 256 else b"T" + size.to_bytes(4, "little")
        self.write(short + value)
        self.memoize(value)

    dispatch[bytes] = save_bytes


def pickled(batch: tuple[np.ndarray, np.ndarray]) -> bytes:
    """A batch as `cifar-10-batches-py` holds it."""
    labels, planes = batch
    content: dict[bytes, Any] = {
        b"batch_label": b"training batch 1 of 5",
        b"labels": labels.tolist(),
        b"data": planes,
        b"filenames": [b"leptodactylus_pentadactylus_s_000004.png"] * len(labels),
    }
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump(content)
    return stream.getvalue()
