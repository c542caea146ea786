"""Keras does what the description says on each backend; `keras_cases.py` holds what is tested.

A process can only have one backend, so each has its own.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from laptime import registry

CASES = Path(__file__).with_name("keras_cases.py")


def run_cases(engine: str, *, marked: str) -> None:
    facts = registry.peek("engines", engine)
    if not all(importlib.util.find_spec(module) for module in facts["MODULES"]):
        pytest.skip(f"needs the extra '{facts['EXTRA']}'")
    command = [sys.executable, "-m", "pytest", str(CASES), "-q", "-m", marked]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        env=os.environ | facts["ENVIRONMENT"][""],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_on_pytorch_it_does_what_the_description_says() -> None:
    run_cases("keras-torch", marked="not long")


@pytest.mark.long  # the same, and slower to start and to compile
@pytest.mark.parametrize("engine", ["keras-tensorflow", "keras-jax"])
def test_it_does_what_the_description_says(engine: str) -> None:
    run_cases(engine, marked="not long")


@pytest.mark.long
@pytest.mark.parametrize("engine", ["keras-tensorflow", "keras-jax", "keras-torch"])
def test_it_builds_every_workload(engine: str) -> None:
    run_cases(engine, marked="long")
