"""The work of the second half of the engines is equal, and that of compiled graphs."""

from __future__ import annotations

import shutil

import pytest

from laptime import registry
from laptime.proof import Way, prove
from laptime.runner import setups
from tests.conformance import sameness

COMPILED = (("torch", {"compile": "step"}), ("keras-torch", {"graph": "compiled"}))
"""Options that are in no named setup, and that `tune` tries; on the workload that compiles soonest."""

pytestmark = pytest.mark.long


@pytest.mark.parametrize("workload", registry.names("workloads"))
@pytest.mark.parametrize(("engine", "setup"), sameness.ways(1))
def test_the_work_is_equal(workload: str, engine: str, setup: str) -> None:
    sameness.is_equal(1, workload, engine, setup)


@pytest.mark.skipif(shutil.which("c++") is None, reason="needs a C++ compiler")
@pytest.mark.parametrize(("engine", "changes"), COMPILED, ids=str)
def test_what_is_compiled_is_equal(engine: str, changes: setups.Options) -> None:
    options = setups.resolve(engine, "tuned", changes)
    way = Way(engine=engine, setup="tuned", options=options, device="cpu")
    (proof,) = prove(["mnist-mlp"], [way], on_event=lambda *_: None)
    assert proof.equal, proof.reason
