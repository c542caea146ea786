"""A whole run with real worker processes and the fake engine: whatever a worker does, a record."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laptime.errors import DeviceUnavailableError
from laptime.record import Outcome, Process, Profile, Result
from laptime.runner import child
from laptime.runner.parent import Event, Run
from laptime.runner.plan import PROCESSES, VISITS, Item, Plan
from laptime.runner.setups import resolve
from laptime.stopping import LEAST_BLOCKS, LEAST_S
from laptime.store import Store


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


def run(
    *items: Item, folder: Path, profile: Profile = "quick", fallback: bool = True
) -> list[Result]:
    plan = Plan(profile=profile, items=items, fallback=fallback)
    outcome = Run(plan, store=Store(folder), on_event=lambda _: None).execute()
    assert not outcome.problems
    return list(outcome.results)


def process_of(device: str, folder: Path) -> Process:
    (result,) = run(item(device), folder=folder, fallback=False)
    assert Store(folder).load(result.id) == result
    return result.processes[0]


def test_a_quick_run_visits_every_workload_in_turns(tmp_path: Path) -> None:
    events: list[Event] = []
    items = (item(), item(workload="mnist-lenet"))
    outcome = Run(
        Plan(profile="quick", items=items), store=Store(tmp_path), on_event=events.append
    ).execute()
    assert not outcome.problems
    assert [r.work.workload for r in outcome.results] == ["mnist-mlp", "mnist-lenet"]
    for result in outcome.results:
        process = result.processes[0]
        assert process.outcome == "ok"
        assert {b.visit for b in process.blocks} == set(range(VISITS + 1))
        assert len(process.references) == VISITS
        assert process.cold.first_step_s == pytest.approx(0.05)
    visits = [(e.item.workload, e.stage) for e in events if e.stage.startswith("visit")]
    assert [stage for _, stage in visits][:2] == ["visit 1 of 5"] * 2
    assert all(0 <= e.done <= 1 for e in events)
    assert [e.done for e in events] == sorted(e.done for e in events)


def test_a_full_run_trains_every_epoch_with_validation(tmp_path: Path) -> None:
    outcome = Run(
        Plan(profile="full", items=(item(),)), store=Store(tmp_path), on_event=lambda _: None
    ).execute()
    process = outcome.results[0].processes[0]
    assert [epoch.index for epoch in process.epochs] == list(range(1, 11))
    assert all(epoch.samples == 60_000 for epoch in process.epochs)
    assert all(epoch.evaluation.samples == 10_000 for epoch in process.epochs)
    assert process.steps == 18_750
    assert process.epochs[0].train_s == pytest.approx(0.05 + 1874 * 0.002)


@pytest.mark.parametrize(
    ("device", "outcome", "says"),
    [
        ("crash", "killed", "exit code 7"),
        ("nan", "nan_loss", "nan"),
        ("oom", "oom", "out of memory"),
        ("exception", "error", "planted mistake"),
        ("dull", "did_not_learn", "10.0% of the validation images"),
    ],
)
def test_a_failure_becomes_an_outcome(
    device: str, outcome: Outcome, says: str, tmp_path: Path
) -> None:
    process = process_of(device, tmp_path)
    assert process.outcome == outcome
    assert says in (process.message or "")
    assert "somebody" not in (process.message or "")


@pytest.mark.parametrize("profile", ["quick", "full"])
def test_out_of_memory_steps_down_the_ladder(tmp_path: Path, profile: Profile) -> None:
    results = run(item("tight"), folder=tmp_path, profile=profile)
    assert [r.work.batch_size for r in results] == [32, 16, 8]
    assert [r.processes[0].outcome for r in results] == ["oom", "oom", "ok"]
    assert results[2].work.deviations == ("batch 8 in place of 32: memory too short",)
    assert len({r.work.key for r in results}) == 3
    failed = results[0].processes[0]
    assert (failed.phase, failed.steps) == ("first step" if profile == "quick" else "train", 0)
    assert (failed.peak_memory_bytes or 0) > 10_000_000
    assert len(Store(tmp_path).load_all()[0]) == 3


def test_without_fallback_out_of_memory_is_the_end(tmp_path: Path) -> None:
    (result,) = run(item("tight"), folder=tmp_path, fallback=False)
    assert result.processes[0].outcome == "oom"
    assert result.work.deviations == ()


def test_no_other_failure_is_tried_again(tmp_path: Path) -> None:
    assert len(run(item("exception"), folder=tmp_path)) == 1


def test_a_long_step_has_fewer_visits(tmp_path: Path) -> None:
    (result,) = run(item("slow"), folder=tmp_path)
    process = result.processes[0]
    assert [b.phase for b in process.blocks] == ["measured"] * 2
    assert len(process.references) == 2


def test_noise_on_stdout_and_stderr_spoils_nothing(tmp_path: Path) -> None:
    assert process_of("noisy", tmp_path).outcome == "ok"


def test_a_worker_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "SILENCE_LIMIT_S", 3.0)
    process = process_of("hang", tmp_path)
    assert process.outcome == "timeout"
    assert process.phase == "train"
    assert "no sign of life" in (process.message or "")


def test_the_environment_of_a_setup_reaches_the_worker(tmp_path: Path) -> None:
    plan = Plan(profile="quick", items=(item(setup="tuned"), item()))
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    tuned, plain = (r.processes[0].cold.first_step_s for r in outcome.results)
    assert outcome.results[0].setup.environment == {"LAPTIME_FAKE_TUNED": "1"}
    assert outcome.results[1].setup.environment == {}
    assert tuned == plain
    speeds = [
        sum(b.steps for b in r.processes[0].blocks[2:])
        / sum(b.wall_s for b in r.processes[0].blocks[2:])
        for r in outcome.results
    ]
    assert speeds[0] == pytest.approx(2 * speeds[1], rel=0.02)


def test_a_missing_device_stops_its_item_and_no_other(tmp_path: Path) -> None:
    missing = item("nowhere"), item("nowhere", workload="mnist-lenet")
    plan = Plan(profile="quick", items=(*missing, item()))
    outcome = Run(plan, store=Store(tmp_path), on_event=lambda _: None).execute()
    (problem,) = outcome.problems
    assert isinstance(problem, DeviceUnavailableError)
    assert "'nowhere' cannot be used here" in str(problem)
    assert len(outcome.results) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_keeps_what_is_done_and_ends_with_130(tmp_path: Path) -> None:
    """Sent to the whole process group, as a terminal does."""
    environment = {**os.environ, "LAPTIME_STORE": str(tmp_path)}
    command = [sys.executable, "-m", "laptime", "run", "mnist-mlp", "--engine", "fake"]
    running = subprocess.Popen(
        [*command, "--device", "hang"],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A background job of a shell without job control ignores SIGINT, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert running.stderr
    for line in running.stderr:
        if "visit 2" in line:
            break
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130, errors
    assert "Traceback" not in errors
    results, problems = Store(tmp_path).load_all()
    assert not problems
    assert [r.processes[0].outcome for r in results] == ["interrupted"]
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_worker_whose_parent_is_gone_ends_by_itself() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "laptime.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert worker.stdin
    assert worker.stdout
    worker.stdin.close()
    worker.stdout.close()
    assert worker.wait(timeout=30) == 0


def test_what_is_printed_before_the_streams_are_taken_over_is_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello from a hook')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    assert process_of("fake", tmp_path / "store").outcome == "ok"


def test_half_a_line_of_a_killed_worker_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipe holds the beginning of a message, and then nothing any more."""
    code = 'import os; os.write(1, b\'{"do": "rea\'); os._exit(9)\n'
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    process = process_of("fake", tmp_path / "store")
    assert process.outcome == "killed"
    assert "exit code 9" in (process.message or "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_being_told_to_end_keeps_what_is_done(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "laptime", "run", "mnist-mlp", "--engine", "fake"]
    running = subprocess.Popen(
        [*command, "--device", "hang"],
        env={**os.environ, "LAPTIME_STORE": str(tmp_path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert running.stderr
    for line in running.stderr:
        if "visit 2" in line:
            break
    running.terminate()
    running.communicate(timeout=30)
    assert running.returncode == 130
    assert [r.processes[0].outcome for r in Store(tmp_path).load_all()[0]] == ["interrupted"]


def test_a_standard_run_has_several_processes_of_each_in_one_result(tmp_path: Path) -> None:
    events: list[Event] = []
    items = (item(), item(workload="mnist-lenet"), item(setup="tuned"))
    plan = Plan(profile="standard", items=items)
    outcome = Run(plan, store=Store(tmp_path), on_event=events.append).execute()
    ways = {(r.work.workload, r.setup.name) for r in outcome.results}
    assert ways == {("mnist-mlp", "plain"), ("mnist-mlp", "tuned"), ("mnist-lenet", "plain")}
    assert len(outcome.results) == 3
    assert len({result.run for result in outcome.results}) == 1
    for result in outcome.results:
        assert Store(tmp_path).load(result.id) == result
        assert [process.outcome for process in result.processes] == ["ok"] * PROCESSES
        assert len({process.seed for process in result.processes}) == PROCESSES
        born_s = [process.born_s or 0.0 for process in result.processes]
        assert born_s == sorted(born_s)
        for process in result.processes:
            measured = [block for block in process.blocks if block.phase == "measured"]
            assert sum(block.wall_s for block in measured) >= LEAST_S
            assert len(measured) >= LEAST_BLOCKS
            assert len(process.references) == len({block.visit for block in measured})
    starts = [(e.item.workload, e.item.setup) for e in events if e.stage == "start"]
    orders = [tuple(starts[n : n + len(items)]) for n in range(0, len(starts), len(items))]
    assert len(orders) == PROCESSES
    assert len(set(orders)) > 1
    for (
        order
    ) in orders:  # the two setups of one workload stand side by side, to be visited in turns
        assert sorted(order) == sorted((each.workload, each.setup) for each in items)
        assert order[1][0] == "mnist-mlp"


def test_a_batch_that_did_not_fit_is_not_tried_by_every_process(tmp_path: Path) -> None:
    results = run(item("tight"), folder=tmp_path, profile="standard")
    assert [r.work.batch_size for r in results] == [32, 16, 8]
    assert [len(r.processes) for r in results] == [1, 1, PROCESSES]


def test_a_worker_that_fails_counts_among_its_setups_processes(tmp_path: Path) -> None:
    (result,) = run(item("exception"), folder=tmp_path, profile="standard")
    assert [p.outcome for p in result.processes] == ["error"] * PROCESSES
