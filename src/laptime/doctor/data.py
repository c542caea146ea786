"""Datasets: which real ones are on this machine, and room for the synthetic ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from laptime import datasets, registry
from laptime.doctor import Case, Finding
from laptime.doctor._shell import given, without
from laptime.download import gigabytes
from laptime.errors import DataError
from laptime.runner import plan

TITLE = "datasets and disk space"
ORDER = 110
FAST = True

SPARE_BYTES = 1_000_000_000
"""A disk with less left than this makes systems slow and downloads fail."""


def check(case: Case) -> Iterator[Finding]:  # noqa: ARG001 - the same for every engine
    """Where real data lies; what synthetic photos a quick run would still write."""
    origins: dict[str, str | None] = {}
    try:
        for name in registry.names("datasets"):
            found = datasets.locate(registry.load("datasets", name))
            origins[name] = found.origin if found else None
    except DataError:
        yield Finding(
            outcome="fail",
            about="real data",
            evidence="LAPTIME_DATA names no folder that can be opened",
            fix="Let it name one, or unset it:",
            command=without("LAPTIME_DATA"),
        )
    else:
        yield real(origins)
    yield space(datasets.free_bytes(), need_bytes=_need_bytes())


def _need_bytes() -> int:
    """What a quick run of all workloads would still write, at most: some share their photos."""
    photos = [name for name in plan.choose_workloads(()) if plan.is_photos(name)]
    one_each = {registry.load("workloads", name).WORKLOAD.dataset: name for name in photos}
    subset = datasets.QUICK_FILES
    return sum(plan.twin_need(name, subset=subset).bytes for name in one_each.values())


def real(origins: Mapping[str, str | None]) -> Finding:
    """What is to be said of real data; dataset -> whose cache it lies in."""
    here = [f"{name} ({origin})" for name, origin in origins.items() if origin]
    absent = [name for name, origin in origins.items() if not origin]
    told = f"found: {', '.join(here)}" if here else "none found"
    if absent:
        told += f"; synthetic until they are fetched: {', '.join(absent)}"
    return Finding(outcome="ok", about="real data", evidence=told)


def space(free_bytes: int, *, need_bytes: int) -> Finding:
    """What is to be said of the disk of the cache.

    Args:
        free_bytes: on it.
        need_bytes: that a quick run of all workloads would still write.
    """
    needed = gigabytes(need_bytes)
    told = f"{gigabytes(free_bytes)} free for the cache; a quick run writes up to {needed}"
    fix = "Free some space, or name a folder on a larger disk:"
    command = given("LAPTIME_CACHE", "/path/on/a/larger/disk")
    if free_bytes < need_bytes:
        return Finding(outcome="fail", about="disk", evidence=told, fix=fix, command=command)
    if free_bytes - need_bytes < SPARE_BYTES:
        return Finding(outcome="warn", about="disk", evidence=told, fix=fix, command=command)
    return Finding(outcome="ok", about="disk", evidence=told)
