"""Memory that is free now, against what the workloads want; and swap."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import psutil

from laptime import memory as needs
from laptime import registry
from laptime.doctor import Case, Finding
from laptime.doctor._units import gib
from laptime.runner import plan

TITLE = "memory and swap"
ORDER = 100
FAST = True

SWAP_SHARE = 0.10
"""More of the memory's size than this in swap: it was short not long ago."""
SAMPLE_S = 0.05


def check(case: Case) -> Iterator[Finding]:
    """Free memory, and what moves to and from swap within a moment."""
    virtual = psutil.virtual_memory()
    free = min(virtual.available, case.machine.memory_limit_bytes or virtual.available)
    yield free_memory(free, _wanted())
    before = psutil.swap_memory()
    time.sleep(SAMPLE_S)
    after = psutil.swap_memory()
    # On macOS these two count what is read of mapped files too: nothing to do with short memory.
    moved = 0 if psutil.MACOS else after.sin + after.sout - before.sin - before.sout
    yield swap(after.used, moved_bytes=moved, memory_bytes=virtual.total)


def _wanted() -> dict[str, int]:
    """Workload -> bytes it will want at its published batch size."""
    found = {}
    for name in plan.choose_workloads(()):
        workload = registry.load("workloads", name).WORKLOAD
        found[name] = needs.need_bytes(workload.network, batch_size=workload.recipe.batch_size)
    return found


def free_memory(free_bytes: int, wanted: Mapping[str, int]) -> Finding:
    """What is to be said of free memory.

    Args:
        free_bytes: that this process could have.
        wanted: workload -> bytes.
    """
    largest = max(wanted.values())
    told = f"{gib(free_bytes)} free; the workloads want up to {gib(largest)}"
    too_large = [name for name, count in wanted.items() if count > free_bytes]
    if len(too_large) == len(wanted):
        return Finding(
            outcome="fail",
            about="memory",
            evidence=f"{told}: too little for any",
            fix="Close other programs, or give the container more.",
        )
    if too_large:
        return Finding(
            outcome="warn",
            about="memory",
            evidence=f"{told}: smaller batches, and no rank, for {', '.join(too_large)}",
            fix="Close other programs, or run the workloads that fit.",
        )
    return Finding(outcome="ok", about="memory", evidence=told)


def swap(used_bytes: int, *, moved_bytes: int, memory_bytes: int) -> Finding:
    """What is to be said of swap.

    Args:
        used_bytes: that lie in it.
        moved_bytes: to and from it, while it was looked at.
        memory_bytes: of the machine.
    """
    told = f"{gib(used_bytes)} used"
    if moved_bytes > 0:
        return Finding(
            outcome="warn",
            about="swap",
            evidence=f"{told}, and {moved_bytes / 1e6:,.1f} MB moved in {SAMPLE_S} s",
            fix="Memory is short now: close other programs before anything is measured.",
        )
    if used_bytes > SWAP_SHARE * memory_bytes:
        return Finding(
            outcome="warn",
            about="swap",
            evidence=told,
            fix="Memory was short not long ago: close what is not needed.",
        )
    return Finding(outcome="ok", about="swap", evidence=told)
