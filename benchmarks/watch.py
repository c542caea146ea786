"""What `laptime watch` costs: a CPU-bound training alone and under it, in alternation.

    python benchmarks/watch.py [ROUNDS]

The script times its own steady part and prints it. So two figures come out: the ratio of the
scripts' own times (what the sensors and the timer beside it cost, a share), and by how much the whole
command takes longer (start-up and report of laptime, seconds that do not grow with the script). On a
machine that others use the first drowns in their noise: "alone again" says how far. What stays is told
before: processor time, of a step's counting and of the sensors' readings.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import laptime

SCRIPT = """
import sys, time
import torch
torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
images, classes = torch.rand(4096, 256), torch.randint(0, 10, (4096,))
network = torch.nn.Sequential(
    torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(),
    torch.nn.Linear(512, 10),
)
optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
batches = list(zip(images.split(64), classes.split(64)))
steps = batches.__iter__
if sys.argv[2] == "timer":
    import laptime
    watch = laptime.Timer("benchmark")
    steps = lambda: watch.steps(batches)
began = time.perf_counter()
for epoch in range(int(sys.argv[3])):
    for batch, wanted in steps():
        loss = torch.nn.functional.cross_entropy(network(batch), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(time.perf_counter() - began)
"""
WATCH = (sys.executable, "-m", "laptime", "watch", "-q", "--")
EPOCHS = 60


def run(*before: str, threads: int, timer: str, epochs: int) -> tuple[float, float]:
    """Seconds of the steady part, by the script itself, and of the whole command."""
    began = time.perf_counter()
    command = [*before, sys.executable, "-c", SCRIPT, str(threads), timer, str(epochs)]
    with tempfile.TemporaryDirectory() as store:
        done = subprocess.run(
            command,
            env={**os.environ, "LAPTIME_STORE": store},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout), time.perf_counter() - began


def sensors(threads: int) -> tuple[float, float]:
    """Processor seconds a second that reading the sensors took, and those of the script itself."""
    with tempfile.TemporaryDirectory() as store:
        command = [*WATCH, sys.executable, "-c", SCRIPT, str(threads), "none", str(EPOCHS)]
        environment = {**os.environ, "LAPTIME_STORE": store}
        subprocess.run(command, env=environment, capture_output=True, check=True)
        (path,) = Path(store).glob("*.json")
        (process,) = json.loads(path.read_text("utf-8"))["processes"]
    script = process["script"]
    read_s = sum(log["cpu_s"] for log in process["logs"])
    return read_s / script["wall_s"], script["cpu_s"] / script["wall_s"]


def step_s(steps: int) -> float:
    """What the timer adds to a step that does nothing, by the processor time of this process."""
    watch = laptime.Timer("benchmark")
    list(watch.steps(iter([[0]])))
    spent = []
    for loop in (iter, watch.steps):
        began = time.process_time()
        for _ in loop([[0]] * steps):
            pass
        spent.append(time.process_time() - began)
    watch.close()
    return (spent[1] - spent[0]) / steps


def told(name: str, ratios: list[float]) -> None:
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"{name}: {100 * (middle - 1):+.2f} % (quartiles {100 * (low - 1):+.2f} to "
          f"{100 * (high - 1):+.2f} %)")  # fmt: skip


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    run(threads=1, timer="none", epochs=1)
    with tempfile.TemporaryDirectory() as store:
        os.environ["LAPTIME_STORE"] = store  # the timer saves at the end of this process
        print(f"the timer: {1e6 * step_s(200_000):.1f} microseconds a step")
    shares_read = [sensors(1) for _ in range(3)]
    read, own = (statistics.median(each) for each in zip(*shares_read, strict=True))
    print(f"sensors: {100 * read:.2f} % of one core beside a script that uses {own:.2f} cores")
    for threads in sorted({1, os.cpu_count() or 1}):
        shares: dict[str, list[float]] = {"alone again": [], "watched": [], "with the timer": []}
        longer: list[float] = []
        for _ in range(rounds):
            alone, whole = run(threads=threads, timer="none", epochs=EPOCHS)
            watched, whole_watched = run(*WATCH, threads=threads, timer="none", epochs=EPOCHS)
            timed, _ = run(*WATCH, threads=threads, timer="timer", epochs=EPOCHS)
            again, _ = run(threads=threads, timer="none", epochs=EPOCHS)
            base = (alone + again) / 2
            shares["alone again"].append(again / alone)
            shares["watched"].append(watched / base)
            shares["with the timer"].append(timed / base)
            longer.append((whole_watched - watched) - (whole - alone))
        print(f"{threads} threads, {rounds} rounds of {EPOCHS} epochs:")
        for name, ratios in shares.items():
            told(f"  steady part, {name}", ratios)
        low, middle, high = statistics.quantiles(longer, n=4)
        print(f"  beside it, once: {middle:+.2f} s (quartiles {low:+.2f} to {high:+.2f} s)")


if __name__ == "__main__":
    main()
