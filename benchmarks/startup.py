"""How long the command line takes to start: median of 20 fresh processes of each command, in ms.

    python benchmarks/startup.py

Each is run in turns with a bare `python -c pass`, whose time is printed beside it: on a busy machine
both grow. Aims: `laptime list` 150 ms, `laptime --help` 200 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 20
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "laptime --help": ["-m", "laptime", "--help"],
    "laptime list": ["-m", "laptime", "list"],
    "laptime list results": ["-m", "laptime", "list", "results"],
    "laptime list published": ["-m", "laptime", "list", "published"],
    "laptime show --help": ["-m", "laptime", "show", "--help"],
}


def main() -> None:
    with tempfile.TemporaryDirectory() as store:
        environment = os.environ | {"LAPTIME_STORE": store}
        times_ms: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(RUNS):
            for name, arguments in COMMANDS.items():
                times_ms[name].append(1000 * timed(arguments, environment))
    for name, found in times_ms.items():
        print(f"{name:24} {statistics.median(found):6.0f} ms  ({min(found):.0f}-{max(found):.0f})")


def timed(arguments: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
