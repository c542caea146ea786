"""Faults that are planted in an engine are caught by what it has learned after so many steps."""

import os
import shutil
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from laptime import datasets, machine, registry
from laptime.bands import gate
from laptime.checks import summarized
from laptime.engines import Job
from laptime.initial import initial_weights
from laptime.record import DataUsed, Result
from laptime.runner import description
from laptime.runner.clock import SystemClock
from laptime.runner.lap import Lap
from laptime.runner.plan import SEED, WARMUP_S, Item
from laptime.runner.setups import resolve
from laptime.runner.supply import supply
from laptime.runner.ticket import Ticket
from tests.runs import quick, quick_process

pytest.importorskip("torch", reason="needs the extra 'torch'")
WORKLOAD = "mnist-mlp"


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An engine `faulty` in a package of its own, here and in every worker."""
    room = tmp_path / "laptime_faulty" / "engines"
    room.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("faulty.py"), room)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    yield
    forget()


def forget() -> None:
    registry._leaves.cache_clear()
    registry.peek.cache_clear()


def item(fault: str) -> Item:
    return Item(
        workload=WORKLOAD,
        engine="faulty",
        device="cpu",
        precision="float32",
        setup="plain",
        options=resolve("faulty", "plain", {"fault": fault}),
        found=None,
    )


@cache
def images():
    leaf = registry.load("datasets", registry.load("workloads", WORKLOAD).WORKLOAD.dataset)
    return datasets.read(leaf, None)


STEP_NS = 500_000
REAL_TIME = ("no sync", "late read back")
"""Faults of the clock itself."""


class StepClock:
    """Half a millisecond a step, whatever this machine is busy with: so the same rungs are reached."""

    def __init__(self) -> None:
        self.steps = lambda: 0.0
        self._calls = 0

    def now_ns(self) -> int:
        self._calls += 1
        return self._calls * 1_000 + round(self.steps() * STEP_NS)

    wall_ns = cpu_ns = now_ns


def run(fault: str, *, precision: str = "float32", warmup_s: float = 0.4) -> Result:
    """A warm-up, a visit and a validation in this process, as a worker does them."""
    clock = SystemClock() if fault in REAL_TIME else StepClock()
    workload = registry.load("workloads", WORKLOAD).WORKLOAD
    given = supply(images(), workload, device="cpu", seed=SEED, now_ns=SystemClock().now_ns)
    bands = description.bands(replace(item(fault), precision=precision), workload)
    job = Job(
        network=workload.network,
        recipe=workload.recipe,
        device="cpu",
        precision=precision,
        options=item(fault).options,
        seed=SEED,
    )
    weights = initial_weights(workload.network, seed=SEED)
    session = registry.load("engines", "faulty").start(job, weights=weights, batches=given.train)
    if isinstance(clock, StepClock):
        clock.steps = lambda: session.samples / workload.recipe.batch_size
    looks = []
    lap = Lap(
        session,
        given.train,
        validation=given.validation,
        is_wait_known=True,
        evaluation_speedup=2.0,
        clock=clock,
        beat=lambda _: None,
        gate=gate(bands),
        tell=looks.append,
    )
    lap.first_step()
    lap.warm_up(warmup_s)
    blocks = tuple(lap.visit(1, 0.1))
    lap.evaluate(0.05)
    session.close()
    made = quick_process(blocks=blocks, looks=tuple(looks))
    return quick(made, bands=bands, data=DataUsed(name="mnist", kind="synthetic", origin=""))


def names(result: Result) -> set[str]:
    return {flag.name for flag in summarized(result).flags}


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_an_honest_engine_has_learned(plug_in: None, precision: str) -> None:
    result = run("none", precision=precision)
    assert len(result.processes[0].looks) == 2
    assert summarized(result).learned is True
    assert not names(result) & {"sync_suspect", "learned_too_fast"}


@pytest.mark.parametrize(
    "fault", ["zeroed gradients", "next label", "random labels", "half the steps", "no sync"]
)
def test_learning_less_is_caught(plug_in: None, fault: str) -> None:
    result = run(fault)
    assert summarized(result).learned is False
    assert "learned_too_fast" not in names(result)


def test_more_work_than_is_counted_is_caught(plug_in: None) -> None:
    result = run("twice the steps")
    assert summarized(result).learned is False
    assert "learned_too_fast" in names(result)


def test_a_sync_that_does_not_wait_is_caught_where_reading_does(plug_in: None) -> None:
    assert "sync_suspect" in names(run("late read back", warmup_s=0.1))


def worked(wanted: Item) -> Result:
    """A warm-up and a validation in a worker."""
    ticket = Ticket(
        wanted, profile="quick", seed=SEED, machine=machine.describe(), on_phase=lambda _: None
    )
    ticket.start(warmup_s=WARMUP_S)
    ticket.evaluate(0.1)
    return ticket.finish()


def test_a_worker_is_looked_at_and_judged(plug_in: None) -> None:
    result = worked(item("half the steps"))
    (process,) = result.processes
    rungs = [band.after_steps for band in result.bands]
    assert process.looks[0].after_steps in rungs
    assert process.looks[-1].after_steps == process.evaluations[-1].after_steps
    assert (process.outcome, summarized(result).learned) == ("did_not_learn", False)
    assert "due" in (process.message or "")


@pytest.mark.parametrize("change", [{"batch_size": 16}, {"precision": "float16"}])
def test_other_work_has_no_band(plug_in: None, change: dict[str, object]) -> None:
    workload = registry.load("workloads", WORKLOAD).WORKLOAD
    assert description.bands(item("none"), workload)
    assert description.bands(replace(item("none"), **change), workload) == ()
