"""What each step of rewriting a frozen backbone gains: EfficientNetB0 on 32 photos of noise, in turns.

python benchmarks/frozen.py            in the environment of `tuned`, all in one process
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from laptime import networks, registry
from laptime.initial import initial_weights
from laptime.layers import Network, Sequence
from laptime.runner.setups import environment, resolve

BATCH = 32
ROUNDS = 15


def contestants() -> dict[str, Callable[[], object]]:
    registry.load("engines", "torch")
    from laptime.engines import _torch_frozen as frozen
    from laptime.engines._torch_build import Built

    body = networks.efficientnet_b0()
    network = Network(input_shape=networks.PHOTO, body=Sequence(layers=(body,)))
    built = Built(network, lean=True)
    built.load(initial_weights(network, seed=1))
    (part,) = built.module.eval()
    body_module = part.body.to(memory_format=torch.channels_last)
    images = np.random.default_rng(1).integers(0, 256, (BATCH, 3, 224, 224)).astype(np.float32)
    x = torch.from_numpy(images).contiguous(memory_format=torch.channels_last)

    def rewritten(
        *, mirror: bool, dtype: torch.dtype, piece: int = frozen.PIECE
    ) -> Callable[[], object]:
        with torch.no_grad():
            fusing = frozen._Fusing(mirror=mirror, dtype=dtype)  # noqa: SLF001
            chain = frozen.Fused(fusing.chain(body_module), mirror=mirror, dtype=dtype).eval()

        def run() -> object:
            frozen.PIECE = piece
            return chain(x)

        return run

    single, half = torch.float32, torch.bfloat16
    return {
        "as described, channels last": lambda: body_module(x),
        "batch-norm folded, in place": rewritten(mirror=False, dtype=single),
        "+ mirrored, no padded copies": rewritten(mirror=True, dtype=single),
        "the same, all images at once": rewritten(mirror=True, dtype=single, piece=BATCH),
        "the same in bfloat16": rewritten(mirror=True, dtype=half),
    }


def main() -> None:
    runs = contestants()
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    with torch.inference_mode():
        for _ in range(ROUNDS + 2):
            for name, run in runs.items():
                began = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - began)
    first = seconds[next(iter(runs))][2:]
    for name, took in seconds.items():
        ratios = [one / other for one, other in zip(first, took[2:], strict=True)]
        speed = BATCH / statistics.median(took[2:])
        print(f"{name:30s} {speed:6.0f} images/s   {statistics.median(ratios):.2f} times the first")


if __name__ == "__main__":
    wanted = environment("torch", resolve("torch", "tuned"))
    if any(os.environ.get(key) != value for key, value in wanted.items()):
        # The allocator reads these when the process starts.
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})  # noqa: S606
    main()
