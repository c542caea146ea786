"""Profiles beyond the quick one: pauses of a whole run, soaking, and going on after an end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from laptime.errors import DeviceUnavailableError, RecordError, UsageError
from laptime.record import Result
from laptime.runner import schedules, standard, unfinished
from laptime.runner.parent import Event, Run
from laptime.runner.plan import PROCESSES, SOAK_VISIT_S, VISITS, Item, Plan
from laptime.runner.schedules import pauses
from laptime.runner.setups import resolve
from laptime.runner.ticket import Ticket
from laptime.store import Store
from tests.plugs import plant
from tests.runs import full, quick

__all__ = ["plant"]


def item(device: str = "fake", *, workload: str = "mnist-mlp", setup: str = "plain") -> Item:
    return Item(
        workload=workload,
        engine="fake",
        device=device,
        precision="float32",
        setup=setup,
        options=resolve("fake", setup),
        found=None,
    )


@pytest.mark.parametrize("epochs", range(1, 30))
def test_visits_are_spread_over_the_pauses(epochs: int) -> None:
    after = pauses(epochs, 5)
    numbers = [number for index in sorted(after) for number in after[index]]
    assert numbers == (list(range(1, 6)) if epochs > 1 else [])
    assert all(1 <= index < epochs for index in after)
    if epochs > 5:
        gaps = [b - a for a, b in zip(sorted(after), sorted(after)[1:], strict=False)]
        assert max(gaps) - min(gaps) <= 1


def test_a_long_whole_run_shows_how_far_the_estimate_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "LONG_S", 1.0)
    plan = Plan(profile="full", items=(item(),))
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    found = {result.profile: result for result in outcome.results}
    assert set(found) == {"quick", "full"}
    assert found["quick"].run == found["full"].run
    assert found["quick"].work.key == found["full"].work.key
    (beside,), (whole,) = found["quick"].processes, found["full"].processes
    assert len({b.visit for b in beside.blocks if b.phase == "measured"}) == VISITS
    assert beside.evaluations
    assert len(whole.epochs) == 10


def test_a_short_whole_run_is_simply_run(tmp_path: Path) -> None:
    plan = Plan(profile="full", items=(item(),))
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    assert [result.profile for result in outcome.results] == ["full"]


def test_a_second_worker_that_fails_leaves_the_whole_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "LONG_S", 1.0)
    start = Run.start_beside

    def failing(run: Run, each: Item, *, warmup_s: float, seed: int) -> Ticket | None:
        return start(run, replace(each, device="exception"), warmup_s=warmup_s, seed=seed)

    monkeypatch.setattr(Run, "start_beside", failing)
    plan = Plan(profile="full", items=(item(),))
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    found = {result.profile: result.processes[0].outcome for result in outcome.results}
    assert found == {"full": "ok", "quick": "error"}


def test_soaking_trains_without_a_rest(tmp_path: Path) -> None:
    """Of the parent's time: the scripted clock of the fake engine runs on its own."""
    plan = Plan(profile="soak", items=(item("throttled"),), soak_s=3.0)
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    (result,) = outcome.results
    (process,) = result.processes
    measured = [block for block in process.blocks if block.phase == "measured"]
    visits = {block.visit for block in measured}
    assert len(visits) > 3
    for visit in visits:
        assert sum(b.wall_s for b in measured if b.visit == visit) >= SOAK_VISIT_S
    assert len(process.references) == len(visits)


def begun(folder: Path, *, processes: int) -> tuple[Plan, list[Result]]:
    """A run that was interrupted after so many processes of its first item."""
    items = (item(), item(setup="tuned"))
    plan = Plan(profile="standard", items=items)
    done = 0

    def stop(event: Event) -> None:
        nonlocal done
        done += event.stage == "validation"
        if done > processes:
            raise KeyboardInterrupt

    outcome = Run(plan, store=Store(folder), on_event=stop).execute()
    assert outcome.interrupted
    return plan, list(outcome.results)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    _, before = begun(tmp_path, processes=3)
    store = Store(tmp_path)
    known, results = unfinished.newest(store)
    assert {result.id for result in results} == {result.id for result in before}
    kept = sum(p.outcome == "ok" for result in results for p in result.processes)
    assert kept >= 3
    events: list[Event] = []
    outcome = Run(known.plan, store=store, on_event=events.append, begun=(known, results)).execute()
    assert not outcome.interrupted
    assert len(outcome.results) == 2
    assert len({result.run for result in outcome.results}) == 1
    for result in outcome.results:
        assert sum(process.outcome == "ok" for process in result.processes) == PROCESSES
        assert store.load(result.id) == result
        born_s = [process.born_s for process in result.processes if process.born_s is not None]
        assert born_s == sorted(born_s)
    started = sum(event.stage == "start" for event in events)
    assert started == 2 * PROCESSES - kept
    with pytest.raises(UsageError, match="no run was left unfinished"):
        unfinished.newest(store)


def test_a_result_that_was_deleted_is_measured_again(tmp_path: Path) -> None:
    begun(tmp_path, processes=2)
    store = Store(tmp_path)
    for name in store.ids():
        (tmp_path / f"{name}.json").unlink()
    known, results = unfinished.newest(store)
    assert results == []
    assert known.results


def test_a_smaller_batch_is_gone_on_with(tmp_path: Path) -> None:
    """Stopped while the second smaller batch was tried: the first two did not fit into memory."""
    starts = 0

    def stop(event: Event) -> None:
        nonlocal starts
        starts += event.stage == "start"
        if starts == 4:  # alone once more, where others were held beside it
            raise KeyboardInterrupt

    items = (item("tight"), item("tight", workload="mnist-lenet"))
    store = Store(tmp_path)
    assert Run(Plan(profile="quick", items=items), store=store, on_event=stop).execute().interrupted
    known, results = unfinished.newest(store)
    assert {p.outcome for r in results for p in r.processes} == {"oom"}
    outcome = Run(
        known.plan, store=store, on_event=lambda _: None, begun=(known, results)
    ).execute()
    well = [r for r in outcome.results if r.processes[-1].outcome == "ok"]
    assert {(r.work.workload, r.work.batch_size) for r in well} == {
        ("mnist-mlp", 8),
        ("mnist-lenet", 8),
    }


def test_a_look_beside_a_whole_run_is_not_the_whole_run() -> None:
    whole, look = full(), quick()
    setup = whole.setup
    wanted = replace(
        item(setup.device, workload=whole.work.workload, setup=setup.name),
        engine=setup.engine,
        precision=setup.precision,
    )
    plan = Plan(profile="full", items=(wanted,))
    assert unfinished.processes_done(wanted, [look], plan) == 0
    assert unfinished.processes_done(wanted, [look, whole], plan) == 1


LATE = """
    from laptime.runner import worker
    def roof(*_, **__):
        raise MemoryError("no room for the largest product")
    worker.roof = roof
"""


def test_what_fails_after_all_was_measured_costs_no_figure(tmp_path: Path, plant) -> None:
    plant("laptime.runner", LATE)
    plan = Plan(profile="standard", items=(item(),), fallback=True)
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    (result,) = outcome.results
    assert [process.outcome for process in result.processes] == ["ok"] * PROCESSES
    for process in result.processes:
        assert process.roof is not None
        assert process.roof.reason == "oom: no room for the largest product"
        assert process.evaluations


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted engine takes less time to start than a real one is taken to."""
    monkeypatch.setattr(standard, "START_S", 0.5)
    monkeypatch.setattr(standard, "EVALUATE_S", 0.1)


@pytest.mark.usefixtures("cheap")
def test_a_budget_does_not_wait_for_what_fails(tmp_path: Path) -> None:
    """One way raises at once; the other still gets its processes."""
    items = (item("exception"), item(workload="mnist-lenet"))
    plan = Plan(profile="standard", items=items, budget_s=15.0)
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    counts = {r.work.workload: [p.outcome for p in r.processes] for r in outcome.results}
    assert counts["mnist-mlp"] == ["error"] * standard.TRIES
    assert "ok" in counts["mnist-lenet"]


def test_a_budget_is_not_spun_away_without_a_device(tmp_path: Path) -> None:
    items = tuple(
        replace(
            item(workload=name), engine="torch", device="cuda", options=resolve("torch", "plain")
        )
        for name in ("mnist-mlp", "mnist-lenet")
    )
    began = time.monotonic()
    plan = Plan(profile="standard", items=items, budget_s=600.0)
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    assert time.monotonic() - began < 300
    assert outcome.results == ()
    assert [type(problem) for problem in outcome.problems] == [DeviceUnavailableError]


@pytest.mark.usefixtures("cheap")
def test_what_a_budget_had_no_time_for_is_told(tmp_path: Path) -> None:
    items = (item(), item(workload="mnist-lenet"))
    plan = Plan(profile="standard", items=items, budget_s=5.0)
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    (result,) = outcome.results
    (missing,) = {each.workload for each in items} - {result.work.workload}
    (problem,) = outcome.problems
    assert f"{missing} (fake, plain): the budget of 5 s was spent" in str(problem)


def test_a_run_that_goes_on_elsewhere_is_left_alone(tmp_path: Path) -> None:
    begun(tmp_path, processes=1)
    store = Store(tmp_path)
    known, _ = unfinished.newest(store)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        owner = (other.pid, psutil.Process(other.pid).create_time())
        unfinished.write(store, replace(known, owner=owner))
        with pytest.raises(UsageError, match="still going on"):
            unfinished.newest(store)
        unfinished.write(store, replace(known, owner=(other.pid, owner[1] - 60)))
        assert unfinished.newest(store)[0].run == known.run  # its number belongs to somebody else
    finally:
        other.kill()
        other.wait()
    unfinished.write(store, replace(known, owner=owner))
    assert unfinished.newest(store)[0].run == known.run


def test_a_damaged_plan_is_named(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-abc.plan").write_text("{")
    with pytest.raises(RecordError, match="delete it"):
        unfinished.newest(Store(tmp_path))


RUN = """
import sys
from pathlib import Path
from tests.runner.test_schedules import item
from laptime.runner.parent import Run
from laptime.runner.plan import Plan
from laptime.store import Store
items = (item(), item(setup="tuned"))
Run(Plan(profile="standard", items=items), store=Store(Path(sys.argv[1])), on_event=print).execute()
"""


@pytest.mark.parametrize("after_s", [0.5, 2.0, 4.0, 6.5])
def test_sigkill_of_the_parent_at_any_moment_leaves_a_store_that_loads(
    tmp_path: Path, after_s: float
) -> None:
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("this system has no SIGKILL")
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
    )
    time.sleep(after_s)
    process.kill()
    process.wait()
    store = Store(tmp_path)
    results, problems = store.load_all()
    assert not problems
    if list(tmp_path.glob(".unfinished-*")):
        known, again = unfinished.newest(store)
        assert len(known.plan.items) == 2
        assert len(again) == len(results)
