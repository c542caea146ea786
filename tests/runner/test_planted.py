"""Faults planted around a real worker are each named by a flag of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from laptime.checks import summarized
from laptime.reasons import FEWEST_PROCESSES
from laptime.record import Profile, Result
from laptime.runner import sampling, schedules
from laptime.runner.parent import Event, Run
from laptime.runner.plan import Item, Plan
from laptime.runner.setups import resolve
from laptime.store import Store
from tests.plugs import plant, plug_in

__all__ = ["plant", "plug_in"]

pytest.importorskip("torch", reason="needs the extra 'torch'")


ITEM = Item(
    workload="mnist-mlp",
    engine="torch",
    device="cpu",
    precision="float32",
    setup="tuned",
    options=resolve("torch", "tuned"),
    found=None,
)


def run(
    folder: Path,
    *,
    on_event: Callable[[Event], None] = lambda _: None,
    item: Item = ITEM,
    profile: Profile = "quick",
    **more: float,
) -> Result:
    plan = Plan(profile=profile, items=(item,), **more)
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


SLOW_INPUT = """
    import time
    from laptime.pipeline import Batches
    honest = Batches._next_batch
    def slow(self):
        began = self._now_ns()
        time.sleep(0.003)
        if {is_told}:
            self.waited_ns += self._now_ns() - began
        return honest(self)
    Batches._next_batch = slow
"""


@pytest.mark.long
@pytest.mark.parametrize("is_told", [True, False])
def test_an_input_slowed_by_sleep_is_what_limits(tmp_path: Path, plant, is_told: bool) -> None:
    """Also where its own clock does not see it; then the two witnesses differ."""
    plant("laptime.runner", SLOW_INPUT.format(is_told=is_told))
    result = run(tmp_path, profile="standard", budget_s=45.0)
    assert "input_bound" in names(result)
    assert is_told or "witnesses_differ" in names(result)
    assert "stood_still" not in names(result)
    summary = summarized(result)
    assert summary.limit is not None
    assert summary.limit.name == "input"
    held = [any(block.phase == "held" for block in p.blocks) for p in result.processes]
    assert held.index(True) == FEWEST_PROCESSES - 1  # the interval comes first


JUMP = """
    import itertools, time
    from laptime.runner.clock import SystemClock
    asked = itertools.count()
    SystemClock.wall_ns = staticmethod(lambda: time.time_ns() + 30 * 10**9 * (next(asked) > 0))
"""


def test_a_clock_that_jumps_is_suspect(tmp_path: Path, plant) -> None:
    plant("laptime.runner", JUMP)
    assert "clock_suspect" in names(run(tmp_path))


IDLE_CARD = """
    from types import SimpleNamespace
    import pynvml
    def refuse(*_):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
    for name in dir(pynvml):
        if name.startswith("nvmlDeviceGet"):
            setattr(pynvml, name, refuse)
    pynvml.nvmlInit = pynvml.nvmlShutdown = lambda: None
    pynvml.nvmlDeviceGetCount = lambda: 1
    pynvml.nvmlDeviceGetHandleByIndex = lambda index: index
    pynvml.nvmlDeviceGetUtilizationRates = lambda _: SimpleNamespace(gpu=0, memory=0)
"""
PRETENDER = """
import msgspec
from laptime import registry
from laptime.engines import Device
TITLE = "PyTorch on the processor, that says it were on a card"
MODULES = ("torch",)
EXTRA = None
DEVICES = ("cuda",)
PRECISIONS = ("float32",)
OPTIONS = {}
SETUPS = {"plain": {}}
HONEST = registry.load("engines", "torch")
def devices():
    return [Device(key="cuda", name="a card that nobody asks")]
def start(job, *, weights, batches):
    options = {name: values[0] for name, values in HONEST.OPTIONS.items()} | job.options
    job = msgspec.structs.replace(job, device="cpu", options=options)
    return HONEST.start(job, weights=weights, batches=batches)
"""


def test_a_device_that_was_never_used_is_told(tmp_path: Path, plug_in, plant) -> None:
    pytest.importorskip("pynvml", reason="needs the extra 'nvidia'")
    plug_in("pretender", PRETENDER)
    plant("laptime.runner.sensing", IDLE_CARD)
    options = resolve("pretender", "plain")
    pretender = replace(ITEM, engine="pretender", device="cuda", setup="plain", options=options)
    result = run(tmp_path, item=pretender)
    [flag] = [flag for flag in summarized(result).flags if flag.name == "device_idle"]
    assert flag.measured == "busy for 0 % of the time"


GROUP = Path("/sys/fs/cgroup")
LEAST_BYTES = 64 << 20
HOG = f"input(); hog = bytearray({8 * LEAST_BYTES}); hog[::4096] = b'x' * len(hog[::4096]); input()"


@contextmanager
def pressed() -> Iterator[None]:
    """A process that has eight times the memory that its group may use."""
    group = GROUP / "laptime-test"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no group of processes can be made here: {error}")
    hog = None
    try:
        (group / "memory.max").write_text(str(LEAST_BYTES))
        hog = subprocess.Popen([sys.executable, "-c", HOG], stdin=subprocess.PIPE)
        (group / "cgroup.procs").write_text(str(hog.pid))
        assert hog.stdin is not None
        hog.stdin.write(b"\n")  # what it takes from now on is the group's
        hog.stdin.flush()
        yield
    finally:
        if hog is not None:
            hog.kill()
            hog.communicate()
        group.rmdir()


@pytest.mark.skipif(
    not (GROUP / "cgroup.controllers").exists(), reason="needs cgroups of Linux, v2"
)
@pytest.mark.skipif(not psutil.swap_memory().total, reason="this machine has no swap")
def test_swap_that_grows_meanwhile_is_told(tmp_path: Path) -> None:
    with ExitStack() as stack:

        def press(event: Event) -> None:
            if event.stage.startswith("visit 1"):
                stack.enter_context(pressed())

        assert "swapped" in names(run(tmp_path, on_event=press))


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


def test_joules_are_told_gross_and_net_with_their_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sensor that tells 100 W while somebody is watched and 40 W at rest, in a whole run."""
    monkeypatch.setattr(sampling, "every", lambda: ["host", "fake"])
    result = run(tmp_path, profile="soak", soak_s=6.0)
    [drawn] = summarized(result).energy
    assert (drawn.origin, drawn.scope, drawn.part) == ("measured", "system", "fake")
    assert drawn.power_w == pytest.approx(100, rel=0.05)
    assert drawn.net_energy_j_per_1000_samples is not None
    share = drawn.net_energy_j_per_1000_samples / drawn.energy_j_per_1000_samples
    assert share == pytest.approx(0.6, rel=0.05)
    blocks = [block for block in result.processes[0].blocks if block.phase == "measured"]
    speed = sum(b.samples for b in blocks) / sum(b.wall_s for b in blocks)
    assert drawn.energy_j_per_1000_samples == pytest.approx(100 * 1000 / speed, rel=0.05)


def test_without_such_a_sensor_there_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "every", lambda: ["host"])
    summary = summarized(run(tmp_path))
    assert summary.energy == ()
    assert "no sensor here tells of power" in summary.reasons["energy"]
