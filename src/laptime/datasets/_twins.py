"""Synthetic twins of photo datasets: which files they are, and writing them into the cache."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from laptime import download
from laptime.datasets import Need, Photos, Twin, _photos, _places
from laptime.datasets._photos import Photo
from laptime.download import Progress
from laptime.errors import DataError

if TYPE_CHECKING:
    from laptime.datasets import PhotoModule

VERSION = 2
"""Of the content: with a new one nothing is mixed with the files of an older laptime."""
SLACK = 2048
"""Half a block of most file systems: what a file takes beyond its bytes, on average."""
TOGETHER = 16  # files of one task: Ctrl-C waits for them
STALE_S = 86_400.0
"""A run that was killed leaves its folder; the next run takes it away once it is so old."""

Name = tuple[str, int]
"""Class and number of a file."""


def read(module: PhotoModule, *, subset: int | None) -> Photos:
    """The twin's files, all of which must have been written.

    Raises:
        DataError: they have not.
    """
    twin = module.twin()
    missing = len(_missing(module, twin, subset))
    if missing:
        raise DataError(
            f"{missing:,} files of the synthetic twin of {module.TITLE} are not in {_root(twin)}; run "
            "the workload again, which writes them first"
        )
    root = str(_root(twin))
    labels = {name: label for label, name in enumerate(twin.classes)}
    train, test = (
        [
            Photo(f"{name}/{number}.jpg", _path(root, name, number), labels[name])
            for name, number in part
        ]
        for part in _parts(module, twin, subset)
    )
    return _photos.listed(_photos.mixed(train), _photos.mixed(test), classes=twin.classes)


def need(module: PhotoModule, *, subset: int | None) -> Need:
    """Files that are not there yet, and the room they will take."""
    twin = module.twin()
    count = len(_missing(module, twin, subset))
    return Need(count, count * (twin.mean_bytes + SLACK))


def write(module: PhotoModule, *, subset: int | None, progress: Progress) -> None:
    """Write the missing files: into a folder of this run's own first, then all into place.

    Raises:
        DataError: the disk has too little room, or cannot be written.
    """
    twin = module.twin()
    missing = _missing(module, twin, subset)
    if not missing:
        return
    root = _root(twin)
    room = len(missing) * (twin.mean_bytes + SLACK)
    title = f"the synthetic twin of {module.TITLE} ({len(missing):,} JPEG files)"
    download.require_room(root, room, what=title)
    try:
        with _staging(root) as staging:
            _draw_all(twin, missing, staging, lambda done: progress(done, room, title))
            _publish(missing, staging, root)
    except OSError as error:
        raise download.cannot_write(root, error, need=room) from error


def _root(twin: Twin) -> Path:
    return _places.cache(f"twins/{VERSION}/{twin.tree}/images")


def _path(root: str, name: str, number: int) -> str:
    return os.path.join(root, name, f"{number}.jpg")  # noqa: PTH118 - a hundred thousand of them


def _parts(module: PhotoModule, twin: Twin, subset: int | None) -> tuple[list[Name], list[Name]]:
    """Training and validation files, class by class."""
    train, test = _counts(module, subset)
    return _numbered(twin, train, first=0), _numbered(twin, test, first=twin.first_test)


def _counts(module: PhotoModule, subset: int | None) -> tuple[int, int]:
    """Training and validation files in all; in a subset about 4 : 1, and every class if it may be."""
    if subset is None or subset >= module.TRAIN_COUNT + module.TEST_COUNT:
        return module.TRAIN_COUNT, module.TEST_COUNT
    test = max(subset // 5, min(module.CLASSES, subset // 2))
    return min(subset - test, module.TRAIN_COUNT), min(test, module.TEST_COUNT)


def _numbered(twin: Twin, count: int, *, first: int) -> list[Name]:
    each, more = divmod(count, len(twin.classes))
    return [
        (name, first + number)
        for place, name in enumerate(twin.classes)
        for number in range(each + (place < more))
    ]


def _missing(module: PhotoModule, twin: Twin, subset: int | None) -> list[Name]:
    root = _root(twin)
    train, test = _parts(module, twin, subset)
    there = {name: _present(root / name) for name in twin.classes}
    return [(name, number) for name, number in train + test if f"{number}.jpg" not in there[name]]


def _present(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - names are all that is needed
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError as error:
        raise _photos.unreadable(folder, error) from error


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A folder beside `root` that is gone afterwards, with all that is still in it."""
    for old in root.parent.glob("writing-*"):
        if time.time() - old.stat().st_mtime > STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    staging = root.parent / f"writing-{secrets.token_hex(8)}"
    try:
        staging.mkdir(parents=True)
        yield staging
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        _prune(root)
        raise
    shutil.rmtree(staging, ignore_errors=True)


def _draw_all(
    twin: Twin, names: Sequence[Name], staging: Path, progress: Callable[[int], None]
) -> None:
    from laptime.datasets import _draw

    artist = _draw.Artist(twin)
    for name in dict.fromkeys(name for name, _ in names):
        (staging / name).mkdir()

    def task(part: Sequence[Name]) -> int:
        for name, number in part:
            content = artist.jpeg(name, number)
            (staging / name / f"{number}.jpg").write_bytes(content)
        return len(part)

    done = 0
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="twin") as pool:
        tasks = [
            pool.submit(task, names[start : start + TOGETHER])
            for start in range(0, len(names), TOGETHER)
        ]
        try:
            for finished in as_completed(tasks):
                done += finished.result()
                progress(done * (twin.mean_bytes + SLACK))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _publish(names: Sequence[Name], staging: Path, root: Path) -> None:
    """Move the files into place; on any failure those that came from here are taken away again.

    A file that another process has put there meanwhile is the same and stays.
    """
    moved: list[Path] = []
    try:
        for name, number in names:
            place = root / name / f"{number}.jpg"
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(staging / name / place.name, place)  # noqa: PTH105 - a test makes it fail
                moved.append(place)
    except BaseException:
        for place in moved:
            place.unlink(missing_ok=True)
        raise


def _prune(root: Path) -> None:
    """Remove folders that hold nothing."""
    for folder in [*root.glob("*/"), root, root.parent]:
        try:
            folder.rmdir()
        except OSError:
            continue  # it holds something, or another process needs it
