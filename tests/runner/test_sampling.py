"""Sensors beside a training: whatever they do, it goes on, and what they told is right."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from laptime import registry
from laptime.runner import sampling, sensing
from laptime.runner.clock import SystemClock
from laptime.runner.sampling import Sampler, together

STRETCH_S = 0.5


def sampled(monkeypatch, fault, *, seconds=STRETCH_S, others=(), rate_hz=50.0):
    """What the fake told, and how long the stop took."""
    monkeypatch.setenv("FAKE_SENSOR", fault)
    with Sampler(["fake", *others], rate_hz=rate_hz) as sampler:
        opened(sampler)
        sampler.start(os.getpid())
        time.sleep(seconds)
        began = time.perf_counter()
        found = sampler.stop()
        return found, time.perf_counter() - began


def opened(sampler, limit_s=20.0):
    """Wait until no sensor is still opening: processes take a while on a busy machine."""
    end = time.perf_counter() + limit_s
    while time.perf_counter() < end:
        sampler.start(None)
        if not any(each.ended == sampling.STILL_OPENING for each in sampler.stop().sensors):
            return
        time.sleep(0.05)
    raise AssertionError("a sensor is still opening")


def fake(found):
    return next(each for each in found.sensors if each.sensor == "fake")


def test_samples_are_taken_at_the_rate_on_our_clock(monkeypatch):
    began_ns = time.perf_counter_ns()
    found, _ = sampled(monkeypatch, "none", seconds=1.0, rate_hz=20.0)
    told = fake(found)
    assert told.ended is None
    assert 10 <= len(told.times_ns) <= 22  # the last one just after the end
    assert began_ns < told.times_ns[0] < told.times_ns[-1] < time.perf_counter_ns()
    steps = [b - a for a, b in zip(told.times_ns, told.times_ns[1:], strict=False)]
    assert min(steps) > 0
    assert {row[0] for row in told.rows} == {100.0}
    assert told.missing == {"temperature_c": "a fake is never warm"}
    assert 0 <= told.cpu_s < 0.5
    assert 0 <= found.cpu_s < found.wall_s


def test_a_sensor_that_fails_ends_with_its_reason(monkeypatch):
    found, _ = sampled(monkeypatch, "fail")
    told = fake(found)
    assert told.ended == "it failed: OSError: the fake broke, as it was told"


def test_what_a_sensor_told_before_it_failed_stays(monkeypatch):
    monkeypatch.setenv("FAKE_SENSOR", "fail")
    parts = []
    with Sampler(["fake"], rate_hz=50.0) as sampler:
        end = time.perf_counter() + 20.0
        while time.perf_counter() < end:
            sampler.start(None)
            time.sleep(0.1)
            parts.append(fake(sampler.stop()))
            if (parts[-1].ended or "").startswith("it failed"):
                break
    assert parts[-1].ended.startswith("it failed")
    assert sum(len(part.rows) for part in parts) == 4


def test_a_sensor_that_hangs_is_left_behind(monkeypatch):
    found, stop_s = sampled(monkeypatch, "hang", seconds=2.0, others=["host"])
    told, host = fake(found), next(each for each in found.sensors if each.sensor == "host")
    assert "left behind" in told.ended or "owed an answer" in told.ended
    assert host.ended is None
    assert len(host.rows) > 5
    assert stop_s < sampling.REST_LIMIT_S


def test_a_sensor_that_stops_its_whole_process_is_stopped(monkeypatch):
    found, stop_s = sampled(monkeypatch, "stuck", seconds=1.0)
    assert "no answer for 2 s" in fake(found).ended
    assert stop_s < sampling.REST_LIMIT_S + 2 * sampling.END_LIMIT_S + 1


def test_a_sensor_that_lies_is_refused(monkeypatch):
    found, _ = sampled(monkeypatch, "lie")
    told = fake(found)
    assert told.ended is None
    assert set(told.refused) == {"power_w of fake", "energy_j of fake", "busy_share"}
    lies = sum(row[0] is None for row in told.rows)
    assert lies > len(told.rows) / 2  # not a number among them, which JSON has no word for
    assert told.refused["power_w of fake"].startswith(f"{lies} of {len(told.rows)} values refused")
    assert {row[0] for row in told.rows} <= {100.0, None}


def test_a_sensor_that_crashes_says_how(monkeypatch):
    found, _ = sampled(monkeypatch, "crash")
    assert fake(found).ended.startswith("its process ended with exit code 3")


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signal")
def test_a_killed_process_of_sensors_is_a_reason():
    with Sampler(["host"]) as sampler:
        opened(sampler)
        sampler.start(None)
        os.kill(sampler._groups[0]._process.pid, signal.SIGKILL)
        assert sampler.stop().sensors[0].ended == "its process was ended by SIGKILL"
        sampler.start(None)
        assert sampler.stop().sensors[0].ended == "its process was ended by SIGKILL"


def test_nothing_to_tell_is_a_reason(monkeypatch):
    found, _ = sampled(monkeypatch, "closed")
    assert fake(found).ended == "the fake has nothing to tell today"


def test_a_sensor_that_does_not_open_hurts_nobody(monkeypatch):
    monkeypatch.setenv("FAKE_SENSOR", "slow")
    with Sampler(["fake"]) as sampler:
        sampler.start(None)
        time.sleep(STRETCH_S)
        assert fake(sampler.stop()).ended == sampling.STILL_OPENING


def test_a_leaf_that_does_not_import_is_a_reason(monkeypatch, tmp_path):
    room = tmp_path / "laptime_odd" / "sensors"
    room.mkdir(parents=True)
    facts = "TITLE=''\nMODULES=()\nEXTRA=None\nUNAVAILABLE={}\nPERIOD_S=1.0\nLIMIT_S=1.0\n"
    (room / "odd.py").write_text(facts + "import module_that_is_nowhere\n")
    (room / "torn.py").write_text("TITLE = (\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    registry._leaves.cache_clear()
    try:
        with Sampler(["odd", "torn"]) as sampler:
            opened(sampler)
            sampler.start(None)
            odd, torn = sampler.stop().sensors
    finally:
        registry._leaves.cache_clear()
    assert "module_that_is_nowhere" in odd.ended
    assert "cannot be opened" in torn.ended


def test_visits_of_a_worker_are_one(monkeypatch):
    monkeypatch.setenv("FAKE_SENSOR", "none")
    with Sampler(["fake"], rate_hz=50.0) as sampler:
        opened(sampler)
        parts = []
        for _ in range(2):
            sampler.start(None)
            time.sleep(0.2)
            parts.append(sampler.stop())
            time.sleep(0.1)
    both = together(parts)
    told = fake(both)
    assert len(told.rows) == sum(len(fake(part).rows) for part in parts)
    assert list(told.times_ns) == sorted(told.times_ns)
    assert both.wall_s == pytest.approx(sum(part.wall_s for part in parts))
    (log,) = both.logs(zero_ns=told.times_ns[0])
    assert log.sensor == "fake"
    assert log.series[0].means[0] == 40.0


def test_stop_needs_a_start():
    with Sampler([]) as sampler, pytest.raises(RuntimeError, match="start"):
        sampler.stop()


def test_an_impossible_rate_is_a_mistake():
    with pytest.raises(ValueError, match="readings a second"):
        Sampler([], rate_hz=0)


def test_sensors_with_a_library_have_a_process_of_their_own():
    assert sampling.groups(["host", "nvidia", "rapl"]) == [("host", "rapl"), ("nvidia",)]
    assert sampling.groups(["amd"]) == [("amd",)]


def test_a_missing_library_is_a_reason_with_the_way_to_it(monkeypatch):
    monkeypatch.setattr(sampling, "installed", lambda _: False)
    monkeypatch.setattr(sampling, "unavailable", lambda *_, **__: None)
    assert "pip install 'laptime[nvidia]'" in sampling.impossible("nvidia")


def test_the_fake_must_be_named():
    assert "fake" not in sampling.every()
    assert {"host", "nvidia", "amd", "apple", "macmon", "rapl", "power"} <= set(sampling.every())


def test_every_process_has_the_same_clock():
    # Alignment with the worker's blocks rests on this: Python's documentation of perf_counter.
    before = time.perf_counter_ns()
    command = [sys.executable, "-c", "import time; print(time.perf_counter_ns())"]
    told = int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert before < told < time.perf_counter_ns()


LEFT = """
import sys, time
from laptime.runner.sampling import Sampler
sampler = Sampler(["host"])
sampler.start(None)
print(sampler._groups[0]._process.pid, flush=True)
time.sleep(float(sys.argv[1]))
"""


def gone(pid, limit_s=10.0):
    end = time.perf_counter() + limit_s
    while time.perf_counter() < end:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("how", ["forgets it", "interrupted", "killed"])
def test_no_process_is_left_when_laptime_ends(how):
    seconds = "0.2" if how == "forgets it" else "60"
    with subprocess.Popen(
        [sys.executable, "-c", LEFT, seconds],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        pid = int(parent.stdout.readline())
        if how == "interrupted":
            time.sleep(0.3)
            parent.send_signal(signal.SIGINT)
        if how == "killed":
            parent.kill()
        parent.wait(timeout=10)
    assert gone(pid)


def test_closing_leaves_no_thread():
    before = set(threading.enumerate())
    sampler = Sampler(["host"])
    sampler.close()
    sampler.close()
    assert set(threading.enumerate()) <= before


def test_a_reading_has_a_value_for_each_quantity():
    said = []
    notes = sensing.Notes("odd", 2, said.append, SystemClock())
    notes.add(1, [1.0, float("inf")])
    with pytest.raises(ValueError, match="1 values for 2 quantities"):
        notes.add(2, [1.0])
    notes.tell()
    assert (said[0].times_ns, said[0].rows) == ((1,), ((1.0, "inf"),))


def test_a_turn_lasts_until_it_is_changed():
    turn = sensing.Turn(0.1)
    turn.change(is_on=True, pid=7)
    assert turn.lasts(turn.number, 0.01)
    number = turn.number
    turn.change(is_on=False)
    assert not turn.lasts(number, 10.0)
