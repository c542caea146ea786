"""Every engine's own kernels, in a worker: the roof of its training, and what `probe` measures."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from laptime import machine
from laptime.probes.table import KINDS, figure
from laptime.probes.variables import ONE_THREAD
from laptime.record import Roof
from laptime.runner import plan
from laptime.runner.child import Child
from laptime.runner.messages import Kernel, Opened, OpenEngine, TimeKernel, Told
from laptime.runner.plan import Item
from laptime.runner.setups import environment, resolve
from laptime.runner.ticket import Ticket


def roof_of(engine: str, precision: str) -> Roof:
    setup = next(iter(plan.engine_facts(engine)["SETUPS"]))
    item = Item(
        workload="mnist-mlp",
        engine=engine,
        device="cpu",
        precision=precision,
        setup=setup,
        options=resolve(engine, setup),
        found=None,
    )
    ticket = Ticket(
        item, profile="quick", seed=1, machine=machine.describe(), on_phase=lambda _: None
    )
    ticket.start(warmup_s=0.1)
    ticket.find_roof()
    found = ticket.finish().processes[0]
    assert found.outcome == "ok", found.message
    assert found.roof
    return found.roof


ENGINES = [
    name if name == "torch" else pytest.param(name, marks=pytest.mark.long)
    for name in plan.by_preference()
]
SIZES = {"matmul": 128, "conv3x3": 1, "conv1x1": 1, "depthwise": 1, "launch": 1}
SMALL_BYTES = 4_000_000
POSSIBLE = {
    "gflop_per_s": (1e-3, 200_000.0),
    "gb_per_s": (1e-2, 5_000.0),
    "latency_us": (0.05, 1e5),
}
"""No machine that runs tests is slower or faster than this: a missing wait would be far above."""


@contextmanager
def opened(engine: str) -> Iterator[Child]:
    """Its worker on one core, with its engine imported: threads that wait for each other on a busy
    machine take as long for little work as for much."""
    if not plan.is_installed(engine):
        pytest.skip(f"{engine} is not installed")
    child = Child(environment=environment(engine, {}) | ONE_THREAD, on_phase=lambda _: None)
    try:
        child.send(OpenEngine(engine=engine, cores=1))
        answer = child.receive(within_s=120)
        assert isinstance(answer, Opened)
        assert "cpu" in [device.key for device in answer.devices]
        yield child
    finally:
        child.kill()
        child.close()


def told(child: Child, kind: str, size: int, *, precision: str = "float32") -> Told:
    kernel = Kernel(kind=kind, device="cpu", precision=precision, size=size)
    child.send(TimeKernel(kernel=kernel, seconds=0.01))
    answer = child.receive(within_s=120)
    assert isinstance(answer, Told)
    return answer


@pytest.mark.parametrize("engine", ENGINES)
def test_every_kind_is_measured_and_possible(engine: str) -> None:
    with opened(engine) as child:
        for kind in [kind for kind in KINDS if not kind.of and not kind.is_device_own]:
            for precision in kind.precisions:
                size = SIZES.get(kind.name, SMALL_BYTES)
                answer = told(child, kind.name, size, precision=precision)
                assert answer.bursts, f"{kind.name}: {answer.reason}"
                call_s = min(burst.call_s for burst in answer.bursts)
                low, high = POSSIBLE[kind.unit]
                assert low < figure(kind, size=size, call_s=call_s) < high, kind.name


@pytest.mark.parametrize("engine", ENGINES)
def test_more_work_takes_longer(engine: str) -> None:
    """Else something is left out, or not waited for."""
    with opened(engine) as child:
        for kind, small, large in (
            ("matmul", 128, 512),
            ("conv3x3", 1, 8),
            ("depthwise", 1, 32),
            ("triad", SMALL_BYTES, 16 * SMALL_BYTES),
        ):
            times = [
                min(burst.call_s for burst in told(child, kind, size).bursts)
                for size in (small, large)
            ]
            assert times[1] > 2 * times[0], kind


@pytest.mark.parametrize("engine", ENGINES)
def test_what_it_has_not_is_said(engine: str) -> None:
    with opened(engine) as child:
        for kind in ("h2d", "no such kind"):
            answer = told(child, kind, SMALL_BYTES)
            assert answer.bursts == ()
            assert answer.reason


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_products_and_copies_are_measured_and_possible(engine: str, precision: str) -> None:
    if not plan.is_installed(engine):
        pytest.skip(f"{engine} is not installed")
    found = roof_of(engine, precision)
    assert found.matmul_gflop_per_s
    assert found.copy_gb_per_s
    # No machine that runs tests is slower or faster than this: a missing wait would be far above.
    assert 0.05 < found.matmul_gflop_per_s < 200_000
    assert 0.2 < found.copy_gb_per_s < 5_000
    assert found.step_bytes > 1_000_000
