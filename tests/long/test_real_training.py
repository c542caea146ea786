"""The published recipes on the real images reach what their authors' networks reach."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from laptime import datasets, registry
from laptime.engines import Job
from laptime.initial import initial_weights
from laptime.pipeline import Batches

pytestmark = pytest.mark.long
pytest.importorskip("torch", reason="needs the extra 'torch'")


def run(*arguments: str, store: Path) -> list[dict[str, object]]:
    """The results of `laptime run ... --json`."""
    finished = subprocess.run(
        [sys.executable, "-m", "laptime", "run", *arguments, "--json"],
        env={**os.environ, "LAPTIME_STORE": str(store)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    results: list[dict[str, object]] = json.loads(finished.stdout)["results"]
    return results


@pytest.mark.parametrize(
    ("workload", "dataset", "accuracy"),
    [("fashion-mnist-mlp", "fashion-mnist", 0.87), ("mnist-mlp", "mnist", 0.97)],
)
@pytest.mark.parametrize("setup", ["plain", "tuned"])
def test_the_whole_recipe_reaches_its_accuracy(
    workload: str, dataset: str, accuracy: float, setup: str, tmp_path: Path
) -> None:
    if datasets.locate(registry.load("datasets", dataset)) is None:
        pytest.skip(f"the real {dataset} is not on this machine; see .ci/real-data")
    options = ["--profile", "full", "--data", "real", "--setup", setup]
    (result,) = run(workload, *options, store=tmp_path)
    assert result["data"] == "real"
    assert result["learned"] is True
    assert result["test_accuracy"] >= accuracy
    assert result["total_is_estimate"] is False


@pytest.mark.parametrize("setup", ["plain", "tuned"])
def test_every_workload_learns_from_its_synthetic_twin(setup: str, tmp_path: Path) -> None:
    names = registry.names("workloads")
    results = run(*names, "--data", "synthetic", "--setup", setup, store=tmp_path)
    assert [result["workload"] for result in results] == names
    for result in results:
        assert result["outcome"] == "ok"
        assert result["data"] == "synthetic"
        judged = result["learned"] is not None
        assert result["learned"] or (not judged and "judged after" in result["reasons"]["learned"])


@pytest.mark.parametrize("setup", ["plain", "tuned"])
@pytest.mark.parametrize("name", registry.names("workloads"))
def test_a_synthetic_target_is_reached_in_its_steps(name: str, setup: str) -> None:
    workload = registry.load("workloads", name).WORKLOAD
    arrays = datasets.read(registry.load("datasets", workload.dataset), None)
    recipe = workload.recipe
    batches = Batches(
        arrays.train_x,
        arrays.train_y,
        batch_size=recipe.batch_size,
        shuffle=recipe.shuffle,
        seed=7,
        now_ns=lambda: 0,
    )
    job = Job(
        network=workload.network,
        recipe=recipe,
        device="cpu",
        precision="float32",
        setup=setup,
        seed=7,
    )
    weights = initial_weights(workload.network, seed=7)
    session = registry.load("engines", "torch").start(job, weights=weights, batches=batches)
    (target,) = (target for target in workload.targets if target.data == "synthetic")
    session.train(target.after_steps)
    assert session.evaluate(arrays.test_x, arrays.test_y)[1] >= target.accuracy
