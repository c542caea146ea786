"""Whether `laptime probe` tells what the machine can do: against the best that is reached by hand.

python benchmarks/probe.py              matrix products and triads, in turns with loops by hand
python benchmarks/probe.py --again 3    how far so many whole probes agree

By hand: products by NumPy, PyTorch and JAX in the size at which each is fastest, a triad by NumPy as
one writes it first, by NumPy in blocks that a cache holds, and by PyTorch in one operation. Each loop
and each of the probe's workers lives in a process of its own; a round asks all of them once.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import time
from collections.abc import Callable

from _turns import Contestant, arguments

SIZES = (1024, 2048, 4096)
TRIAD_NUMBERS = 32_000_000
"""Of four bytes, as the probe's."""
TRIALS = 3
ENGINES = ("numpy", "torch", "keras-jax")
LOOPS = ("numpy", "torch", "jax", "numpy triad", "numpy triad in blocks", "torch triad")


def numpy_product(size: int) -> Callable[[], object]:
    import numpy as np

    a, b = (np.random.default_rng(0).random((size, size), np.float32) for _ in range(2))
    out = np.empty_like(a)
    return lambda: np.matmul(a, b, out=out)


def torch_product(size: int) -> Callable[[], object]:
    import torch

    a, b = torch.rand(size, size), torch.rand(size, size)
    return lambda: a @ b


def jax_product(size: int) -> Callable[[], object]:
    import jax

    a, b = (jax.random.uniform(jax.random.key(n), (size, size)) for n in range(2))
    product = jax.jit(lambda a, b: a @ b)
    return lambda: product(a, b).block_until_ready()


def numpy_triad(block: int) -> Callable[[], object]:
    import numpy as np

    a, b, c = (np.ones(TRIAD_NUMBERS, np.float32) for _ in range(3))

    def once() -> None:
        for start in range(0, TRIAD_NUMBERS, block):
            part = slice(start, start + block)
            np.multiply(c[part], np.float32(3), out=a[part])
            np.add(a[part], b[part], out=a[part])

    return once


def torch_triad() -> Callable[[], object]:
    import torch

    a, b, c = (torch.ones(TRIAD_NUMBERS) for _ in range(3))
    return lambda: torch.add(b, c, alpha=3, out=a)


def fastest(run: Callable[[], object], seconds: float) -> float:
    """Seconds of one call, in the fastest of a few trials."""
    run()
    best = float("inf")
    for _ in range(TRIALS):
        calls, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < seconds or not calls:
            run()
            calls += 1
        best = min(best, took / calls)
    return best


def by_hand(name: str) -> None:
    """Serve one loop: every line asks for its best figure, in bursts of so many seconds."""
    products = {"numpy": numpy_product, "torch": torch_product, "jax": jax_product}
    if name in products:
        runs = {size: products[name](size) for size in SIZES}
        size = min(SIZES, key=lambda each: fastest(runs[each], 0.05) / each**3)
        run, work = runs[size], 2 * size**3
    else:
        block = 65_536 if "blocks" in name else TRIAD_NUMBERS
        run = torch_triad() if name.startswith("torch") else numpy_triad(block)
        work = 3 * 4 * TRIAD_NUMBERS
    for line in sys.stdin:
        if line.startswith("slice"):
            print(work / 1e9, fastest(run, float(line.split()[1]) / TRIALS), flush=True)
        else:
            print("ok", flush=True)


class Probed:
    """The probe's own worker of one engine, as `laptime probe` starts it."""

    def __init__(self, engine: str) -> None:
        from laptime.probes.measure import environment_of
        from laptime.runner.child import Child
        from laptime.runner.host import HOST
        from laptime.runner.messages import OpenEngine

        environment = {} if engine in HOST else environment_of(engine)
        self._child = Child(environment=environment, on_phase=lambda _: None)
        self._child.send(OpenEngine(engine=engine))
        self._child.receive()
        self._sizes: dict[str, int] = {}

    def measure(self, kind: str, seconds: float) -> float:
        """The figure of the size that was fastest the first time."""
        from laptime.probes.table import figure, kind_of
        from laptime.runner.messages import Kernel, TimeKernel, Told

        known = kind_of(kind)
        values = {}
        for size in [self._sizes[kind]] if kind in self._sizes else known.sizes[:4]:
            kernel = Kernel(kind=kind, device="cpu", precision="float32", size=size)
            self._child.send(TimeKernel(kernel=kernel, seconds=seconds / TRIALS))
            answer = self._child.receive()
            assert isinstance(answer, Told)
            call_s = min(burst.call_s for burst in answer.bursts)
            values[size] = figure(known, size=size, call_s=call_s)
        self._sizes[kind] = max(values, key=lambda size: values[size])
        return max(values.values())

    def close(self) -> None:
        self._child.kill()
        self._child.close()


def race(rounds: int, seconds: float) -> None:
    """All in turns; of each round the ratio of the probe's best to the best by hand."""
    loops = [Contestant(name, [__file__, "--hand", name], {}) for name in LOOPS]
    probes = {name: Probed(name) for name in ENGINES}
    kinds = {"matmul": LOOPS[:3], "triad": LOOPS[3:]}
    ratios: dict[str, list[float]] = {kind: [] for kind in kinds}
    best: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for kind, names in kinds.items():
            probed = {n: probe.measure(kind, seconds) for n, probe in probes.items()}
            hand = {loop.name: loop.slice(seconds) for loop in loops if loop.name in names}
            if turn:  # the first finds the sizes
                ratios[kind].append(max(probed.values()) / max(hand.values()))
                for name, value in {**{f"probe {n}": v for n, v in probed.items()}, **hand}.items():
                    best.setdefault(f"{kind}: {name}", []).append(value)
    for name, values in best.items():
        print(f"  {name:36s} median {statistics.median(values):8.1f}  best {max(values):8.1f}")
    for kind, found in ratios.items():
        found.sort()
        print(
            f"{kind}: the probe's best / the best by hand: median {statistics.median(found):.3f} "
            f"({found[0]:.3f} to {found[-1]:.3f}, {rounds} rounds)"
        )
    for each in (*loops, *probes.values()):
        each.close()


def again(times: int, *, is_frozen: bool) -> None:
    """Whole probes, one after the other, and by how much their scores differ.

    Args:
        times: how many.
        is_frozen: the middle one becomes the machine that has 1,000.
    """
    from laptime import machine
    from laptime.probes.measure import choose, measure
    from laptime.probes.record import encode
    from laptime.probes.scores import REFERENCE, reference, scores

    asked = choose((), device="cpu")
    made = []
    for _ in range(times):
        load = " ".join(f"{each:.1f}" for each in os.getloadavg())
        made.append(measure(asked, machine=machine.describe()))
        failed = [row for row in made[-1].rows if row.outcome not in ("ok", "unsupported")]
        print(f"{made[-1].wall_s:.0f} s, {len(failed)} kernels failed; load before it: {load}")
        for row in failed:
            print(f"  {row.engine} {row.kind} {row.precision} {row.threads}: {row.message}")
    frozen = made[0] if is_frozen else reference()
    told = [[s for s in scores(probe, frozen=frozen) if s.score] for probe in made]
    for line in told:
        print(*(f"{s.name} {s.score:.0f} (rounds differ by {s.spread or 0:.1%})" for s in line))
    for column in zip(*told, strict=True):
        found = [each.score for each in column if each.score]
        print(f"{column[0].name}: highest / lowest of {times}: {max(found) / min(found):.3f}")
    if is_frozen:
        worth = [math.prod(each.score or 1.0 for each in line) for line in told]
        middle = worth.index(statistics.median_low(worth))
        REFERENCE.write_bytes(encode(made[middle]))
        print(f"probe {middle + 1} is the machine that has 1,000 now: {REFERENCE.name}")


if __name__ == "__main__":
    parser = arguments(rounds=7, seconds=0.4)
    parser.add_argument("--hand", choices=LOOPS, help="serve one loop; for this script itself")
    parser.add_argument("--again", type=int, default=0, help="only whole probes, so many")
    parser.add_argument(
        "--freeze", action="store_true", help="the middle one has 1,000 from now on"
    )
    given = parser.parse_args()
    if given.hand:
        by_hand(given.hand)
    elif given.again:
        again(given.again, is_frozen=given.freeze)
    else:
        race(given.rounds, given.seconds)
