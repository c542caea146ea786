"""Probes on disk: beside the results, with an ending of their own, so that none is taken for one."""

from __future__ import annotations

from pathlib import Path

from laptime.errors import RecordError, StoreError
from laptime.probes.record import Probe, decode, encode
from laptime.store import Store

ENDING = ".probe"


def save(probe: Probe, *, store: Store) -> Path:
    """Write it, whole or not at all.

    Raises:
        StoreError: it could not be written.
    """
    return store.write_beside(f"{probe.id}{ENDING}", encode(probe))


def load(path: Path) -> Probe:
    """Read one.

    Raises:
        RecordError: the file is damaged, no probe, or from a newer laptime.
        StoreError: it cannot be read.
    """
    try:
        return decode(path.read_bytes())
    except RecordError as error:
        raise RecordError(f"{path.name}: {error}") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(f"cannot read {path}: {reason}; allow it, or restore a copy") from error


def load_all(store: Store) -> tuple[list[Probe], list[StoreError]]:
    """Every probe that can be read, oldest first, and what is wrong with the others.

    Raises:
        StoreError: the folder cannot be read.
    """
    probes: list[Probe] = []
    problems: list[StoreError] = []
    for name in store.ids(ENDING):
        try:
            probes.append(load(store.folder / f"{name}{ENDING}"))
        except StoreError as problem:
            problems.append(problem)
    return probes, problems
