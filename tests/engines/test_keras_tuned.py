"""Our own loops around Keras do the same work as the formulas; `keras_tuned_cases.py` has the cases.

A process can only have one backend, so each has its own.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from laptime import registry

CASES = Path(__file__).with_name("keras_tuned_cases.py")


@pytest.mark.parametrize(
    "engine",
    [
        "keras-torch",
        # The same, and slower to start and to compile.
        pytest.param("keras-tensorflow", marks=pytest.mark.long),
        pytest.param("keras-jax", marks=pytest.mark.long),
    ],
)
def test_every_way_does_the_same_work(engine: str) -> None:
    facts = registry.peek("engines", engine)
    if not all(importlib.util.find_spec(module) for module in facts["MODULES"]):
        pytest.skip(f"needs the extra '{facts['EXTRA']}'")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(CASES), "-q", "-p", "no:cacheprovider"],
        env=os.environ | facts["ENVIRONMENT"][""],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
