"""Where a dataset may lie, in the order in which it is looked for; the first place wins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import platformdirs

from laptime.datasets import Found

# Where Debian packages such as dataset-fashion-mnist put their files.
DEBIAN = Path("/usr/share/datasets")
# torchvision takes its root as an argument; these are the ones its examples and tutorials use.
TORCHVISION = ("./data", "./datasets", "~/data", "~/datasets", "~/.cache/torchvision", "~/.torch")


def cache(part: str) -> Path:
    """A place in laptime's own cache; LAPTIME_CACHE moves the cache elsewhere."""
    root = os.environ.get("LAPTIME_CACHE") or platformdirs.user_cache_dir("laptime", False)
    return Path(root) / "data" / part


def keras() -> Path:
    """Where Keras keeps datasets; KERAS_HOME moves it."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def tfds(pattern: str) -> Iterator[Found]:
    """What TensorFlow Datasets has unpacked; its folders bear names that hold a checksum."""
    root = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
    for path in sorted((root / "downloads" / "extracted").glob(pattern)):
        yield Found(str(path), "tfds")


def candidates(
    *,
    data_dir: Path | None,
    own: Sequence[str],
    cached: Sequence[str],
    keras_paths: Sequence[str] = (),
    torchvision_path: str | None = None,
    debian_path: str | None = None,
) -> Iterator[Found]:
    """Every place that may hold a dataset, whether it exists or not.

    Args:
        data_dir: the user's folder (--data-dir); LAPTIME_DATA comes right after it.
        own: paths below the user's folders.
        cached: paths below laptime's cache.
        keras_paths: paths below Keras' cache.
        torchvision_path: path below a torchvision root.
        debian_path: path below /usr/share/datasets.
    """
    for root in (data_dir, os.environ.get("LAPTIME_DATA")):
        if root:
            yield from (Found(str(Path(root).expanduser() / part), "folder") for part in own)
    yield from (Found(str(cache(part)), "laptime") for part in cached)
    yield from (Found(str(keras() / part), "keras") for part in keras_paths)
    if torchvision_path:
        for place in TORCHVISION:
            yield Found(str(Path(place).expanduser() / torchvision_path), "torchvision")
    if debian_path:
        yield Found(str(DEBIAN / debian_path), "debian")


def first(
    places: Iterator[Found], *, holds: Callable[[Path], bool], begun: Callable[[Path], bool]
) -> Found | None:
    """First place that holds the dataset.

    A user's folder with only a part of it (`begun`) counts as found, so that reading it says what
    is missing: skipping it silently would train on other data than the user named.
    """
    for place in places:
        path = Path(place.path)
        if holds(path) or (place.origin == "folder" and begun(path)):
            return place
    return None
