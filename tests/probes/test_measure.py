"""A probe from end to end, in real workers, with the fake engine, whose every call takes 1 ms."""

from __future__ import annotations

import pytest

from laptime import machine
from laptime.errors import DeviceUnavailableError, EngineUnavailableError, UnknownNameError
from laptime.probes import measure as room
from laptime.probes.measure import Asked, choose, measure
from laptime.probes.record import Probe
from laptime.runner import plan
from tests.plugs import FAKE, plug_in

__all__ = ["plug_in"]


def probed(device: str, *engines: str) -> Probe:
    return measure(Asked(engines=engines or ("fake",), device=device), machine=machine.describe())


def test_every_kernel_is_measured_in_two_rounds() -> None:
    found = probed("fake")
    assert found.outcome == "ok"
    kinds = {row.kind for row in found.rows}
    assert {"matmul", "conv3x3", "copy", "triad", "launch", "h2d"} <= kinds
    assert {row.outcome for row in found.rows} == {"ok"}
    for row in found.rows:
        assert {trial.round for trial in row.trials} == {1, 2}
        assert row.trials[0].call_s == pytest.approx(0.001)
        assert (row.threads, row.device) == ("all", "fake")
        assert row.spread == pytest.approx(0)


def test_what_was_loaded_is_in_the_record() -> None:
    found = probed("fake")
    assert found.versions == {"fake": {}}
    # numpy is loaded in every worker, and its BLAS with it
    assert {each.engine for each in found.libraries} <= {"fake"}
    assert all("/" not in each.file for each in found.libraries)


def test_workers_that_cannot_be_held_are_started_again(monkeypatch) -> None:
    monkeypatch.setattr(room, "HELD_BYTES", 10**15)
    found = probed("fake")
    assert all({t.round for t in row.trials} == {1, 2} for row in found.rows)


def test_a_late_second_round_is_left_out(monkeypatch) -> None:
    monkeypatch.setattr(room, "LATE_S", 0.0)
    found = probed("fake")
    assert all({t.round for t in row.trials} == {1} for row in found.rows)


def test_an_engine_that_crashes_is_tried_a_few_times() -> None:
    found = probed("crash")
    assert {row.outcome for row in found.rows} == {"killed", "error"}
    killed = [row for row in found.rows if row.outcome == "killed"]
    assert len(killed) == room.MOST_FAILURES
    assert "exit code 7" in (killed[0].message or "")


def test_a_kernel_that_hangs_is_stopped(monkeypatch) -> None:
    monkeypatch.setattr(room, "KERNEL_LIMIT_S", 0.5)
    monkeypatch.setattr(room, "MOST_FAILURES", 1)
    found = probed("hang")
    assert found.rows[0].outcome == "timeout"


def test_an_engine_that_does_not_import_is_a_row_for_each_kernel(plug_in) -> None:
    plug_in("broken", "import nothing_of_that_name\n" + FAKE)
    found = probed("fake", "broken")
    assert {row.outcome for row in found.rows} == {"environment"}
    assert "nothing_of_that_name" in (found.rows[0].message or "")


def test_an_engine_without_kernels_says_so(plug_in) -> None:
    plug_in("bare", FAKE)
    found = probed("fake", "bare")
    assert {row.outcome for row in found.rows} == {"unsupported"}


def test_a_device_that_nobody_has_is_refused() -> None:
    with pytest.raises(DeviceUnavailableError, match=r"usable: .*fake"):
        probed("gone")


def test_ctrl_c_keeps_what_was_measured(monkeypatch) -> None:
    from laptime.probes.measure import _Measuring

    real, calls = _Measuring._time, []

    def interrupted(self, cell, size, number):
        calls.append(size)
        if len(calls) > 2:
            raise KeyboardInterrupt
        real(self, cell, size, number)

    monkeypatch.setattr(_Measuring, "_time", interrupted)
    found = probed("fake")
    assert found.outcome == "interrupted"
    assert [row.kind for row in found.rows] == ["matmul"]


def test_one_engine_of_each_framework_is_chosen() -> None:
    chosen = choose((), device="cpu").engines
    frameworks = [plan.engine_facts(name)["MODULES"][0] for name in chosen]
    assert len(set(frameworks)) == len(frameworks)


def test_a_named_one_is_chosen_whatever_it_shares() -> None:
    named = tuple(n for n in ("torch", "keras-torch") if plan.is_installed(n))
    assert choose(named, device="cpu").engines == named


def test_a_wrong_name_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        choose(["torhc"], device="auto")


def test_without_a_framework_the_line_that_installs_one_is_given(monkeypatch) -> None:
    monkeypatch.setattr(plan, "is_installed", lambda _: False)
    with pytest.raises(EngineUnavailableError, match="pip install"):
        choose((), device="auto")


def test_bursts_are_shorter_the_more_there_is_to_do() -> None:
    few = room._burst_s(room._stations(Asked(engines=("torch",), device="cpu")))
    many = room._burst_s(room._stations(Asked(engines=("torch", "mlx"), device="cpu")))
    assert room.SHORTEST_S <= many < few <= room.LONGEST_S
