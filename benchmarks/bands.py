"""Makes the learning bands: what 20 seeds of a workload reach at rungs of steps, by the engine torch.

Synthetic data for all; real data where it is on disk (LAPTIME_DATA, or see docs/datasets.md). Seeds
start at 2: seed 1 is that of every measured run. Nothing here is timed, but it takes minutes.

Of a network with a frozen part the features are taken once (in float32, from one pass over the photos,
augmented once) and each seed trains the rest of the network on them; `--check` shows for one seed how
far that is from training the whole network on the same photos.

    python benchmarks/bands.py mnist-mlp --seeds 60 --last 4096
    python benchmarks/bands.py food10-efficientnetb0 --last 8 --check
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
import numpy as np
from _restart import as_tuned
from msgspec.structs import replace

from laptime import datasets, networks, registry, weights
from laptime.bands import Curves, Reference, Rung, read, rungs
from laptime.datasets import QUICK_FILES, Arrays, DatasetModule, Found, Photos
from laptime.engines import Job, Session
from laptime.initial import initial_weights
from laptime.layers import Network, Sequence
from laptime.pipeline import Batches
from laptime.record import DataKind, Start
from laptime.runner.clock import SystemClock
from laptime.runner.description import describe_work, place
from laptime.runner.features import FeatureSession
from laptime.runner.plan import SEED
from laptime.runner.setups import resolve
from laptime.runner.supply import Supply, supply
from laptime.workloads import Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

Run = Callable[[int], Iterable[tuple[float, float]]]

FORWARD_FLOPS = 64e9
"""Looking at the validation images may cost about this much ..."""
FEWEST, MOST = 32, 256
"""... but it is so many at least and at most,"""
MOST_PHOTOS = 128
"""and no more than a quick run's twin has."""
STEPS = {"arrays": 1024, "photos": 16}
"""Last rung by the kind of data."""


def samples_of(workload: Workload) -> int:
    """How many validation images are looked at: a power of two."""
    affordable = int(FORWARD_FLOPS / workload.network.forward_flops).bit_length() - 1
    most = MOST_PHOTOS if workload.recipe.preparation else MOST
    return int(min(most, max(FEWEST, 2**affordable)))


def started(
    workload: Workload,
    network: Network,
    *,
    precision: str,
    seed: int,
    given: dict[str, NDArray[np.float32]],
    feed: Any,
) -> Session:
    job = Job(
        network=network,
        recipe=workload.recipe,
        device="cpu",
        precision=precision,
        # One thread, once chosen for a small head, would stay for all that follows.
        options=resolve("torch", "tuned", {"threads": "all"} if workload.pretrained else {}),
        seed=seed,
    )
    session: Session = registry.load("engines", "torch").start(job, weights=given, batches=feed)
    return session


def initial(workload: Workload, *, seed: int, file: Path | None) -> dict[str, NDArray[np.float32]]:
    start = initial_weights(workload.network, seed=seed)
    if file is not None and workload.pretrained is not None:
        start |= weights.load(workload.pretrained, file, network=workload.network)
    return start


def prepared(workload: Workload, data: Arrays | Photos, *, seed: int) -> Supply:
    now_ns = SystemClock().now_ns
    return supply(data, workload, device="cpu", seed=seed, now_ns=now_ns, workers=2)


def looked_at(given: Supply, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The first validation images, in memory."""
    pieces = list(given.validation.pieces(count, count))
    return np.concatenate([x for x, _ in pieces]), np.concatenate([y for _, y in pieces])


def run_whole(
    workload: Workload, data: Arrays | Photos, *, precision: str, seed: int, steps: tuple[int, ...]
) -> Iterator[tuple[float, float]]:
    """Loss and accuracy of one seed at each rung."""
    given = prepared(workload, data, seed=seed)
    start = initial_weights(workload.network, seed=seed)
    session = started(
        workload, workload.network, precision=precision, seed=seed, given=start, feed=given.train
    )
    x, y = looked_at(given, samples_of(workload))
    done = 0
    for after in steps:
        session.train(after - done)
        done = after
        yield session.evaluate(x, y)
    given.close()


class Features:
    """What the frozen part of a workload makes of the photos, and the rest of the network."""

    def __init__(
        self, workload: Workload, data: Arrays | Photos, *, precision: str, file: Path | None
    ) -> None:
        self.workload = workload
        self.precision = precision
        # As in every measured run; the rest is drawn anew by each seed.
        self.whole = initial(workload, seed=SEED, file=file)
        is_fitted = workload.recipe.classifier is not None
        frozen = workload.network if is_fitted else networks.backbone(workload.network)
        own = {path: self.whole[path] for path in frozen.weights()}
        given = prepared(workload, data, seed=2)
        session = started(workload, frozen, precision=precision, seed=SEED, given=own, feed=None)
        taken = [given.train.take() for _ in range(given.train.steps_per_epoch)]
        self.train_images = np.concatenate([x for x, _ in taken])
        self.train_x = np.concatenate([session.forward(x) for x, _ in taken])
        self.train_y = np.concatenate([y for _, y in taken])
        self.test_images, self.test_y = looked_at(given, samples_of(workload))
        batches = np.array_split(self.test_images, -(-len(self.test_y) // 32))
        self.test_x = np.concatenate([session.forward(x) for x in batches])
        given.close()
        layers = () if is_fitted else workload.network.body.layers[len(frozen.body.layers) :]
        self.head = Network(input_shape=self.train_x.shape[1:], body=Sequence(layers=layers))

    def run(self, *, seed: int, steps: tuple[int, ...]) -> Iterator[tuple[float, float]]:
        """Loss and accuracy of one seed at each rung."""
        recipe = self.workload.recipe
        feed = self.batches(self.train_x, seed=seed)
        session: Any
        if recipe.classifier is not None:
            count = registry.peek("datasets", self.workload.dataset)["TRAIN_COUNT"]
            session = FeatureSession(cast("Session", Known()), feed, recipe.classifier, count=count)
        else:
            session = started(
                self.workload,
                self.head,
                precision=self.precision,
                seed=seed,
                given=dict(zip(self.head.weights(), self.drawn(seed).values(), strict=True)),
                feed=feed,
            )
        done = 0
        for after in steps:
            session.train(after - done)
            done = after
            if recipe.classifier is not None:
                session.fit()
            yield session.evaluate(self.test_x, self.test_y)

    def batches(self, x: NDArray[Any], *, seed: int) -> Batches:
        recipe = self.workload.recipe
        return Batches(
            x,
            self.train_y,
            batch_size=recipe.batch_size,
            shuffle=recipe.shuffle,
            seed=seed,
            now_ns=SystemClock().now_ns,
        )

    def drawn(self, seed: int) -> dict[str, NDArray[np.float32]]:
        """Weights of the rest, by their paths in the whole network, at whose end they are drawn."""
        weights_ = list(initial_weights(self.workload.network, seed=seed).items())
        return dict(weights_[len(weights_) - len(self.head.weights()) :])

    def check(self, *, seed: int, steps: tuple[int, ...]) -> float:
        """Largest relative difference of a loss to that of the whole network on the same photos."""
        session = started(
            self.workload,
            self.workload.network,
            precision=self.precision,
            seed=seed,
            given=self.whole | self.drawn(seed),
            feed=self.batches(self.train_images, seed=seed),
        )
        done, worst = 0, 0.0
        for after, (loss, _) in zip(steps, self.run(seed=seed, steps=steps), strict=True):
            session.train(after - done)
            done = after
            whole, _ = session.evaluate(self.test_images, self.test_y)
            worst = max(worst, abs(loss / whole - 1))
        return worst


class Known:
    """Stands for a network whose output is known already."""

    def forward(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        return x


def runner(
    workload: Workload,
    *,
    found: Found | None,
    precision: str,
    start: Start | None,
    steps: tuple[int, ...],
) -> Run:
    """What runs a seed and gives loss and accuracy at each rung."""
    leaf = cast("DatasetModule", registry.load("datasets", workload.dataset))
    data = images(leaf, workload.dataset, found)
    if start is None:
        return lambda seed: run_whole(workload, data, precision=precision, seed=seed, steps=steps)
    file = weights.find(workload.pretrained or "") if start == "pretrained" else None
    features = Features(workload, data, precision=precision, file=file)
    return lambda seed: features.run(seed=seed, steps=steps)


def extended(known: Curves, seed: int, reached: Iterable[tuple[float, float]]) -> Curves:
    """With one seed more."""
    made = [
        Rung(
            after_steps=rung.after_steps,
            loss=(*rung.loss, float(f"{loss:.5g}")),
            accuracy=(*rung.accuracy, round(accuracy, 4)),
        )
        for rung, (loss, accuracy) in zip(known.rungs, reached, strict=True)
    ]
    return replace(known, seeds=(*known.seeds, seed), rungs=tuple(made))


def images(leaf: DatasetModule, name: str, found: Found | None) -> Arrays | Photos:
    """Real ones, or the twin: of photos as many as a quick run has."""
    if found is None and registry.peek("datasets", name).get("KIND") == "photos":
        datasets.write_twin(leaf, subset=QUICK_FILES, progress=lambda *_: None)
    return datasets.read(leaf, found, subset=QUICK_FILES)


def text(reference: Reference) -> str:
    """JSON with a line for each list of numbers."""
    indented = msgspec.json.format(msgspec.json.encode(reference), indent=1).decode()
    return (
        re.sub(r"\[\s+([^][{}]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", indented) + "\n"
    )


def starts(workload: Workload) -> list[Start | None]:
    if workload.pretrained is None:
        return [None]
    return ["random", "pretrained"] if weights.find(workload.pretrained) else ["random"]


def make(name: str, *, seeds: list[int], precisions: list[str], last: int | None) -> None:
    """Run the seeds that are missing; what is done is kept, so that it may be stopped at any time."""
    workload: Workload = registry.load("workloads", name).WORKLOAD
    leaf = cast("DatasetModule", registry.load("datasets", workload.dataset))
    work, samples = describe_work(name, workload).key, samples_of(workload)
    old = read(place(name))
    known = old.curves if old and (old.work, old.samples) == (work, samples) else ()
    before = known[0].rungs[-1].after_steps if known else None
    steps = rungs(last or before or STEPS["photos" if workload.recipe.preparation else "arrays"])
    curves = {(c.data, c.precision, c.weights): c for c in known if steps_of(c) == steps}
    for found, precision, start in product(
        dict.fromkeys((None, datasets.locate(leaf))), precisions, starts(workload)
    ):
        key = "synthetic" if found is None else "real", precision, start
        made = curves.get(key) or empty(*key, steps=steps)
        missing = [seed for seed in seeds if seed not in made.seeds]
        if missing:
            run = runner(workload, found=found, precision=precision, start=start, steps=steps)
        for seed in missing:
            made = curves[key] = extended(made, seed, run(seed))
            save(name, work=work, samples=samples, curves=curves.values())
        top = made.rungs[-1]
        print(
            f"{name:24s} {made.data:9s} {precision:8s} {start or '':10s} {len(made.seeds)} seeds, "
            f"after {top.after_steps:5,} steps: loss {min(top.loss):.3g} to {max(top.loss):.3g}, "
            f"accuracy {min(top.accuracy):.3f} to {max(top.accuracy):.3f}",
            flush=True,
        )


def check(name: str, *, precisions: list[str], last: int) -> None:
    workload: Workload = registry.load("workloads", name).WORKLOAD
    leaf = cast("DatasetModule", registry.load("datasets", workload.dataset))
    data = images(leaf, workload.dataset, None)
    for precision, start in product(precisions, starts(workload)):
        file = weights.find(workload.pretrained or "") if start == "pretrained" else None
        features = Features(workload, data, precision=precision, file=file)
        worst = features.check(seed=SEED + 1, steps=rungs(last))
        print(f"{name:24s} {precision:8s} {start}: losses differ by {worst:.1e} at most")


def steps_of(curves: Curves) -> tuple[int, ...]:
    return tuple(rung.after_steps for rung in curves.rungs)


def empty(data: DataKind, precision: str, start: Start | None, *, steps: tuple[int, ...]) -> Curves:
    none = tuple(Rung(after_steps=each, loss=(), accuracy=()) for each in steps)
    return Curves(data=data, precision=precision, weights=start, seeds=(), rungs=none)


def save(name: str, *, work: str, samples: int, curves: Iterable[Curves]) -> None:
    reference = Reference(
        work=work,
        samples=samples,
        made=datetime.now(UTC).date().isoformat(),
        versions={each: version(each) for each in ("torch", "numpy")},
        curves=tuple(sorted(curves, key=lambda c: (c.data, c.precision, c.weights or ""))),
    )
    fresh = place(name).with_suffix(".tmp")
    fresh.parent.mkdir(exist_ok=True)
    fresh.write_text(text(reference), encoding="utf-8")
    fresh.replace(place(name))


def main() -> None:
    as_tuned()  # a third of the time
    parser = argparse.ArgumentParser()
    parser.add_argument("workloads", nargs="*", default=registry.names("workloads"))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--precision", action="append", choices=("float32", "bfloat16"))
    parser.add_argument("--last", type=int, help="the last rung; as before, where there is one")
    parser.add_argument("--check", action="store_true", help="check the features, and make nothing")
    options = parser.parse_args()
    if options.check:
        for name in options.workloads:
            check(name, precisions=options.precision or ["float32"], last=options.last or 8)
        return
    for name in options.workloads:
        make(
            name,
            seeds=list(range(SEED + 1, SEED + 1 + options.seeds)),
            precisions=options.precision or ["float32", "bfloat16"],
            last=options.last,
        )


if __name__ == "__main__":
    main()
