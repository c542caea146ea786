"""The GitHub Action: its `run` steps, executed here as a runner would; never on GitHub by us."""

from __future__ import annotations

import importlib.util
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from laptime.record import decode, encode

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = ACTION["runs"]["steps"]
SCRIPTS = [step for step in STEPS if "run" in step and step["name"] != "Install laptime"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are for bash")


def filled(text, inputs, outputs):
    """The expressions that we use, with their values."""
    known = {f"inputs.{name}": value for name, value in inputs.items()}
    known |= {f"steps.judge.outputs.{name}": value for name, value in outputs.items()}
    known["github.action_path"] = str(ROOT)
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: known.get(found[1], ""), text)


class Runner:
    """A workspace in which the action's own scripts are run."""

    def __init__(self, folder):
        self.folder, self.outputs = folder, {}
        (folder / "bin").mkdir()
        shim = folder / "bin" / "python"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
        self.summary = folder / "summary.md"
        self.written = folder / "outputs"

    def run(self, **given):
        """The exit code of the first step that fails; all are run, as after `always()`."""
        inputs = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
        quick = {"engine": "fake", "profile": "quick"}
        inputs |= quick | {name.replace("_", "-"): value for name, value in given.items()}
        self.summary.write_text("")
        self.written.write_text("")
        self.outputs, codes = {}, []
        for step in SCRIPTS:
            told = {k: filled(v, inputs, self.outputs) for k, v in step.get("env", {}).items()}
            codes.append(self._bash(step["run"], told))
            lines = self.written.read_text().splitlines()
            self.outputs = dict(line.split("=", 1) for line in lines)
        return next((code for code in codes if code), 0)

    def _bash(self, script, told):
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        files = {"GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_OUTPUT": str(self.written)}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
            check=False,
            cwd=self.folder,
            env={**os.environ, **told, **files, "PATH": path},
        ).returncode


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


def faster(folder, factor):
    """The stored baseline, as if its machine had been so much faster."""
    (path,) = (folder / ".laptime" / "baseline").glob("*.json")
    result = decode(path.read_bytes())
    processes = tuple(
        replace(p, blocks=tuple(replace(b, wall_s=b.wall_s / factor) for b in p.blocks))
        for p in result.processes
    )
    path.write_bytes(encode(replace(result, processes=processes)))
    return path


def test_the_first_run_is_kept_and_the_second_compared(runner):
    assert runner.run(fail_if="slower by 50%") == 0
    assert runner.outputs["outcome"] == "stored"
    assert "No baseline yet" in runner.summary.read_text()
    assert "| mnist-mlp | fake fake plain |" in runner.summary.read_text()
    assert runner.run() == 0
    assert runner.outputs["outcome"] == "passed"
    assert "### Compared with the baseline" in runner.summary.read_text()
    assert (runner.folder / runner.outputs["results"]).is_dir()


def test_a_slower_result_fails_the_job_and_is_still_told(runner):
    runner.run()
    path = faster(runner.folder, 30)
    assert runner.run(fail_if="slower by 5%") == 5
    assert runner.outputs["outcome"] == "crossed"
    assert "slower" in runner.summary.read_text()
    assert runner.run() == 0  # without a threshold it is only told
    named = path.rename(runner.folder / "-baseline.json")
    assert runner.run(baseline=named.name, fail_if="slower by 5%") == 5


@pytest.mark.parametrize("text", ["", "{", "[]", '{"setup": 1}'])
def test_a_broken_baseline_is_told(runner, text):
    (runner.folder / "old.json").write_text(text)
    assert runner.run(baseline="old.json") == 2
    assert "The baseline cannot be read" in runner.summary.read_text()


def test_a_run_that_fails_fails_the_job(runner):
    assert runner.run(workloads="nope") == 2
    assert runner.outputs["outcome"] == "failed"
    assert "exit code 2" in runner.summary.read_text()
    assert runner.run(arguments="--set 'x") == 2
    assert runner.outputs == {}


@pytest.mark.parametrize("name", ["workloads", "engine", "arguments", "fail_if", "baseline"])
@pytest.mark.parametrize("text", ['$(touch owned) `touch owned` "; touch owned; "'])
def test_no_input_is_executed(runner, name, text):
    assert runner.run(**{name: text}) in (0, 1, 2)
    assert not (runner.folder / "owned").exists()


def test_no_expression_stands_in_a_script():
    assert all("${{" not in step["run"] for step in STEPS if "run" in step)


def test_every_action_is_pinned_and_every_input_used():
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40}", each) for each in used)
    text = (ROOT / "action.yml").read_text("utf-8")
    assert all(f"inputs.{name}" in text for name in ACTION["inputs"])
    assert all(step["shell"] == "bash" for step in STEPS if "run" in step)


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location(
        "laptime_action", ROOT / ".github/laptime_action.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_installing_takes_extras_and_nothing_else(script, monkeypatch):
    asked = []

    def run(command, **_):
        asked.append(command[1:])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(script.subprocess, "run", run)
    for extras, what in (("torch,report", f"{ROOT}[torch,report]"), ("", str(ROOT))):
        monkeypatch.setenv("INPUT_EXTRAS", extras)
        assert script.install() == 0
        assert asked[-1] == ["-m", "pip", "install", what]
    monkeypatch.setenv("INPUT_EXTRAS", "torch] @ https://example.org")
    assert script.install() == 2
    assert len(asked) == 2
