"""A worker sees its own framework alone. Each engine needs a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from laptime import registry
from laptime.runner.isolation import frameworks, versions
from laptime.runner.messages import Probed
from laptime.runner.plan import engine_facts, is_installed
from laptime.runner.probing import probe
from laptime.store import Store

TRAINING = [name for name in registry.names("engines") if engine_facts(name)["MODULES"]]
INSTALLED = [name for name in TRAINING if is_installed(name)]


def own(engine: str) -> set[str]:
    return {module.partition(".")[0] for module in engine_facts(engine)["MODULES"]}


@pytest.mark.parametrize("engine", TRAINING)
def test_the_others_look_as_if_they_were_not_installed(engine) -> None:
    """Also to who looks without importing, as Keras does."""
    code = f"""
import sys
from importlib.util import find_spec
from laptime.runner.isolation import frameworks, hide_others, imported_frameworks
visible = {{name for name in frameworks() if find_spec(name)}}
hide_others({engine!r})
others = frameworks() - {own(engine)!r}
assert others and not any(map(find_spec, others))
assert visible - others == {{name for name in frameworks() if find_spec(name)}}
try:
    __import__(others.pop())
except ModuleNotFoundError:
    print(imported_frameworks())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60
    )
    assert done.stdout == "()\n"


@pytest.mark.parametrize("engine", sorted({"mlx", "torch"} & set(INSTALLED)))
def test_a_worker_imports_its_own_framework_alone(engine) -> None:
    told = probe([engine])[engine]
    assert isinstance(told, Probed), told
    assert set(told.modules) == own(engine)
    assert told.versions == versions(engine_facts(engine)["MODULES"])


@pytest.mark.long
@pytest.mark.parametrize("engine", INSTALLED)
def test_training_imports_no_other_framework(engine, tmp_path) -> None:
    arguments = ["run", "mnist-mlp", "--engine", engine, "--data", "synthetic"]
    done = subprocess.run(
        [sys.executable, "-m", "laptime", *arguments],
        env={**os.environ, "LAPTIME_STORE": str(tmp_path)},
        capture_output=True,
        check=True,
        text=True,
        timeout=600,
    )
    assert done.stdout
    store = Store(tmp_path)
    [name] = store.ids()
    result = store.load(name)
    assert result.processes[0].outcome == "ok"
    assert set(result.setup.modules) == own(engine)


def test_every_framework_belongs_to_an_engine() -> None:
    assert frameworks() == set().union(*map(own, TRAINING))


def test_versions_are_those_of_the_distribution() -> None:
    assert versions(("msgspec", "numpy.linalg", "no_such_module")).keys() == {"msgspec", "numpy"}
