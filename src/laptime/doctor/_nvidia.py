"""What NVIDIA's driver says: its version, the CUDA that it brings, and how busy its cards are.

Read from the text of `nvidia-smi` and of /proc/driver/nvidia/version; not run on such a machine by us.
Which driver is enough for which CUDA is NVIDIA's table:
https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
"""

from __future__ import annotations

import re
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from laptime.machine import nvidia_driver, read, run

Cuda = tuple[int, int]

NEEDED = {13: 580, 12: 525, 11: 450}
"""CUDA's major version -> the oldest driver with which programs built for it run."""
WSL = "/usr/lib/wsl/lib/nvidia-smi"
"""Where Windows puts it for the Linux inside it; not on every PATH."""
ASK_S = 3.0
"""Machines with many cards and without nvidia-persistenced take seconds."""

_DRIVER = re.compile(r"(?:Driver|KMD) Version:\s*([\d.]+)")
# Since driver 610 it says 'CUDA UMD Version'.
_CUDA = re.compile(r"CUDA(?: UMD)? Version:\s*(\d+)\.(\d+)")
_BUSY = re.compile(r"\|\s*(\d+)MiB\s*/\s*(\d+)MiB\s*\|\s*(\d+)%")
_PROBLEM = re.compile(
    r"NVIDIA-SMI has failed[^\n]*|Failed to initialize NVML[^\n]*|No devices were found[^\n]*"
)


class Card(NamedTuple):
    """How busy a card is, as `nvidia-smi` prints it."""

    used_bytes: int
    memory_bytes: int
    utilisation: float
    """0 to 1, over the last fraction of a second."""


class Driver(NamedTuple):
    """NVIDIA's driver on this machine."""

    version: str | None
    """'535.183.01'; None where it is not told."""
    cuda: Cuda | None
    """The newest CUDA that it knows."""
    cards: tuple[Card, ...] = ()
    problem: str | None = None
    """What `nvidia-smi` said in place of an answer."""


def parse(text: str) -> Driver:
    """What `nvidia-smi` printed."""
    driver, cuda, problem = _DRIVER.search(text), _CUDA.search(text), _PROBLEM.search(text)
    return Driver(
        version=driver[1] if driver else None,
        cuda=(int(cuda[1]), int(cuda[2])) if cuda else None,
        cards=tuple(
            Card(int(used) * 2**20, int(all_of) * 2**20, int(share) / 100)
            for used, all_of, share in _BUSY.findall(text)
        ),
        problem=problem[0].strip() if problem else None,
    )


def number(version: str) -> int:
    """'535.183.01' is 535: the branch, by which NVIDIA's table goes."""
    return int(version.partition(".")[0])


@cache
def look() -> Driver | None:
    """The driver; None where there is none to see. Asked once: it may take a second."""
    # NVML's own account first; it is slow or silent where the driver is broken.
    tool = shutil.which("nvidia-smi") or (WSL if Path(WSL).exists() else None)
    told = parse(run(tool, timeout_s=ASK_S) or "") if tool else None
    loaded = None
    if sys.platform == "linux":
        loaded = nvidia_driver(read(Path("/proc/driver/nvidia/version")) or "")
    if told is None and loaded is None:
        return None
    told = told or Driver(None, None)
    return told._replace(version=told.version or loaded)
