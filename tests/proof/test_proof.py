"""The proof passes what is equal, and catches every classic mistake."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from laptime import registry
from laptime.layers import Network
from laptime.proof import judge
from laptime.proof.trials import NODES, Trials, trials_of
from laptime.runner.setups import resolve
from laptime.runner.trial import attempt
from tests.proof import reduced
from tests.proof.traps import TRAPS

REFERENCE = registry.load("engines", "reference")


def trials(network: Network) -> Trials:
    return trials_of(
        replace(registry.load("workloads", "cifar10-tinyvgg").WORKLOAD, network=network)
    )


def found(engine: Any, tried: Trials, options: dict[str, Any]) -> dict[int, judge.Found]:
    """What an engine makes of all trials, in this process."""
    wanted = [tried.whole, tried.real, tried.smooth, tried.optimizer, *tried.nodes.values()]
    return {
        trial.key: judge.Found(
            *attempt(engine, trial, device="cpu", precision="float32", options=options)
        )
        for trial in wanted
        if trial is not None
    }


def failed(engine: Any, network: Network, options: dict[str, Any] | None = None) -> list[str]:
    """Names of the comparisons that an engine does not pass."""
    tried = trials(network)
    checks = judge.full(tried, found(engine, tried, options or {}), found(REFERENCE, tried, {}))
    return [check.name for check in checks if not check.is_met]


@pytest.mark.parametrize("name", TRAPS)
def test_every_trap_is_caught(name: str) -> None:
    trap = TRAPS[name]
    assert failed(trap(), trap.network)


@pytest.mark.parametrize("setup", ["plain", "tuned"])
@pytest.mark.parametrize("name", reduced.NETWORKS)
def test_pytorch_passes(name: str, setup: str) -> None:
    torch = registry.load("engines", "torch")
    assert failed(torch, reduced.NETWORKS[name], resolve("torch", setup)) == []


def test_work_that_is_not_there_is_caught() -> None:
    class Miscounted:
        """Says of its network what is not there."""

        def start(self, job: Any, **given: Any) -> Any:
            session = REFERENCE.start(job, **given)
            session.forward_flops = lambda: job.network.forward_flops + 2
            return session

    assert failed(Miscounted(), reduced.NETWORKS["dense"]) == ["FLOPs"]


def test_every_kind_of_layer_has_a_trial_of_its_own() -> None:
    kinds = {name.partition(" ")[0] for name in NODES}
    used = {
        kind
        for name in registry.names("workloads")
        for kind in trials_of(registry.load("workloads", name).WORKLOAD).nodes
    }
    assert {name.partition(" ")[0] for name in used} <= kinds
    for name in registry.names("workloads"):
        workload = registry.load("workloads", name).WORKLOAD
        tried = {kind.partition(" ")[0] for kind in trials_of(workload).nodes}
        placed = {type(p.layer).__struct_config__.tag for p in workload.network.placed()}
        assert placed - {"activation"} <= tried


def test_a_network_that_trains_nothing_is_proved_by_its_output() -> None:
    workload = registry.load("workloads", "createml-food10").WORKLOAD
    assert trials_of(workload).kind == "forward"
    assert trials_of(registry.load("workloads", "mnist-mlp").WORKLOAD).kind == "full"


def test_another_precision_is_held_to_its_first_loss() -> None:
    class Dark:
        """Shows the network images of half the light."""

        def start(self, job: Any, *, weights: Any, batches: Any) -> Any:
            body = job.network.body
            half = replace(body.layers[0], scale=body.layers[0].scale / 2)
            network = replace(job.network, body=replace(body, layers=(half, *body.layers[1:])))
            return torch.start(replace(job, network=network), weights=weights, batches=batches)

    torch = registry.load("engines", "torch")
    tried = trials(reduced.NETWORKS["convolutions"])
    options = resolve("torch", "plain")
    truth = found(REFERENCE, replace(tried, nodes={}), {})
    for engine, is_same in ((torch, True), (Dark(), False)):
        attempted = attempt(
            engine, tried.recipe, device="cpu", precision="bfloat16", options=options
        )
        (check,) = judge.recipe(tried, {tried.recipe.key: judge.Found(*attempted)}, truth)
        assert check.name == "first loss"
        assert check.is_met is is_same
