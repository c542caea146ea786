"""The commands that only read stay light: no framework, no numpy, nothing that takes its time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.runs import quick

HEAVY = {"numpy", "scipy", "torch", "tensorflow", "jax", "keras", "mlx", "rich", "pooch", "psutil"}
SCRIPT = """
import sys
from laptime.cli import root
root.main(sys.argv[1:], standalone_mode=False)
print(*sorted(set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "list",
        "list --json",
        "list engines --no-try",
        "list results",
        "list published",
        "doctor --help",
        "probe --help",
        "video --help",
        "export --help",
        "export --schema record",
        "import --help",
        "show",
        "show --json",
        "show --report markdown",
        "compare latest latest",
        "compare --by machine",
    ],
)
def test_nothing_heavy_is_loaded(arguments, store) -> None:
    store.save(quick())
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments.split()],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    assert not HEAVY & set(done.stderr.split())
