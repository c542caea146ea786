"""Faults planted around a real worker are each named by a flag of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from laptime.checks import summarized
from laptime.record import Result
from laptime.runner import schedules
from laptime.runner.parent import Event, Run
from laptime.runner.plan import Item, Plan
from laptime.runner.setups import resolve
from laptime.store import Store

pytest.importorskip("torch", reason="needs the extra 'torch'")


def run(folder: Path, *, on_event: Callable[[Event], None] = lambda _: None) -> Result:
    item = Item(
        workload="mnist-mlp",
        engine="torch",
        device="cpu",
        precision="float32",
        setup="tuned",
        options=resolve("torch", "tuned"),
        found=None,
    )
    plan = Plan(profile="quick", items=(item,))
    outcome = Run(plan, store=Store(folder), on_event=on_event).execute()
    assert not outcome.problems
    return outcome.results[0]


def names(result: Result) -> set[str]:
    return {flag.name for flag in summarized(result).flags}


@contextmanager
def burning(count: int) -> Iterator[None]:
    """So many processes of somebody else's that compute."""
    code = "while True: pass"
    others = [
        # A session of its own, and no child of ours: what laptime starts itself is not 'others'.
        subprocess.Popen(
            [sys.executable, "-c", f"import os\nif os.fork(): os._exit(0)\nos.setsid()\n{code}"],
            start_new_session=True,
        )
        for _ in range(count)
    ]
    for other in others:
        other.wait()
    burners = [
        p for p in psutil.process_iter(["cmdline"]) if code in " ".join(p.info["cmdline"] or ())
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are nobody's children")
def test_somebody_else_who_computes_is_seen(tmp_path: Path) -> None:
    with burning(1):
        result = run(tmp_path)
    assert "other_load" in names(result)


def test_alone_nobody_is_accused(tmp_path: Path) -> None:
    """Of what this test can know: that its own worker and sensors are not taken for others."""
    result = run(tmp_path)
    (process,) = result.processes
    host = next(log for log in process.logs if log.sensor == "host")
    assert host.ended is None
    assert {"others_cores", "tree_cores"} <= {each.quantity.name for each in host.series}
    assert "stood_still" not in names(result)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP")
def test_a_suspended_worker_stood_still(tmp_path: Path) -> None:
    def suspend(event: Event) -> None:
        if event.stage.startswith("visit 3"):
            threading.Thread(target=stop_for_a_while, daemon=True).start()

    def stop_for_a_while() -> None:
        worker = next(
            child
            for child in psutil.Process().children()
            if "laptime.runner" in child.cmdline()[-1:]
        )
        began = sum(worker.cpu_times()[:2])
        while sum(worker.cpu_times()[:2]) < began + 0.3:  # until it is in the middle of its visit
            time.sleep(0.01)
        worker.suspend()
        time.sleep(2.0)
        worker.resume()

    assert "stood_still" in names(run(tmp_path, on_event=suspend))


def test_schedules_read_the_sensors_beside_every_visit(tmp_path: Path) -> None:
    result = run(tmp_path)
    host = next(log for log in result.processes[0].logs if log.sensor == "host")
    blocks = [b for b in result.processes[0].blocks if b.phase == "measured"]
    covered = [
        any(
            host.first_bin + place == int(block.started_s // host.bin_s)
            for series in host.series
            for place, value in enumerate(series.means)
            if value is not None
        )
        for block in blocks
    ]
    assert all(covered)
    assert len({block.visit for block in blocks}) == schedules.VISITS
