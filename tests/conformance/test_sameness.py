"""Every engine does every workload's work, in each of its setups: proved against the reference."""

from __future__ import annotations

import shutil

import pytest

from laptime import registry
from laptime.proof import Proof, Way, prove
from laptime.runner import plan, setups

WAYS = [
    Way(engine=engine, setup=setup, options=setups.resolve(engine, setup), device="cpu")
    for engine in plan.by_preference()
    for setup in plan.engine_facts(engine)["SETUPS"]
]

COMPILED = (("torch", {"compile": "step"}), ("keras-torch", {"graph": "compiled"}))
"""Options that are in no named setup, and that `tune` tries; on the workload that compiles soonest."""

pytestmark = [pytest.mark.long]


@pytest.fixture(scope="module")
def proofs() -> dict[tuple[str, str, str], Proof]:
    """All at once: the reference computes each trial one time only."""
    found = prove(registry.names("workloads"), WAYS, on_event=lambda *_: None)
    return {(proof.workload, proof.engine, proof.setup): proof for proof in found}


@pytest.mark.parametrize("workload", registry.names("workloads"))
@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.engine} {way.setup}")
def test_the_work_is_equal(workload: str, way: Way, proofs: dict[tuple[str, str, str], Proof]):
    proof = proofs[workload, way.engine, way.setup]
    assert proof.equal, proof.reason
    assert proof.proof == ("forward" if workload.startswith("createml") else "full")
    assert len(proof.checks) > 10


@pytest.mark.skipif(shutil.which("c++") is None, reason="needs a C++ compiler")
@pytest.mark.parametrize(("engine", "changes"), COMPILED, ids=str)
def test_what_is_compiled_is_equal(engine: str, changes: setups.Options) -> None:
    options = setups.resolve(engine, "tuned", changes)
    way = Way(engine=engine, setup="tuned", options=options, device="cpu")
    (proof,) = prove(["mnist-mlp"], [way], on_event=lambda *_: None)
    assert proof.equal, proof.reason
