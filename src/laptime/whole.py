"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write(target: Path, content: bytes) -> None:
    """Write under a name of its own beside the target, flush it to the disk, then give it its name.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    fresh = target.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
