"""Steps, epochs and waits, counted by a scripted clock."""

import sys
import types

import pytest

import laptime
from laptime.passes import NO_FRAMEWORK
from laptime.watching import devices, told
from laptime.watching.tally import Tally
from laptime.watching.timer import samples_of


class Clock:
    def __init__(self):
        self.now = 0

    def now_ns(self):
        return self.now

    wall_ns = cpu_ns = now_ns


class Kept:
    def __init__(self):
        self.messages = []

    def tell(self, message):
        self.messages.append(message)

    def finish(self):
        return True

    def of(self, kind):
        return [message for message in self.messages if isinstance(message, kind)]


@pytest.fixture
def counted(monkeypatch):
    monkeypatch.setattr(devices, "frameworks", list)
    clock, kept = Clock(), Kept()
    tally = Tally("timer", name="x", clock=clock, channel=kept)
    tally.begin()
    return tally, clock, kept


def steps(tally, clock, count, *, wait_ms=10, step_ms=90, samples=4):
    for _ in range(count):
        tally.ask()
        clock.now += wait_ms * 10**6
        tally.take(samples)
        clock.now += step_ms * 10**6
        tally.step()


def test_blocks_hold_whole_steps_and_their_waits(counted):
    tally, clock, kept = counted
    steps(tally, clock, 11)
    assert kept.of(told.About)[0].first_step_ns == 90 * 10**6
    blocks = kept.of(told.Stretch)
    assert [(b.steps, b.samples, b.wait_ns, b.wall_ns) for b in blocks] == [
        (5, 20, 50 * 10**6, 500 * 10**6)
    ] * 2


def test_an_epoch_holds_the_first_step_and_no_validation(counted):
    tally, clock, kept = counted
    steps(tally, clock, 3)
    tally.begin_validation()
    clock.now += 10**9
    tally.end_validation()
    steps(tally, clock, 2)
    tally.end_epoch()
    (passed,) = kept.of(told.Passed)
    assert (passed.steps, passed.samples, passed.wall_ns) == (5, 20, 500 * 10**6)
    assert passed.wait_ns == 50 * 10**6
    assert [v.wall_ns for v in kept.of(told.Validated)] == [10**9]
    assert sum(block.wall_ns for block in kept.of(told.Stretch)) == 400 * 10**6


def test_the_device_is_waited_for_at_ends_only(counted, monkeypatch):
    tally, clock, _ = counted
    waits = []
    monkeypatch.setattr(devices, "synchronise", lambda: waits.append(clock.now))
    steps(tally, clock, 100, wait_ms=1, step_ms=1)
    tally.end_epoch()
    assert len(waits) == 3  # the first step, the block, the epoch


def test_blocks_grow_with_the_training(counted):
    tally, clock, kept = counted
    steps(tally, clock, 10_000, wait_ms=0, step_ms=1000)
    assert len(kept.of(told.Stretch)) < 800


def test_an_unknown_size_leaves_samples_unknown(counted):
    tally, clock, kept = counted
    steps(tally, clock, 7, samples=None)
    assert kept.of(told.Stretch)[0].samples is None


def test_a_failure_is_one_line_and_the_training_goes_on(counted, monkeypatch, capsys):
    tally, clock, kept = counted

    def fail():
        raise RuntimeError("the driver is gone")

    monkeypatch.setattr(devices, "synchronise", fail)
    steps(tally, clock, 3)
    tally.finish()
    assert capsys.readouterr().err.count("\n") == 1
    assert [t.message for t in kept.of(told.Trouble)] == ["RuntimeError: the driver is gone"]


def test_a_framework_that_the_script_did_not_import_is_not_waited_for(monkeypatch):
    for name in devices.FRAMEWORKS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    assert devices.synchronise() == NO_FRAMEWORK
    assert devices.device() is None
    waits = []
    jax = types.SimpleNamespace(
        live_arrays=lambda: [types.SimpleNamespace(block_until_ready=lambda: waits.append(1))],
        default_backend=lambda: "gpu",
    )
    monkeypatch.setitem(sys.modules, "jax", jax)
    assert devices.synchronise() is None
    assert (waits, devices.device(), devices.engine("timer")) == ([1], "gpu", "jax")


class Array:
    def __init__(self, *shape):
        self.shape = shape


@pytest.mark.parametrize(
    ("batch", "count"),
    [
        (Array(8, 3), 8),
        ((Array(8, 3), Array(8)), 8),
        ({"input_ids": Array(4, 9)}, 4),
        (({"input_ids": Array(4, 9)}, Array(4)), 4),
        ([1, 2, 3], 3),
        ([Array(), Array()], 2),
        (5, None),
        (Array(), None),
        ({}, None),
        ([], None),
    ],
)
def test_the_size_of_a_batch(batch, count):
    assert samples_of(batch) == count


def test_lines_of_other_processes_and_halves_are_left_out():
    lines = [told.encode(told.Validated(pid=pid, epoch=1, wall_ns=pid)) for pid in (1, 2, 1)]
    found = told.read([b'{"half', *lines, lines[0][:9]])
    assert [message.pid for message in found] == [1, 1]


def test_the_public_names_are_there():
    assert {"Timer", "timed"} <= set(dir(laptime))
    assert callable(laptime.timed)
    with pytest.raises(AttributeError, match="no attribute 'tined'"):
        laptime.tined  # noqa: B018 - the question is the test
