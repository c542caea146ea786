"""How long `laptime report` takes over the whole suite: whole processes, and the size of the page.

    python benchmarks/report.py

The store is made up: a standard result of every workload, as large as real ones.
Each form is made in turns with a bare `python -c pass`, whose time is printed beside it: on a busy
machine both grow. Aims: 3 s and 1.5 MB.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the store that the tests make, too

from tests.reports.suite import suite

from laptime.store import Store

RUNS = 5
FILES = ("report.html", "report.md", "report.png")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        store = Store(folder / "store")
        results = suite()
        for result in results:
            store.save(result)
        ids = [result.id for result in results]
        environment = os.environ | {"LAPTIME_STORE": str(store.folder)}
        commands = {"python -c pass": ["-c", "pass"]}
        commands |= {
            name: ["-m", "laptime", "report", *ids, "-o", str(folder / name)] for name in FILES
        }
        times_s: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, arguments in commands.items():
                times_s[name].append(timed(arguments, environment))
        print(f"{len(results)} results, {len(results[0].processes)} processes each")
        for name, found in times_s.items():
            size = f"{(folder / name).stat().st_size / 1e6:5.2f} MB" if name in FILES else ""
            told = f"{statistics.median(found):6.2f} s  ({min(found):.2f}-{max(found):.2f})"
            print(f"{name:16} {told}  {size}".rstrip())


def timed(arguments: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
