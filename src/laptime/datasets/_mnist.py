"""Datasets that are published as MNIST is: four IDX files, or Keras' .npz of the same arrays."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from laptime import download
from laptime.datasets import Arrays, Found, _idx, _places
from laptime.download import Progress
from laptime.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Name in the .npz -> name of the IDX file, in the order of `Arrays`.
PARTS = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


class Files(NamedTuple):
    """What tells one such dataset from another."""

    name: str
    """Key, and folder in laptime's cache."""
    title: str
    shape: tuple[int, int, int]
    counts: tuple[int, int]
    """Training and test images."""
    sha256: dict[str, str]
    """IDX file -> SHA-256 of its decompressed content."""
    mirrors: tuple[str, ...]
    download_bytes: int
    own: tuple[str, ...]
    """Paths below a user's folder."""
    keras: tuple[str, ...]
    torchvision: str
    debian: str | None = None

    def shape_of(self, file: str) -> tuple[int, ...]:
        """Shape that the header of one file must state."""
        count = self.counts[0 if file.startswith("train") else 1]
        return (count, *self.shape[:2]) if "images" in file else (count,)


def _at(folder: Path, file: str) -> Path | None:
    """One of the four files in a folder, plain or .gz."""
    for path in (folder / file, folder / f"{file}.gz"):
        if path.is_file():
            return path
    return None


def _holds(path: Path) -> bool:
    if path.suffix == ".npz":
        return path.is_file()
    return all(_at(path, file) for file in PARTS.values())


def _begun(path: Path) -> bool:
    return path.suffix != ".npz" and any(_at(path, file) for file in PARTS.values())


def find(files: Files, *, data_dir: Path | None) -> Found | None:
    """First place that holds all four files."""
    places = _places.candidates(
        data_dir=data_dir,
        own=files.own,
        cached=(files.name,),
        keras_paths=files.keras,
        torchvision_path=files.torchvision,
        debian_path=files.debian,
    )
    return _places.first(places, holds=_holds, begun=_begun)


def fetch(files: Files, *, progress: Progress) -> Found:
    """Download the four files, each unpacked and verified before it gets its name."""
    folder = _places.cache(files.name)
    for file, sha256 in files.sha256.items():
        whole = _idx.size(files.shape_of(file))
        download.fetch(
            download.Wanted(
                file=file,
                urls=tuple(f"{mirror}{file}.gz" for mirror in files.mirrors),
                sha256=sha256,
                folder=folder,
                limit=2 * files.download_bytes,
                unzip_to=whole,
            ),
            progress=progress,
        )
    return Found(str(folder), "laptime")


def load(files: Files, found: Found) -> Arrays:
    """Read and verify, whichever form was found."""
    path = Path(found.path)
    read = _from_npz if path.suffix == ".npz" else _from_folder
    train_x, train_y, test_x, test_y = read(files, path)
    return Arrays(train_x[..., None], train_y, test_x[..., None], test_y)


def _from_folder(files: Files, folder: Path) -> list[NDArray[np.uint8]]:
    arrays = []
    for file in PARTS.values():
        path = _at(folder, file)
        if path is None:
            raise DataError(
                f"{folder} lacks {file} (plain or .gz) of {files.title}; put it there, or get all "
                f"of it with: laptime data fetch {files.name}"
            )
        arrays.append(
            _idx.read(
                path, shape=files.shape_of(file), sha256=files.sha256[file], title=files.title
            )
        )
    return arrays


def _from_npz(files: Files, path: Path) -> list[NDArray[np.uint8]]:
    """Keras' file; its arrays are verified as the IDX content they were made from."""
    try:
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("one array, no .npz archive")
            arrays = [np.ascontiguousarray(archive[key]) for key in PARTS]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read ({error}); delete it, or run: laptime data fetch {files.name}"
        ) from error
    for file, array in zip(PARTS.values(), arrays, strict=True):
        digest = hashlib.sha256(_idx.header(array.shape))
        digest.update(array.data)
        if array.dtype != np.uint8 or digest.hexdigest() != files.sha256[file]:
            raise DataError(
                f"{path} does not hold {files.title} (wrong SHA-256 of its arrays); delete it, or "
                f"run: laptime data fetch {files.name}"
            )
    return arrays
