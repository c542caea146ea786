"""Every engine does every workload's work, in each of its setups: proved against the reference."""

from __future__ import annotations

import shutil
from functools import cache

import pytest

from laptime import registry
from laptime.proof import Proof, Way, prove
from laptime.runner import plan, setups

ENGINES = plan.by_preference()
HALVES = (ENGINES[: len(ENGINES) // 2], ENGINES[len(ENGINES) // 2 :])
"""For two workers of pytest: each lets the reference compute each trial once."""
WAYS = [
    pytest.param(half, engine, setup, id=f"{engine} {setup}", marks=pytest.mark.xdist_group(half))
    for half, engines in zip(("first", "second"), HALVES, strict=True)
    for engine in engines
    for setup in plan.engine_facts(engine)["SETUPS"]
]

COMPILED = (("torch", {"compile": "step"}), ("keras-torch", {"graph": "compiled"}))
"""Options that are in no named setup, and that `tune` tries; on the workload that compiles soonest."""

pytestmark = [pytest.mark.long]


@cache
def proofs(half: str) -> dict[tuple[str, str, str], Proof]:
    """All of a half at once."""
    ways = [
        Way(engine=engine, setup=setup, options=setups.resolve(engine, setup), device="cpu")
        for each, engine, setup in (way.values for way in WAYS)
        if each == half
    ]
    found = prove(registry.names("workloads"), ways, on_event=lambda *_: None)
    return {(proof.workload, proof.engine, proof.setup): proof for proof in found}


@pytest.mark.parametrize("workload", registry.names("workloads"))
@pytest.mark.parametrize(("half", "engine", "setup"), WAYS)
def test_the_work_is_equal(workload: str, half: str, engine: str, setup: str) -> None:
    proof = proofs(half)[workload, engine, setup]
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
