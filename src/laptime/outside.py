"""Small questions to the system that never fail: a file's text, a command's output."""

from __future__ import annotations

import subprocess
from pathlib import Path


def read(path: Path) -> str | None:
    """A small system file's text; None where it is absent or may not be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def run(*command: str, timeout_s: float = 10.0) -> str | None:
    """What a command prints, or None: absent, too slow, or silent. Its exit code is ignored.

    (`sysctl` ends with 1 when a single name of many is unknown, and prints all the others.)
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace").strip() or None
