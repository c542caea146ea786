"""What a container, or whoever started this process, lets it use of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator

from laptime.doctor import Case, Finding
from laptime.doctor._shell import given
from laptime.doctor._units import gib

TITLE = "limits of a container"
ORDER = 70
FAST = True

LEAST_BYTES = 3_000_000_000
"""With less, the larger photo workloads step down to smaller batches."""


def check(case: Case) -> Iterator[Finding]:
    """The limits of cores and memory in the machine's record."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    yield cores(case, allowed=allowed)
    yield memory(case)


def cores(case: Case, *, allowed: int | None) -> Finding:
    """Cores this process may use.

    Args:
        case: with the machine.
        allowed: cores on which it may be scheduled; frameworks start a thread on each. None where the
            system does not tell.
    """
    machine = case.machine
    usable, there = machine.cores_usable, machine.cores_logical
    told = f"{usable:g} of {there} cores"
    if allowed is not None and usable < allowed:
        whole = max(1, int(usable))
        return Finding(
            outcome="warn",
            about="cores",
            evidence=f"{told} by quota, and threads are started for {allowed}: they are stopped in "
            "the middle of their work",
            fix="Give whole cores in place of a share of the time (docker: --cpuset-cpus, "
            "Kubernetes: equal requests and limits), or start as many threads as there are cores:",
            command=given("OMP_NUM_THREADS", str(whole)),
        )
    return Finding(outcome="ok", about="cores", evidence=told)


def memory(case: Case) -> Finding:
    """The limit of a container's memory."""
    limit = case.machine.memory_limit_bytes
    there = case.machine.memory_bytes
    if limit is None:
        return Finding(
            outcome="ok", about="memory", evidence=f"no limit below the machine's {gib(there)}"
        )
    told = f"{gib(limit)} of the machine's {gib(there)}"
    if limit < LEAST_BYTES:
        return Finding(
            outcome="warn",
            about="memory",
            evidence=f"{told}: the larger workloads will run out of it",
            fix="Give the container more (docker: --memory), or run the small workloads.",
            command="laptime run 'mnist-*' 'fashion-*' 'cifar10-*'",
        )
    return Finding(outcome="ok", about="memory", evidence=told)
