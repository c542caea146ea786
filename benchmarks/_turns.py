"""Two or more loops on one machine, in turns: each in a process of its own, a slice at a time.

Machines drift, so only ratios of neighbouring slices are quoted: each round runs every contestant
once, in an order that rotates, and gives one ratio to the first. A contestant is a Python file that
reads `slice <seconds>` lines on stdin and answers `<samples> <seconds>`; `serve` does that.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping


class Contestant:
    """A loop in a process of its own."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        *,
        python: str = sys.executable,
    ) -> None:
        self.name = name
        self.speeds: list[float] = []
        self._process = subprocess.Popen(
            [python, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.ask("ready")

    def ask(self, line: str) -> str:
        """Say a line, hear a line."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended with {self._process.wait()}")
        return answer.strip()

    def slice(self, seconds: float) -> float:
        """Samples per second over a slice."""
        samples, took = self.ask(f"slice {seconds}").split()
        self.speeds.append(float(samples) / float(took))
        return self.speeds[-1]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def race(contestants: list[Contestant], *, rounds: int, seconds: float) -> None:
    """Run all in turns and print each one's ratio to the first."""
    for contestant in contestants:
        contestant.slice(seconds)
        contestant.speeds.clear()
    for turn in range(rounds):
        first = turn % len(contestants)
        for contestant in [*contestants[first:], *contestants[:first]]:
            contestant.slice(seconds)
    base = contestants[0]
    print(f"{rounds} rounds of {seconds:g} s slices in turns; ratios to '{base.name}'")
    for contestant in contestants:
        ratios = sorted(a / b for a, b in zip(contestant.speeds, base.speeds, strict=True))
        low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
        print(
            f"  {contestant.name:28s} {statistics.median(contestant.speeds):9,.0f} images/s   "
            f"ratio {statistics.median(ratios):.3f}  (quartiles {low:.3f} to {high:.3f})"
        )
        contestant.close()


def serve(train: Callable[[int], int], *, first: int = 20) -> None:
    """Answer slices on stdin with a function that trains some steps and tells its samples.

    Args:
        train: from a number of steps to the samples of them.
        first: steps to warm up with, and again to learn how long one takes.
    """
    train(first)
    began = time.perf_counter()
    train(first)
    step_s = (time.perf_counter() - began) / first
    for line in sys.stdin:
        if line.startswith("slice"):
            steps = max(1, round(float(line.split()[1]) / step_s))
            began = time.perf_counter()
            samples = train(steps)
            took = time.perf_counter() - began
            step_s = took / steps
            print(samples, took, flush=True)
        else:
            print("ok", flush=True)


def arguments(*, rounds: int, seconds: float) -> argparse.ArgumentParser:
    """What every race can be told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seconds", type=float, default=seconds, help="of a slice")
    return parser
