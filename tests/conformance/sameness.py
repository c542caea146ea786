"""Every engine does every workload's work, in each of its setups: proved against the reference.

For two files, since pytest's workers take a file each: the proof of all engines takes ten minutes.
"""

from __future__ import annotations

from functools import cache

from laptime import registry
from laptime.proof import Proof, Way, prove
from laptime.runner import plan, setups

ENGINES = plan.by_preference()
HALVES = (ENGINES[: len(ENGINES) // 2], ENGINES[len(ENGINES) // 2 :])
"""Of the engines; each lets the reference compute each trial once."""


def ways(half: int) -> list[tuple[str, str]]:
    """Engine and setup, of half of the engines."""
    return [
        (engine, setup) for engine in HALVES[half] for setup in plan.engine_facts(engine)["SETUPS"]
    ]


@cache
def proofs(half: int) -> dict[tuple[str, str, str], Proof]:
    """All of a half at once."""
    found = prove(
        registry.names("workloads"),
        [
            Way(engine=engine, setup=setup, options=setups.resolve(engine, setup), device="cpu")
            for engine, setup in ways(half)
        ],
        on_event=lambda *_: None,
    )
    return {(proof.workload, proof.engine, proof.setup): proof for proof in found}


def is_equal(half: int, workload: str, engine: str, setup: str) -> None:
    """Assert it."""
    proof = proofs(half)[workload, engine, setup]
    assert proof.equal, proof.reason
    assert proof.proof == ("forward" if workload.startswith("createml") else "full")
    assert len(proof.checks) > 10
