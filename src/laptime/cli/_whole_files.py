"""Files for people: written whole or not at all, in place of what was there."""

from __future__ import annotations

from pathlib import Path

from laptime import whole
from laptime.errors import EnvironmentUnfitError, UsageError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a name of its own first, then give it its name.

    Args:
        path: of the file; what it names may be a pipe or a device, which is written to as it is.
        content: all of it.

    Raises:
        UsageError: it is a folder, or lies in none.
        EnvironmentUnfitError: it cannot be written; what was there before is untouched.
    """
    target = path.expanduser()
    if target.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}; make it first, or name another")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        whole.write(target.resolve(), content)
    except OSError as error:
        raise EnvironmentUnfitError(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}; name another place with -o"
        ) from error
