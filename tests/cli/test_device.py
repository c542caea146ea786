"""A device that was asked for and cannot be had ends a run with 3: there is no silent falling back."""

from __future__ import annotations

import json

from laptime.cli import root
from laptime.errors import EXIT_ENVIRONMENT
from laptime.runner.messages import Probed
from laptime.runner.probing import probe
from tests.plugs import FAKE

# Says that it may have CUDA somewhere, and finds none here.
WITHOUT = FAKE + 'DEVICES = ("cuda", "fake")\n'


def run(capsys, *arguments):
    command = ["run", "mnist-mlp", *arguments, "--data", "synthetic", "--json"]
    code = root.main(command, standalone_mode=False)
    return code, json.loads(capsys.readouterr().out)


def test_cuda_that_is_not_there_ends_with_3_and_measures_nothing(store, plug_in, capsys) -> None:
    plug_in("without", WITHOUT)
    code, document = run(capsys, "--engine", "without", "--device", "cuda")
    assert code == EXIT_ENVIRONMENT
    assert document["results"] == []
    [problem] = document["problems"]
    assert "'cuda' cannot be used here; usable: fake" in problem
    assert store.ids() == []


def test_another_engine_that_has_it_does_not_hide_that(store, plug_in, capsys) -> None:
    plug_in("without", WITHOUT)
    plug_in("other", WITHOUT + "from laptime.engines import Device\n"
            'def devices():\n    return [Device("cuda", None)]\n')  # fmt: skip
    chosen = ["--engine", "without", "--engine", "other"]
    code, document = run(capsys, *chosen, "--device", "cuda")
    assert code == EXIT_ENVIRONMENT
    assert {(each["engine"], each["device"]) for each in document["results"]} == {("other", "cuda")}


def test_pytorch_never_takes_the_processor_in_place_of_a_card(store, capsys) -> None:
    """Whole, with the real framework, for whichever kind of card this machine has not."""
    found = probe(["torch"])["torch"]
    assert isinstance(found, Probed)
    here = {device.key for device in found.devices}
    missing = next(kind for kind in ("cuda", "xpu", "mps") if kind not in here)
    code, document = run(capsys, "--engine", "torch", "--device", missing)
    assert code == EXIT_ENVIRONMENT
    assert document["results"] == []
    assert f"'{missing}' cannot be used here; usable: " in document["problems"][0]
    assert store.ids() == []
