"""What a device can do at best, found with kernels whose speed is known."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from laptime.engines import Unsupported
from laptime.runner.roof import COPIED_BYTES, LONG_S, SIZES, roof


class Clock:
    """Goes on only when told."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    wall_ns = cpu_ns = now_ns


class Device:
    """A product of so many rows runs at a known speed, and every call costs something."""

    def __init__(self, gflop_per_s: Callable[[int], float], *, call_s: float = 1e-6) -> None:
        self.clock, self.sizes = Clock(), list[int]()
        self._speed, self._call_s = gflop_per_s, call_s

    def kernel(
        self, kind: str, *, device: str, precision: str, size: int
    ) -> Callable[[int], object]:
        if kind == "matmul":
            self.sizes.append(size)
        once_s = 2 * size**3 / self._speed(size) / 1e9 if kind == "matmul" else size * 2 / 50e9

        def run(count: int) -> None:
            self.clock.ns += round((count * once_s + self._call_s) * 1e9)

        return run

    def found(self) -> Any:
        return roof(
            SimpleNamespace(kernel=self.kernel),  # type: ignore[arg-type]
            device="cpu",
            precision="float32",
            step_bytes=7,
            clock=self.clock,
        )


def test_the_best_speed_of_any_size_is_the_roof() -> None:
    device = Device(lambda size: min(100.0, size / 10.24))  # 50, 100, 100 ...
    found = device.found()
    assert found.matmul_gflop_per_s == pytest.approx(100, rel=0.01)
    assert found.copy_gb_per_s == pytest.approx(50, rel=0.01)
    assert found.step_bytes == 7
    assert device.sizes == [512, 1024, 2048]  # the third is no faster


def test_a_slow_device_is_not_asked_for_large_products() -> None:
    device = Device(lambda _: 1.0)
    device.found()
    assert device.sizes == [512]
    assert LONG_S < 8 * 2 * 512**3 / 1e9


def test_a_fast_device_gets_the_largest() -> None:
    device = Device(lambda size: 4.0 * size)
    assert device.found().matmul_gflop_per_s == pytest.approx(4 * SIZES[-1], rel=0.01)


def test_a_copy_is_larger_than_any_cache() -> None:
    assert COPIED_BYTES >= 100e6


def test_an_engine_without_kernels_says_so() -> None:
    found = roof(
        SimpleNamespace(),  # type: ignore[arg-type]
        device="cpu",
        precision="float32",
        step_bytes=7,
        clock=Clock(),
    )
    assert found.matmul_gflop_per_s is found.copy_gb_per_s is None
    assert found.reason


def test_a_precision_that_is_missing_is_a_reason() -> None:
    def kernel(kind: str, **_: object) -> Callable[[int], object]:
        raise Unsupported("no bfloat16 here")

    found = roof(
        SimpleNamespace(kernel=kernel),  # type: ignore[arg-type]
        device="cpu",
        precision="bfloat16",
        step_bytes=7,
        clock=Clock(),
    )
    assert found.reason == "no bfloat16 here"
