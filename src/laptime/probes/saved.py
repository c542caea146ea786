"""Probes on disk: beside the results, with an ending of their own, so that none is taken for one."""

from __future__ import annotations

from pathlib import Path

from laptime.errors import StoreError
from laptime.probes.record import Probe, decode, encode
from laptime.store import PROBES, Store, read

ENDING = PROBES


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
    return read(path, decode)


def load_all(store: Store) -> tuple[list[Probe], list[StoreError]]:
    """Every probe that can be read, oldest first, and what is wrong with the others.

    Raises:
        StoreError: the folder cannot be read.
    """
    return store.read_all(ENDING, decode)
