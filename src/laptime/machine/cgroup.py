"""Linux control groups, versions 1 and 2: the processor and memory a container may use.

A limit may stand on any group above ours, so every level counts and the strictest wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from laptime.machine._facts import read


class Mount(NamedTuple):
    """A control-group file system in our sight."""

    root: str
    """The group that is mounted ('/' or a container's own)."""
    point: str
    controllers: frozenset[str]
    """Of version 1; empty for version 2."""


class Limits(NamedTuple):
    """None where nothing is limited."""

    cores: float | None
    memory_bytes: int | None


def groups(text: str) -> dict[str, str]:
    """Controller -> our group, from /proc/self/cgroup; version 2 has the key ''."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[2].startswith("/"):
            found.update(dict.fromkeys(parts[1].split(","), parts[2]))
    return found


def mounts(text: str) -> list[Mount]:
    """The control-group mounts of /proc/self/mountinfo."""
    found = []
    for line in text.splitlines():
        left, dash, right = line.partition(" - ")
        ours, theirs = left.split(), right.split()
        if not dash or len(ours) < 5 or len(theirs) < 3:
            continue
        if theirs[0] in ("cgroup", "cgroup2"):
            options = theirs[2].split(",") if theirs[0] == "cgroup" else []
            found.append(Mount(_plain(ours[3]), _plain(ours[4]), frozenset(options)))
    return found


def _plain(text: str) -> str:
    """Undo the octal escapes of mountinfo: a space is written as backslash 040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def folders(group: str, mount: Mount) -> list[str]:
    """Our group's folder and those above it, up to the mount, innermost first.

    Inside a container the path may name a group outside of what is mounted; then only the mount
    itself is ours to read.
    """
    own, root = PurePosixPath(group), PurePosixPath(mount.root)
    inside = own.relative_to(root) if own.is_relative_to(root) else PurePosixPath()
    if ".." in inside.parts:  # a group above the namespace that we live in
        inside = PurePosixPath()
    steps = [inside, *inside.parents] if inside.parts else [inside]
    return [str(PurePosixPath(mount.point) / step) for step in steps]


def cores_v2(cpu_max: str | None) -> float | None:
    """Cores from `cpu.max`: '150000 100000' is 1.5, 'max 100000' is no limit."""
    parts = (cpu_max or "").split()
    if not parts or not parts[0].isdigit():
        return None
    return _ratio(int(parts[0]), int(parts[1]) if parts[1:] and parts[1].isdigit() else 100_000)


def cores_v1(quota_us: str | None, period_us: str | None) -> float | None:
    """Cores from `cpu.cfs_quota_us` and `cpu.cfs_period_us`; a quota of -1 is no limit."""
    quota, period = (quota_us or "").strip(), (period_us or "").strip()
    return _ratio(int(quota), int(period)) if quota.isdigit() and period.isdigit() else None


def _ratio(quota: int, period: int) -> float | None:
    return quota / period if quota > 0 and period > 0 else None


def memory(limit: str | None, total_bytes: int) -> int | None:
    """Bytes from `memory.max` or `memory.limit_in_bytes`; as much as there is counts as none.

    Version 1 writes 'no limit' as 9223372036854771712.
    """
    text = (limit or "").strip()
    return int(text) if text.isdigit() and 0 < int(text) < total_bytes else None


def limits(root: Path, *, total_bytes: int) -> Limits:
    """What this process may use, read under `root` ('/' outside of tests)."""
    ours = groups(read(root / "proc/self/cgroup") or "")
    cores: list[float | None] = []
    sizes: list[int | None] = []
    for mount in mounts(read(root / "proc/self/mountinfo") or ""):
        for folder, kind in _levels(root, ours, mount):
            if kind == "v2":
                cores.append(cores_v2(read(folder / "cpu.max")))
                sizes.append(memory(read(folder / "memory.max"), total_bytes))
            elif kind == "cpu":
                quota, period = (
                    read(folder / "cpu.cfs_quota_us"),
                    read(folder / "cpu.cfs_period_us"),
                )
                cores.append(cores_v1(quota, period))
            else:
                sizes.append(memory(read(folder / "memory.limit_in_bytes"), total_bytes))
    return Limits(
        cores=min((value for value in cores if value is not None), default=None),
        memory_bytes=min((value for value in sizes if value is not None), default=None),
    )


def _levels(root: Path, ours: dict[str, str], mount: Mount) -> Iterator[tuple[Path, str]]:
    """Every folder of a mount that binds us, with what is to be read there."""
    kinds: list[str] = [kind for kind in ("cpu", "memory") if kind in mount.controllers]
    for kind in kinds or ([] if mount.controllers else ["v2"]):
        group = ours.get("" if kind == "v2" else kind)
        for folder in folders(group, mount) if group else []:
            yield root / folder.lstrip("/"), kind
