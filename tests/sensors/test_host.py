"""The computer itself, by psutil's numbers."""

import os
import subprocess
import sys
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.sensors import host


def test_idle_stolen_and_guests_time_is_not_busy():
    parts = {"user": 5.0, "system": 2.0, "irq": 1.0, "idle": 90.0, "iowait": 3.0, "steal": 4.0}
    assert host.cpu_times(parts | {"guest": 2.0}) == (8.0, 4.0)
    assert host.cpu_times({"user": 5.0, "idle": 90.0}) == (5.0, None)


def test_a_busy_core():
    before = {"user": 10.0, "idle": 10.0, "steal": 0.0, "guest": 0.0}
    after = {"user": 10.6, "idle": 10.2, "steal": 0.2, "guest": 0.5}
    assert host.busy_share(before, after) == pytest.approx(0.6)
    assert host.busy_share(after, after) is None


@given(st.lists(st.tuples(st.integers(1, 9), st.floats(0, 100)), max_size=9))
def test_used_time_never_shrinks(pairs):
    before = dict(pairs)
    assert host.grown(before, {pid: s + 1 for pid, s in before.items()}) == pytest.approx(
        len(before)
    )
    assert host.grown(before, {}) == 0.0
    assert host.grown({}, before) == 0.0


def test_descendants():
    parents = {2: 1, 3: 2, 4: 3, 5: 1, 6: 99}
    assert host.descendants(2, parents) == {2, 3, 4}
    assert host.descendants(7, parents) == {7}


def test_the_hottest_reading_of_the_processor_counts():
    chips = {"acpitz": [27.8], "nvme": [38.0], "coretemp": [52.0, 49.0, 57.0]}
    assert host.chip_temperature(chips) == 57.0
    assert host.chip_temperature({"nvme": [38.0]}) is None
    assert host.chip_temperature({}) is None


@pytest.mark.skipif(sys.platform == "win32", reason="its processor times come in steps of 16 ms")
def test_a_busy_worker_is_told_from_others(monkeypatch):
    # In tests the sensor lives in our own process: we are laptime.
    monkeypatch.setattr("os.getppid", os.getpid)
    sensor = host.open_sensor()
    busy = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(busy) as worker:
        try:
            sensor.watch(worker.pid)
            now_ns = time.perf_counter_ns()
            sensor.read(now_ns)
            time.sleep(0.5)
            after = now_ns + 500_000_000
            keys = [quantity.key for quantity in sensor.opened.quantities]
            told = dict(zip(keys, sensor.read(after), strict=True))
        finally:
            worker.kill()
    assert 0.2 < told["tree_cores"] < 1.3


def test_only_the_processors_own_monitor_is_asked(tmp_path):
    for number, (name, degrees) in enumerate((("k10temp", "61250\n"), ("nvme", "40000\n"))):
        folder = tmp_path / f"hwmon{number}"
        folder.mkdir()
        (folder / "name").write_text(f"{name}\n")
        (folder / "temp1_input").write_text(degrees)
        (folder / "temp2_input").write_text("\n")
    assert host._chips(tmp_path) == {"k10temp": [61.25]}


def test_layers_on_a_disk_are_no_disks(tmp_path, monkeypatch):
    (tmp_path / "sda" / "device").mkdir(parents=True)
    (tmp_path / "dm-0").mkdir()
    monkeypatch.setattr(psutil, "LINUX", True)
    assert host.is_real_disk("sda", blocks=tmp_path)
    assert not host.is_real_disk("dm-0", blocks=tmp_path)
