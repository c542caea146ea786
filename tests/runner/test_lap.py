"""Blocks, epochs and evaluations under a scripted clock, with figures known beforehand."""

import math
from typing import Any

import numpy as np
import pytest

from laptime.bands import Gate, rungs
from laptime.engines import Facts
from laptime.pipeline import Batches
from laptime.record import Evaluation
from laptime.runner.lap import BLOCK_S, BLOCK_STEPS, RESUME_S, Lap, NanLossError
from laptime.runner.supply import ArrayValidation


class Clock:
    """Goes on only when told."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    wall_ns = now_ns

    def cpu_ns(self) -> int:
        return 2 * self.ns


class Asynchronous:
    """A device that is told at once and done later: only `sync` may cost the time of its steps."""

    def __init__(self, clock: Clock, batches: Batches, step_s: float) -> None:
        self.clock, self.batches, self.step_s = clock, batches, step_s
        self.queued, self.syncs, self.loss = 0, 0, 1.0

    @property
    def samples(self) -> int:
        return self.batches.samples

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.batches.take()
        self.queued += steps

    def sync(self) -> float:
        self.clock.ns += round(self.queued * self.step_s * 1e9)
        self.queued = 0
        self.syncs += 1
        return self.loss

    def read_back(self) -> float:
        return 0.0

    def evaluate(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        self.clock.ns += round(len(x) / 32 * self.step_s / 4 * 1e9)
        return 0.5, 0.9

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x.astype(np.float32)

    def weights(self) -> dict[str, np.ndarray]:
        return {}

    def forward_flops(self) -> int:
        return 0

    def close(self) -> None:
        pass

    @property
    def facts(self) -> Facts:
        return Facts(device_name=None, parameters=0, versions={}, options={})


def lap(
    step_s: float, *, count: int = 3200, is_wait_known: bool = True, **given: Any
) -> tuple[Lap, Asynchronous, list[float]]:
    clock, beats = Clock(), []
    images = np.zeros((count, 1, 1, 1), np.uint8)
    batches = Batches(
        images, images[:, 0, 0, 0], batch_size=32, shuffle=False, seed=1, now_ns=clock.now_ns
    )
    session = Asynchronous(clock, batches, step_s)
    return (
        Lap(
            session,
            batches,
            validation=ArrayValidation(images[:1000], images[:1000, 0, 0, 0]),
            is_wait_known=is_wait_known,
            evaluation_speedup=2.0,
            clock=clock,
            beat=beats.append,
            **given,
        ),
        session,
        beats,
    )


@pytest.mark.parametrize("step_s", [0.0001, 0.004, 0.04, 0.3, 2.0])
def test_a_block_is_long_enough_and_no_longer(step_s: float) -> None:
    run, _, _ = lap(step_s)
    run.first_step()
    run.warm_up(0.5)
    for block in (each for each in run.visit(1, 1.0) if each.phase == "measured"):
        least = BLOCK_STEPS if step_s < 0.05 else 1
        assert block.steps == max(least, math.ceil(round(BLOCK_S / step_s, 6)))
        assert block.wall_s == pytest.approx(block.steps * step_s)
        assert block.samples == block.steps * 32
        assert block.cpu_s == pytest.approx(2 * block.wall_s)


def test_work_left_over_from_before_is_not_in_a_block() -> None:
    run, session, _ = lap(0.01)
    run.first_step()
    session.train(100)  # somebody else's work, still queued
    assert run.block(10, phase="measured", visit=1).wall_s == pytest.approx(0.1)


def test_a_visit_comes_back_to_speed_before_it_measures() -> None:
    run, _, _ = lap(0.01)
    run.first_step()
    run.warm_up(0.5)
    blocks = run.visit(3, 1.0)
    assert [block.phase for block in blocks] == ["resume", "measured", "measured"]
    assert blocks[0].wall_s == pytest.approx(RESUME_S, rel=0.1)
    assert {block.visit for block in blocks} == {3}


def test_a_long_step_is_not_taken_for_nothing() -> None:
    """Neither the warm-up nor the coming back costs a step of seconds."""
    run, _, _ = lap(4.0)
    assert run.first_step() == pytest.approx(4.0)
    assert run.warm_up(0.5) == []
    assert [block.phase for block in run.visit(1, 1.0)] == ["measured"]
    assert run.steps == 2


def test_an_epoch_is_every_step_once_and_then_validation() -> None:
    run, session, beats = lap(0.01)
    epoch = run.epoch(1)
    assert (epoch.steps, epoch.samples) == (100, 3200)
    assert epoch.train_s == pytest.approx(1.0)
    assert epoch.evaluation.samples == 1000
    assert epoch.evaluation.after_steps == 100
    assert beats[-1] == 1.0
    assert session.syncs == 2  # one at each edge


def test_a_short_evaluation_takes_whole_batches_of_the_first_images() -> None:
    run, _, _ = lap(0.1)
    run.first_step()
    run.visit(1, 0.5)
    assert run.evaluate(0.5).samples == 320
    assert run.evaluate(math.inf).samples == 1000


@pytest.mark.parametrize(
    ("step_s", "looked_after"), [(0.3, 4), (0.02, 32), (0.0005, 64), (4.0, None)]
)
def test_the_warm_up_is_looked_at_on_the_last_rung_that_it_reaches(step_s, looked_after) -> None:
    """Of 64 at most, and not at all where a step takes longer than the warm-up."""
    looks: list[Evaluation] = []
    run, _, _ = lap(step_s, gate=Gate(samples=96, rungs=rungs(64)), tell=looks.append)
    run.first_step()
    blocks = run.warm_up(0.5)
    trained_s = sum(block.steps for block in blocks) * step_s
    assert sum(block.wall_s for block in blocks) == pytest.approx(trained_s)  # no look inside
    assert [(each.after_steps, each.samples) for each in looks] == (
        [(looked_after, 96)] if looked_after else []
    )


def test_it_is_looked_at_before_each_evaluation() -> None:
    looks: list[Evaluation] = []
    run, _, _ = lap(0.01, gate=Gate(samples=96, rungs=rungs(64)), tell=looks.append)
    epoch = run.epoch(1)
    assert [(each.after_steps, each.samples) for each in looks] == [(100, 96)]
    assert epoch.evaluation.samples == 1000


def test_without_a_loss_nothing_is_looked_at_before_the_end() -> None:
    looks: list[Evaluation] = []
    run, session, _ = lap(0.01, gate=Gate(samples=96, rungs=rungs(64)), tell=looks.append)
    session.loss = None  # type: ignore[assignment] - a classifier is fitted later
    run.first_step()
    run.warm_up(0.5)
    assert looks == []


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    run, session, _ = lap(0.01)
    session.loss = math.nan
    with pytest.raises(NanLossError, match="nan"):
        run.first_step()


def test_where_nobody_knows_the_waiting_it_is_none_and_never_zero() -> None:
    known, unknown = lap(0.01)[0], lap(0.01, is_wait_known=False)[0]
    for each, wanted in ((known, 0.0), (unknown, None)):
        each.first_step()
        assert each.visit(1, 0.1)[-1].data_wait_s == wanted
        assert each.epoch(1).data_wait_s == wanted


class Costly(Batches):
    """Batches that take as long to get as a step takes to train; held ones cost nothing."""

    def __init__(self, clock: Clock, cost_s: float) -> None:
        images = np.zeros((320, 1, 1, 1), np.uint8)
        labels = images[:, 0, 0, 0]
        super().__init__(images, labels, batch_size=32, shuffle=False, seed=1, now_ns=clock.now_ns)
        self._clock, self._cost_s = clock, cost_s

    def _next_batch(self) -> tuple[np.ndarray, np.ndarray]:
        self._clock.ns += round(self._cost_s * 1e9)
        return super()._next_batch()


@pytest.mark.parametrize("ahead", [0, 4])
def test_turns_show_what_the_input_costs(ahead: int) -> None:
    clock = Clock()
    feed = Costly(clock, cost_s=0.01)
    feed.ahead = ahead
    images = np.zeros((32, 1, 1, 1), np.uint8)
    run = Lap(
        Asynchronous(clock, feed, 0.01),
        feed,
        validation=ArrayValidation(images, images[:, 0, 0, 0]),
        is_wait_known=True,
        evaluation_speedup=2.0,
        clock=clock,
        beat=lambda _: None,
    )
    run.first_step()
    run.visit(1, 0.5)
    blocks = run.turns(2, 0.6)
    timed = [block for block in blocks if block.phase != "resume"]
    assert [block.phase for block in timed] == ["fed", "held", "held", "fed"]
    assert [block.visit for block in timed] == [1, 1, 2, 2]
    for block in timed:
        step_s = 0.02 if block.phase == "fed" else 0.01
        assert block.wall_s / block.steps == pytest.approx(step_s, rel=0.01)
        assert block.wall_s == pytest.approx(0.6, rel=0.6)
    resumed = [block.steps for block in blocks if block.phase == "resume"]
    assert min(resumed) > ahead
    assert run.block(10, phase="measured", visit=3).wall_s == pytest.approx(0.2)
