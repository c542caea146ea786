"""For all tests: property tests are about what is true, not about how fast a busy machine is.

With several workers (pytest -n) each has a core of its own: two frameworks that both want all cores
take ten times as long as one after the other.
"""

import os

from hypothesis import settings

settings.register_profile("laptime", deadline=None)
settings.load_profile("laptime")


def pytest_configure() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})
