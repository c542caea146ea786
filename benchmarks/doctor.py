"""How long `laptime doctor` takes here: the whole command with --fast, and each check.

python benchmarks/doctor.py            five commands with --fast, then one that starts every engine
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

ROUNDS = 5


def run(*options: str) -> tuple[float, list[dict[str, object]]]:
    """Seconds of one command, and its rows."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "laptime", "doctor", "--json", *options]
    done = subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - began, json.loads(done.stdout)["results"]


if __name__ == "__main__":
    rounds = [run("--fast") for _ in range(ROUNDS)]
    took = [seconds for seconds, _ in rounds]
    print(f"--fast: median {statistics.median(took):.2f} s ({min(took):.2f}-{max(took):.2f})")
    whole_s, rows = run()
    print(f"whole: {whole_s:.1f} s")
    for row in rows:
        print(
            f"{row['name']:12s} {row['about'] or '':24s} {row['outcome']:8s} {row['wall_s']:.3f} s"
        )
