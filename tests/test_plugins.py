"""A workload is one file, an engine is one file; and a bad one harms nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from laptime.cli import root
from laptime.errors import EXIT_ENVIRONMENT, UnknownNameError, UsageError
from laptime.runner import child, plan, probing
from laptime.runner.messages import Probed
from laptime.store import Store
from tests import prose
from tests.plugs import DIES, FAKE, HANGS, NOISY, plug_in

__all__ = ["plug_in"]

ADDING = Path(__file__).parents[1] / "docs" / "adding.md"
LIMIT_S = 6.0
WORKLOAD = '''
"""Logistic regression, by the recipe of MNIST's perceptron."""
from msgspec.structs import replace

from laptime.layers import Dense, Flatten, Network, Rescale, Sequence
from laptime.workloads.mnist_mlp import WORKLOAD as PERCEPTRON

LINE = Sequence(layers=(Rescale(), Flatten(), Dense(units=10)))
WORKLOAD = replace(PERCEPTRON, network=Network(input_shape=(28, 28, 1), body=LINE))
'''


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.setenv("LAPTIME_STORE", str(tmp_path / "store"))
    return Store(tmp_path / "store")


@pytest.fixture
def run(store, capsys):
    """Exit code, the document on stdout, and stderr."""

    def call(*arguments: str):
        command = ["run", *arguments, "--data", "synthetic", "--json"]
        code = root.main(command, standalone_mode=False)
        printed = capsys.readouterr()
        return code, json.loads(printed.out), printed.err

    return call


def engine_of_the_docs() -> str:
    fences = prose.fences(ADDING.read_text("utf-8"))
    return next(f.text for f in fences if f.text.startswith("# laptime_mine/engines/"))


def test_a_new_file_of_each_runs(run, plug_in) -> None:
    plug_in("mnist-line", WORKLOAD, room="workloads")
    plug_in("one-file", engine_of_the_docs())
    code, document, _ = run("mnist-line", "--engine", "one-file")
    assert code == 0
    [result] = document["results"]
    assert (result["workload"], result["engine"]) == ("mnist-line", "one-file")
    assert result["test_accuracy"] > 0.5


def test_a_new_workload_runs_on_engines_that_do_not_know_it(run, plug_in) -> None:
    plug_in("mnist-line", WORKLOAD, room="workloads")
    code, document, _ = run("mnist-line", "--engine", "fake")
    assert (code, document["results"][0]["outcome"]) == (0, "ok")


@pytest.mark.parametrize(
    ("literals", "says"),
    [
        ('TITLE = "half"\nMODULES = ("json",)\n', "it has no literal EXTRA, DEVICES, PRECISIONS"),
        (FAKE + 'MODULES = ("no_such_framework.core",)\n', "missing"),
    ],
)
def test_an_engine_that_is_not_done_stops_no_command(plug_in, capsys, literals, says) -> None:
    plug_in("half", literals)
    assert "half" not in [name for name in plan.by_preference() if plan.is_installed(name)]
    root.main(["list", "engines", "--no-try", "--json"], standalone_mode=False)
    items = json.loads(capsys.readouterr().out)["results"]
    [half] = [item for item in items if item["name"] == "half"]
    assert says in (half["reason"] or "") + half["state"]


def test_of_all_engines_those_without_the_device_are_left_out(monkeypatch) -> None:
    monkeypatch.setattr(plan, "is_installed", lambda _: True)
    told: list[str] = []
    chosen = plan.choose_able(["all"], device="cuda", precision="float32", tell=told.append)
    assert "torch" in chosen
    assert "mlx" not in chosen
    assert [line.partition(" ")[0] for line in told] == ["mlx"]
    with pytest.raises(UnknownNameError):
        plan.choose_able(["all", "mlx"], device="cuda", precision="float32", tell=told.append)
    with pytest.raises(UsageError, match="no engine that is installed"):
        plan.choose_able(["all"], device="tpu", precision="float32", tell=told.append)


def test_bad_engines_are_told_and_the_others_run(run, plug_in, store, monkeypatch) -> None:
    monkeypatch.setattr(child, "IMPORT_LIMIT_S", LIMIT_S)
    for name, beginning in (("hanging", HANGS), ("dying", DIES), ("noisy", NOISY)):
        plug_in(name, beginning + FAKE)
    names = ("hanging", "dying", "noisy", "fake")
    chosen = [word for name in names for word in ("--engine", name)]
    code, document, told = run("mnist-mlp", "mnist-lenet", *chosen)
    assert code == EXIT_ENVIRONMENT
    assert sorted({result["engine"] for result in document["results"]}) == ["fake", "noisy"]
    assert {result["outcome"] for result in document["results"]} == {"ok"}
    assert len(store.ids()) == 4
    hanging, dying = document["problems"]  # each once, not once for each workload
    assert f"'hanging' does not start: no sign of life for {LIMIT_S:.0f} s" in hanging
    assert "'dying' does not start: ended with exit code 9: no such instruction" in dying
    assert "choose another --engine" in told


def test_bad_engines_are_probed_within_their_limit(plug_in, monkeypatch) -> None:
    monkeypatch.setattr(probing, "LIMIT_S", LIMIT_S)
    bad = {
        "hanging": HANGS + FAKE,
        "dying": DIES + FAKE,
        "failing": "import no_such_framework\n" + FAKE,
        "idle": FAKE + "def devices():\n    return []\n",
    }
    for name, text in (bad | {"noisy": NOISY + FAKE}).items():
        plug_in(name, text)
    found = probing.probe([*bad, "noisy"])
    assert isinstance(found["noisy"], Probed)
    assert found["idle"] == probing.NO_DEVICE
    assert found["failing"] == "ModuleNotFoundError: No module named 'no_such_framework'"
    assert found["hanging"].startswith("no sign of life")
    assert found["dying"].startswith("ended with exit code 9")


def test_an_engine_that_is_no_python_stops_no_worker(plug_in) -> None:
    plug_in("torn", "MODULES = (")
    plug_in("whole", FAKE)
    assert isinstance(probing.probe(["whole"])["whole"], Probed)
