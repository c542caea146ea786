"""`keras-tensorflow published` against the plain script (Sequential, compile, fit), in turns.

Both train the same arrays of noise for the same number of whole epochs in a process of their own, and
tell the cores they used: TensorFlow's fit swings between one core and two. Pairs in which the two used
unlike many cores are counted apart.

    python benchmarks/published.py mnist-mlp cifar10-tinyvgg --pairs 24
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

COUNTS = {"mnist-mlp": 32_000, "cifar10-tinyvgg": 9_600, "mnist-lenet": 3_200}
"""Images of an epoch, which then takes about a second on two cores."""
ALIKE = 0.25
"""Cores used within this of each other are the same state."""


def plain(name: str, x: Any, y: Any, batch_size: int, shuffle: bool) -> Callable[[], None]:
    """What an author writes; one epoch a call, and no callback but Keras' own."""
    import keras
    from keras import layers

    twice = [
        each
        for _ in range(2)
        for each in (
            layers.Conv2D(10, 3, activation="relu"),
            layers.Conv2D(10, 3, activation="relu"),
            layers.MaxPool2D(),
        )
    ]
    networks = {
        "mnist-mlp": [
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ],
        "cifar10-tinyvgg": [*twice, layers.Flatten(), layers.Dense(10)],
        "mnist-lenet": [
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPool2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10),
        ],
    }
    model = keras.Sequential([keras.Input(x.shape[1:]), layers.Rescaling(1 / 255), *networks[name]])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(), loss=loss, metrics=["accuracy"])
    floats = x.astype("float32")
    turns = Turns()
    model.fit(
        floats,
        y,
        batch_size=batch_size,
        shuffle=shuffle,
        epochs=10**6,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda *_: turns.begin(), on_epoch_end=lambda *_: turns.end()
            )
        ],
    )
    raise SystemExit


def published(name: str, x: Any, y: Any, batch_size: int, shuffle: bool) -> None:
    """The same through laptime's session, in the block that a run measures."""
    from laptime import registry
    from laptime.engines import Job
    from laptime.initial import initial_weights
    from laptime.pipeline import Batches
    from laptime.runner.setups import resolve

    workload = registry.load("workloads", name).WORKLOAD
    feed = Batches(
        x, y, batch_size=batch_size, shuffle=shuffle, seed=1, now_ns=time.perf_counter_ns
    )
    engine = "keras-tensorflow"
    job = Job(
        network=workload.network,
        recipe=workload.recipe,
        device="cpu",
        precision="float32",
        options=resolve(engine, "published"),
        seed=1,
    )
    session = registry.load("engines", engine).start(
        job, weights=initial_weights(workload.network, seed=1), batches=feed
    )
    turns, steps = Turns(), -(-len(x) // batch_size)
    while True:
        session.sync()
        turns.begin()
        session.train(steps)
        session.sync()
        turns.end()


class Turns:
    """Waits for a line before an epoch, and says after it what it took; ends where the lines end."""

    def begin(self) -> None:
        if not sys.stdin.readline():
            os._exit(0)  # from within fit
        self._began = time.perf_counter(), time.process_time()

    def end(self) -> None:
        wall_s = time.perf_counter() - self._began[0]
        cpu_s = time.process_time() - self._began[1]
        print(json.dumps({"wall_s": wall_s, "cores": cpu_s / wall_s}), flush=True)


def serve(kind: str, name: str) -> None:
    import numpy as np

    from laptime import registry
    from laptime.runner.isolation import hide_others

    hide_others("keras-tensorflow")  # for both: what is imported beside it is not what is raced
    workload = registry.load("workloads", name).WORKLOAD
    generator = np.random.default_rng(1)
    count = COUNTS[name]
    x = generator.integers(0, 256, (count, *workload.network.input_shape), dtype=np.uint8)
    y = generator.integers(0, workload.network.output_shape[0], count, dtype=np.uint8)
    recipe = workload.recipe
    loop = {"plain": plain, "published": published}[kind]
    loop(name, x, y, recipe.batch_size, recipe.shuffle)


def contestant(kind: str, name: str) -> subprocess.Popen[str]:
    from laptime.runner.setups import environment

    return subprocess.Popen(
        [sys.executable, __file__, name, "--serve", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment("keras-tensorflow", {})},
    )


def epoch(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdin
    assert process.stdout
    process.stdin.write("go\n")
    process.stdin.flush()
    found: dict[str, float] = json.loads(process.stdout.readline())
    return found


def race(name: str, pairs: int) -> None:
    one, other = contestant("plain", name), contestant("published", name)
    for process in (one, other):
        for _ in range(2):
            epoch(process)
    found = []
    for turn in range(pairs):
        order = (one, other) if turn % 2 else (other, one)
        took = {process: epoch(process) for process in order}
        found.append((took[one], took[other]))
    for process in (one, other):
        assert process.stdin
        process.stdin.close()
        process.wait()
    count = COUNTS[name]
    for label, which in (("plain script", 0), ("published", 1)):
        speed = statistics.median(count / pair[which]["wall_s"] for pair in found)
        cores = sorted(pair[which]["cores"] for pair in found)
        print(
            f"  {label:13s} {speed:9,.0f} images/s   "
            f"cores {cores[0]:.2f} to {cores[-1]:.2f}, median {statistics.median(cores):.2f}"
        )
    alike = [pair for pair in found if abs(pair[0]["cores"] - pair[1]["cores"]) <= ALIKE]
    say("all pairs", found)
    say(f"pairs in one state (cores within {ALIKE})", alike)


def say(label: str, pairs: list[tuple[dict[str, float], dict[str, float]]]) -> None:
    """Geometric mean of the speed ratios, with its 95 % t-interval."""
    from laptime.stats import t_quantile_975

    logs = [math.log(one["wall_s"] / other["wall_s"]) for one, other in pairs]
    if len(logs) < 3:
        print(f"  {label}: only {len(logs)}")
        return
    mean = statistics.mean(logs)
    half = t_quantile_975(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    low, high = math.exp(mean - half), math.exp(mean + half)
    print(
        f"  {label}: published is {math.exp(mean):.3f} times the plain script "
        f"({low:.3f} to {high:.3f}), n = {len(logs)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workloads", nargs="*", default=list(COUNTS))
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--serve", choices=["plain", "published"])
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.workloads[0])
        return
    for name in options.workloads:
        print(f"{name}, an epoch of {COUNTS[name]:,} images each, {options.pairs} pairs in turns")
        race(name, options.pairs)


if __name__ == "__main__":
    main()
