"""What a device can do at best, by an engine's own kernels."""

from __future__ import annotations

from collections.abc import Callable

from laptime.engines import EngineModule, Unsupported
from laptime.record import Roof
from laptime.runner.bursts import bursts
from laptime.runner.clock import Clock

SIZES = (512, 1024, 2048, 4096, 8192)
"""Rows of the matrices; larger ones are tried as long as they are faster and take no longer than"""
LONG_S = 0.25
"""this a product."""
COPIED_BYTES = 256_000_000
"""More than any cache holds."""
TRIAL_S = 0.15
TRIALS = 3
NUMBER_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
BETTER = 1.02
"""A larger product must be so much faster to be worth another size."""


def roof(
    engine: EngineModule, *, device: str, precision: str, step_bytes: int, clock: Clock
) -> Roof:
    """Measure it: about two seconds on a processor.

    Args:
        engine: imported.
        device: where it trains.
        precision: in which it trains.
        step_bytes: for the record.
        clock: the run's.
    """
    make = getattr(engine, "kernel", None)
    if make is None:
        return _unknown(step_bytes, "the engine has no kernels to measure it with")
    try:
        best = _fastest_product(make, device, precision, clock)
        copy = make("copy", device=device, precision=precision, size=COPIED_BYTES)
        copied = 2 * COPIED_BYTES / _fastest(copy, clock) / 1e9
    except Unsupported as missing:
        return _unknown(step_bytes, str(missing))
    return Roof(matmul_gflop_per_s=best, copy_gb_per_s=copied, step_bytes=step_bytes)


def _fastest_product(
    make: Callable[..., Callable[[int], object]], device: str, precision: str, clock: Clock
) -> float:
    """GFLOP/s; its matrices are given back before anything else is made."""
    best = 0.0
    for size in SIZES:
        product = make("matmul", device=device, precision=precision, size=size)
        took_s = _fastest(product, clock)
        speed = 2 * size**3 / took_s / 1e9
        is_last = speed < BETTER * best or 8 * took_s > LONG_S
        best = max(best, speed)
        if is_last:
            break
    return best


def _unknown(step_bytes: int, reason: str) -> Roof:
    """A roof of which nothing is known."""
    return Roof(matmul_gflop_per_s=None, copy_gb_per_s=None, step_bytes=step_bytes, reason=reason)


def _fastest(run: Callable[[int], object], clock: Clock) -> float:
    """Seconds of one, in the fastest of a few trials: what is possible, not what is usual."""
    return min(each.call_s for each in bursts(run, clock=clock, seconds=TRIAL_S, count=TRIALS))
