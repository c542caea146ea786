"""Every engine's own kernels, in a worker: the roof that its training is held against."""

import pytest

from laptime import machine
from laptime.record import Roof
from laptime.runner import plan
from laptime.runner.plan import Item
from laptime.runner.setups import resolve
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


@pytest.mark.parametrize(
    "engine",
    [
        name if name == "torch" else pytest.param(name, marks=pytest.mark.long)
        for name in plan.by_preference()
    ],
)
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
