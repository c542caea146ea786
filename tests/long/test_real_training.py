"""The published recipes on the real images reach what their authors' networks reach."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from laptime import datasets, registry

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
        assert result["learned"] is True, result
        assert result["data"] == "synthetic"
