"""What becomes of a proof where an engine, or the yardstick, does not work."""

from __future__ import annotations

import pytest

from laptime import proof
from laptime.proof import Proof, Way, prove
from tests.plugs import DIES, FAKE, plug_in

__all__ = ["plug_in"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A worker each."""
    found: list[object] = []
    child = proof.Child

    def start(**given: object) -> object:
        found.append(given)
        return child(**given)

    monkeypatch.setattr(proof, "Child", start)
    return found


def proofs(*engines: str) -> list[Proof]:
    ways = [
        Way(engine=engine, setup=setup, options={}) for engine in engines for setup in ("a", "b")
    ]
    return list(prove(["mnist-mlp", "fashion-mnist-mlp"], ways, on_event=lambda *_: None))


def test_an_engine_that_does_not_start_is_started_once(plug_in, started) -> None:
    plug_in("dying", DIES + FAKE)
    found = proofs("dying")
    assert len(started) == 2  # the reference's, and one of four
    assert [each.equal for each in found] == [None] * 4
    assert {each.reason for each in found} == {found[0].reason}
    assert "during import" in (found[0].reason or "")


def test_a_reference_that_fails_proves_nothing_and_says_so(plug_in, monkeypatch) -> None:
    plug_in("dying", DIES + FAKE)
    monkeypatch.setattr(proof, "REFERENCE", "dying")
    found = proofs("torch")
    assert [each.equal for each in found] == [None] * 4
    assert all((each.reason or "").startswith("the reference ended with") for each in found)
