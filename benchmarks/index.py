"""How long `laptime compare` and `laptime list results` take over many results, as whole processes.

    PYTHONPATH=. python benchmarks/index.py [1000 100000]

For each number a store of so many results is made in a temporary folder, with this machine's own key
and 14 workloads, 3 engines and 2 setups over a year. 'anew' is the first command, which reads every
record into the index; the others find it warm and are the median of 5. Beside them stands
`python -c pass`. Python's own cache of compiled files is used, as in any installation.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace
from tests.runs import SMALL, quick, quick_process
from tests.samples import MACHINE, SETUP

from laptime import machine
from laptime.index import FILE
from laptime.record import Result, encode
from laptime.store import Store

RUNS = 5
WORKLOADS = [f"workload-{number:02}" for number in range(14)]
ENGINES = ("torch", "keras-jax", "mlx")
SETUPS = ("plain", "tuned")


def main() -> None:
    for count in [int(number) for number in sys.argv[1:]] or [1_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            store = str(Path(folder) / "store")
            ids = fill(Store(Path(store)), count)
            print(f"{count:,} results", flush=True)
            measure(store, ids)


def fill(store: Store, count: int) -> list[str]:
    """Results without the flush to the disk that a store does for each."""
    store.folder.mkdir(exist_ok=True)
    here, first = machine.describe(), datetime(2026, 1, 1, tzinfo=UTC)
    ids = []
    for number in range(count):
        created = first + timedelta(days=360 * number / count)
        name = f"{created:%Y%m%d-%H%M%S}-{number:06}"
        ids.append(name)
        result = made(number, id=name, created=f"{created:%Y-%m-%dT%H:%M:%SZ}")
        kept = replace(result, machine=here if number % 2 else MACHINE)
        (store.folder / f"{name}.json").write_bytes(encode(kept))
    return ids


def made(number: int, **told: str) -> Result:
    """A result whose way of training and speed follow from its number."""
    setup = replace(
        SETUP, engine=ENGINES[number // 2 % len(ENGINES)], name=SETUPS[number // 6 % len(SETUPS)]
    )
    work = replace(SMALL, workload=WORKLOADS[number // 12 % len(WORKLOADS)])
    wall_s = 0.5 + 0.01 * (number % 7)
    return quick(quick_process(walls_s=(wall_s,) * 5), work=work, setup=setup, **told)


def environment(store: str) -> dict[str, str]:
    """With compiled files kept beside the store, whatever is set here."""
    told = os.environ | {"LAPTIME_STORE": store, "PYTHONPYCACHEPREFIX": f"{store}.compiled"}
    told.pop("PYTHONDONTWRITEBYTECODE", None)
    return told


def measure(folder: str, ids: list[str]) -> None:
    commands = {
        "compare --by engine": ["compare", "--by", "engine"],
        "compare --by machine": ["compare", "--by", "machine"],
        "compare --by setup": ["compare", "--by", "setup"],
        "compare --by date": ["compare", "--by", "date"],
        "compare A B": ["compare", ids[0], ids[168]],
        "list results": ["list", "results"],
    }
    bare = statistics.median(timed(["-c", "pass"], folder) for _ in range(RUNS))
    print(f"  {'python -c pass':24} {bare:6.2f} s")
    anew = timed(["-m", "laptime", *commands["compare --by machine"]], folder)
    size = (Path(folder) / FILE).stat().st_size
    print(f"  {'anew':24} {anew:6.2f} s, an index of {size / 1e6:.1f} MB")
    for name, arguments in commands.items():
        times_s = [timed(["-m", "laptime", *arguments], folder) for _ in range(RUNS)]
        print(
            f"  {name:24} {statistics.median(times_s):6.2f} s  ({min(times_s):.2f}-{max(times_s):.2f})"
        )


def timed(arguments: list[str], store: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        env=environment(store),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
