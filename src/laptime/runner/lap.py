"""A session under the clock: blocks, epochs and evaluations, each synchronised at its edges."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from laptime.bands import Gate
from laptime.engines import Session
from laptime.pipeline import Feed
from laptime.record import Block, Epoch, Evaluation, Phase
from laptime.runner.clock import Clock

if TYPE_CHECKING:
    from laptime.runner.supply import Validation

BLOCK_S = 0.5
"""A block lasts at least this long ..."""
BLOCK_STEPS = 10
"""... and has at least this many steps,"""
SHORT_STEP_S = 0.05
"""where a step takes less than this."""
RESUME_S = 0.1
"""Unmeasured training after a pause, to bring caches and clocks back; none where one step is longer
than twice that, since it brings them back by itself."""
SILENT_S = 30.0
"""A validation that takes longer is done in pieces, with a sign of life after each."""
HEARTBEAT_S = 1.0
"""How often a long epoch says how far it is."""


class NanLossError(Exception):
    """The loss is no longer a finite number."""


class Lap:
    """Trains a session in blocks or epochs and writes down what each cost.

    Args:
        session: built, not yet trained.
        batches: what the session takes its batches from.
        validation: images and classes to evaluate on.
        clock: the one clock.
        is_wait_known: whether the feed can tell how long training waits for it.
        evaluation_speedup: how much faster evaluation is taken to be than training, until it was
            measured: by the FLOPs of both.
        beat: called with the share of an epoch that is done, about once a second.
        gate: where to look at what it has learned; None for nowhere.
        tell: called with each look.
    """

    def __init__(
        self,
        session: Session,
        batches: Feed,
        *,
        validation: Validation,
        is_wait_known: bool,
        evaluation_speedup: float,
        clock: Clock,
        beat: Callable[[float], None],
        gate: Gate | None = None,
        tell: Callable[[Evaluation], None] = lambda _: None,
    ) -> None:
        self.session = session
        self.steps = 0
        self._batches = batches
        self._validation = validation
        self._is_wait_known = is_wait_known
        self._evaluation_speedup = evaluation_speedup
        self._clock = clock
        self._beat = beat
        self._gate = gate
        self._tell = tell
        self._born_ns = clock.now_ns()
        self._step_s: float | None = None
        self._evaluation_samples_per_s: float | None = None

    def first_step(self) -> float:
        """Train one step, compilation included; its seconds."""
        began = self._clock.now_ns()
        self._train(1)
        self._check(self.session.sync())
        self._step_s = self._since(began)
        return self._step_s

    def warm_up(self, seconds: float) -> list[Block]:
        """Blocks until a step's time is known and about `seconds` have passed.

        None where the first step took much longer than that: it is known well enough for a plan.
        On the way it is looked at once, after the most steps of the gate that it reaches.
        """
        if self._step_s is not None and self._step_s > 4 * seconds:
            return []
        blocks: list[Block] = []
        rungs = self._gate.rungs if self._gate else ()
        spent_s, steps = 0.0, 1
        while spent_s < seconds:
            block = self.block(self._to_rung(steps), phase="warmup", visit=0)
            blocks.append(block)
            spent_s += block.wall_s
            is_last = self.steps in rungs[-1:] or (self.steps in rungs and spent_s >= seconds)
            if (
                is_last and block.loss is not None
            ):  # without a loss nothing is learned before the end
                self._look()
            steps = min(self._block_steps(), 4 * block.steps)
        return blocks

    def visit(self, number: int, seconds: float, *, phase: Phase = "measured") -> list[Block]:
        """Come back to speed, then blocks for about `seconds`, one at least."""
        resume = round(RESUME_S / (self._step_s or RESUME_S))
        blocks = [self.block(resume, phase="resume", visit=number)] if resume else []
        measured_s = 0.0
        while measured_s < seconds:
            block = self.block(self._block_steps(), phase=phase, visit=number)
            blocks.append(block)
            measured_s += block.wall_s
        return blocks

    def turns(self, rounds: int, seconds: float) -> list[Block]:
        """Blocks of two kinds in turns: with batches as they come, and with one again and again.

        After a change some steps are not counted: batches that were made ahead would come for free.

        Args:
            rounds: how often each kind has its turn.
            seconds: of each turn, about.
        """
        blocks: list[Block] = []
        for number in range(1, rounds + 1):
            kinds: tuple[Phase, ...] = ("fed", "held") if number % 2 else ("held", "fed")
            for kind in kinds:
                self._batches.hold(kind == "held")
                settle = round(RESUME_S / (self._step_s or RESUME_S))
                if self._batches.ahead:
                    settle = max(settle, self._batches.ahead + 1)
                if settle:
                    blocks.append(self.block(settle, phase="resume", visit=number))
                steps = max(1, round(seconds / (self._step_s or seconds)))
                blocks.append(self.block(steps, phase=kind, visit=number))
        self._batches.hold(False)
        return blocks

    def block(self, steps: int, *, phase: Phase, visit: int) -> Block:
        """Train `steps` steps between two synchronisations."""
        self.session.sync()
        samples, waited_ns = self.session.samples, self._batches.waited_ns
        cpu_ns, began = self._clock.cpu_ns(), self._clock.now_ns()
        self._train(steps)
        loss = self.session.sync()
        wall_s = self._since(began)
        cpu_s = (self._clock.cpu_ns() - cpu_ns) / 1e9
        readback_began = self._clock.now_ns()
        self.session.read_back()
        readback_s = self._since(readback_began)
        self._step_s = wall_s / steps
        return Block(
            phase=phase,
            visit=visit,
            started_s=(began - self._born_ns) / 1e9,
            steps=steps,
            samples=self.session.samples - samples,
            wall_s=wall_s,
            cpu_s=cpu_s,
            data_wait_s=self._waited_since(waited_ns),
            readback_s=readback_s,
            loss=self._check(loss),
        )

    def epoch(self, index: int, *, before_validation: Callable[[], None] = lambda: None) -> Epoch:
        """One pass over the training data, then the whole validation set."""
        samples, waited_ns = self.session.samples, self._batches.waited_ns
        total = self._batches.steps_per_epoch
        self.session.sync()
        cpu_ns, began = self._clock.cpu_ns(), self._clock.now_ns()
        done = 0
        while done < total:
            # On a device that works ahead the step time is that of ordering: so at least 20 chunks.
            chunk = min(total - done, self._heartbeat_steps(), max(1, total // 20))
            self._train(chunk)
            done += chunk
            self._step_s = self._since(began) / done
            self._beat(done / total)
        loss = self.session.sync()
        train_s = self._since(began)
        cpu_s = (self._clock.cpu_ns() - cpu_ns) / 1e9
        self._step_s = train_s / total
        before_validation()
        return Epoch(
            index=index,
            steps=total,
            samples=self.session.samples - samples,
            train_s=train_s,
            cpu_s=cpu_s,
            data_wait_s=self._waited_since(waited_ns),
            loss=self._check(loss),
            evaluation=self.evaluate(math.inf),
            started_s=(began - self._born_ns) / 1e9,
        )

    def evaluate(self, seconds: float) -> Evaluation:
        """As many validation images as fit into about `seconds`, from the first on; a look before."""
        self._look()
        wanted = self._fitting(seconds, self._validation.count)
        evaluation = self._evaluated(wanted)
        self._evaluation_samples_per_s = evaluation.samples / evaluation.wall_s
        return evaluation

    def _look(self) -> None:
        """Look at the first validation images, outside all that is timed for itself."""
        if self._gate is not None:
            self._tell(self._evaluated(min(self._gate.samples, self._validation.count)))

    def _evaluated(self, wanted: int) -> Evaluation:
        count, loss, right = 0, 0.0, 0.0
        began = self._clock.now_ns()
        for x, y in self._validation.pieces(wanted, self._fitting(SILENT_S, wanted)):
            part_loss, part_accuracy = self.session.evaluate(x, y)
            count += len(y)
            loss += part_loss * len(y)
            right += part_accuracy * len(y)
            self._beat(1.0)
        wall_s = self._since(began)
        return Evaluation(
            after_steps=self.steps,
            samples=count,
            wall_s=wall_s,
            loss=_finite(loss / count),
            accuracy=right / count,
        )

    def _train(self, steps: int) -> None:
        self.session.train(steps)
        self.steps += steps

    def _waited_since(self, waited_ns: int) -> float | None:
        return (self._batches.waited_ns - waited_ns) / 1e9 if self._is_wait_known else None

    def _since(self, began_ns: int) -> float:
        return (self._clock.now_ns() - began_ns) / 1e9

    def _to_rung(self, most: int) -> int:
        """Steps to the last rung within `most`, or to the next one; `most` where none is left."""
        left = [rung for rung in (self._gate.rungs if self._gate else ()) if rung > self.steps]
        within = [rung for rung in left if rung <= self.steps + most]
        return max(within, default=min(left, default=self.steps + most)) - self.steps

    def _block_steps(self) -> int:
        """Smallest number of steps that lasts a block, going by the last block's step time."""
        step_s = self._step_s or BLOCK_S
        least = BLOCK_STEPS if step_s < SHORT_STEP_S else 1
        return max(least, math.ceil(BLOCK_S / step_s))

    def _heartbeat_steps(self) -> int:
        return max(1, round(HEARTBEAT_S / self._step_s)) if self._step_s else 1

    def _fitting(self, seconds: float, count: int) -> int:
        if math.isinf(seconds):
            return count
        rate = self._evaluation_samples_per_s
        if rate is None:
            step_s = self._step_s or BLOCK_S
            rate = self._evaluation_speedup * self._batches.batch_size / step_s
        batches = round(rate * seconds / self._batches.batch_size)
        if not batches:  # one alone would take much longer
            return max(1, min(count, int(rate * seconds)))
        return min(count, batches * self._batches.batch_size)

    @staticmethod
    def _check(loss: float | None) -> float | None:
        return None if loss is None else _finite(loss)


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise NanLossError(f"the loss is {loss}")
    return loss
