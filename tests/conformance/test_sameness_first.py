"""The work of the first half of the engines is equal."""

from __future__ import annotations

import pytest

from laptime import registry
from tests.conformance import sameness

pytestmark = pytest.mark.long


@pytest.mark.parametrize("workload", registry.names("workloads"))
@pytest.mark.parametrize(("engine", "setup"), sameness.ways(0))
def test_the_work_is_equal(workload: str, engine: str, setup: str) -> None:
    sameness.is_equal(0, workload, engine, setup)
