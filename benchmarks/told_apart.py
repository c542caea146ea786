"""Are two setups that differ by 5 % told apart on this machine, and two equal ones not?

Three loops of one workload take turns in slices of half a second: one, an equal one, and one that
trains every twentieth step twice and counts it once, so that it is 4.8 % slower whatever the machine
does. Each pair gets two minutes of slices in a race. Processes are started anew for every race.

    python benchmarks/told_apart.py --races 20       # about an hour on 2 cores, needs torch
    python benchmarks/told_apart.py --races 1 --keep slices.json

Last is told how far neighbouring ratios resemble each other, which is why the interval is no plain t.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

from _turns import Contestant, serve

from laptime.comparison import MARGIN
from laptime.stats import (
    lag_one_correlation,
    log_standard_deviation,
    order_of_turn,
    paired_ratio,
    stalled_turns,
    turns_ratio,
    verdict,
)

EVERY = 20
"""One step in so many is trained twice by the slower loop."""
LOOPS = ("one", "equal", "slower")


def handicapped(train: Callable[[int], int]) -> Callable[[int], int]:
    """The same, with every twentieth step trained twice and counted once."""
    left = 0

    def slower(steps: int) -> int:
        nonlocal left
        twice, left = divmod(steps + left, EVERY)
        if twice:
            train(twice)
        return train(steps)

    return slower


def race(workload: str, *, slice_s: float, pair_s: float) -> dict[str, list[float]]:
    """Samples per second of each slice by loop, in the order of rounds."""
    loops = [Contestant(name, [__file__, "--serve", name, workload], {}) for name in LOOPS]
    for loop in loops:
        loop.slice(2 * slice_s)
        loop.speeds.clear()
    for number in range(round(pair_s / 2 / slice_s)):
        for at in order_of_turn(len(loops), number):
            loops[at].slice(slice_s)
    for loop in loops:
        loop.close()
    return {loop.name: loop.speeds for loop in loops}


def tell(speeds: dict[str, list[float]]) -> dict[str, str]:
    """Verdict of each against the first, printed with its interval."""
    base, words = speeds[LOOPS[0]], {}
    for name in LOOPS[1:]:
        ratio = turns_ratio(speeds[name], base)
        plain = paired_ratio(speeds[name], base)
        words[name] = verdict(*ratio, margin=MARGIN)
        ratios = [math.log(a / b) for a, b in zip(speeds[name], base, strict=True)]
        print(
            f"{name:7s} {ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f}) {words[name]:10s} "
            f"plain paired t {plain.low:.3f} to {plain.high:.3f}; "
            f"stalls {stalled_turns(speeds[name], base)}, slices scatter by "
            f"{log_standard_deviation(speeds[name]):.1%}, neighbouring ratios correlate by "
            f"{lag_one_correlation(ratios):+.2f}",
            flush=True,
        )
    return words


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", nargs="?", default="cifar10-tinyvgg")
    parser.add_argument("--races", type=int, default=20)
    parser.add_argument("--slice", type=float, default=0.5, help="seconds")
    parser.add_argument("--seconds", type=float, default=120.0, help="of the slices of a pair")
    parser.add_argument("--keep", type=Path, help="file for the slices of all races, JSON")
    options = parser.parse_args()
    right, kept = {"equal": 0, "slower": 0}, []
    for number in range(1, options.races + 1):
        kept.append(race(options.workload, slice_s=options.slice, pair_s=options.seconds))
        words = tell(kept[-1])
        right["equal"] += words["equal"] in ("same", "undecided")
        right["slower"] += words["slower"] == "slower"
        print(f"of {number}: equal not told apart {right['equal']}, 4.8 % told {right['slower']}")
        if options.keep:
            options.keep.write_text(json.dumps(kept), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        import torch
        from bare_loop import loop

        torch.manual_seed(1)
        train = loop(sys.argv[3])
        serve(handicapped(train) if sys.argv[2] == "slower" else train)
    else:
        main()
