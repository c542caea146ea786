"""Weights in laptime's own cache: safetensors files, which hold numbers and no code."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from laptime.download import cannot_write
from laptime.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def folder() -> Path:
    """Where weights are kept; LAPTIME_CACHE moves the cache elsewhere."""
    import platformdirs

    root = os.environ.get("LAPTIME_CACHE") or platformdirs.user_cache_dir("laptime", False)
    return Path(root) / "weights"


def place(key: str, *, source: str) -> Path:
    """The file that keeps what was read from a file of checksum `source` ('md5:...')."""
    return folder() / f"{key}-{source.partition(':')[2][:12]}.safetensors"


def write(key: str, tensors: Mapping[str, NDArray[np.float32]], *, source: str) -> None:
    """Keep weights, whole or not at all.

    Raises:
        DataError: the cache cannot be written.
    """
    import safetensors.numpy

    target = place(key, source=source)
    facts = {"key": key, "source": source, "sha256": digest(tensors)}
    content = safetensors.numpy.save(dict(tensors), metadata=facts)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="keep-") as fresh:
            (Path(fresh) / target.name).write_bytes(content)
            (Path(fresh) / target.name).replace(target)
    except OSError as error:
        raise cannot_write(target.parent, error) from error


def read(path: Path, key: str, *, source: str) -> dict[str, NDArray[np.float32]]:
    """Kept weights, verified by the SHA-256 that was kept with them.

    Raises:
        DataError: damaged, or of something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as stream:
            facts = stream.metadata() or {}
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - no dict
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read ({error}); {_AGAIN}") from error
    if facts != {"key": key, "source": source, "sha256": digest(tensors)}:
        raise DataError(f"{path} does not hold what laptime kept there; {_AGAIN}")
    return tensors


_AGAIN = "delete it, and it is made again from the published file"


def digest(tensors: Mapping[str, NDArray[np.float32]]) -> str:
    """SHA-256 of names, shapes, types and numbers."""
    of = hashlib.sha256()
    for name in sorted(tensors):
        array = tensors[name].astype("<f4", order="C", copy=False)
        of.update(f"{name} {array.shape} {tensors[name].dtype}\n".encode())
        of.update(array.tobytes())
    return of.hexdigest()
