"""Steps, epochs and waits of a training as blocks, each between two waits for its device.

A step costs two looks at the clock. The device is waited for after the first step, at the ends of
blocks and at the ends of epochs, and nowhere else.
"""

from __future__ import annotations

import functools
import math
import os
import sys
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from laptime.redact import clean
from laptime.runner.clock import Clock, SystemClock
from laptime.watching import devices, told
from laptime.watching.channel import Channel, opened

BLOCK_S = 0.5
"""A block lasts at least this long ..."""
BLOCK_SHARE = 0.01
"""... and at least this share of the training until then, so that there are never too many."""
Arguments = ParamSpec("Arguments")


def harmless(
    method: Callable[Concatenate[Tally, Arguments], None],
) -> Callable[Concatenate[Tally, Arguments], None]:
    """Whatever goes wrong in it, the training goes on: one line says so, and the record too."""

    def guarded(tally: Tally, /, *args: Arguments.args, **named: Arguments.kwargs) -> None:
        if tally.is_off:
            return
        try:
            method(tally, *args, **named)
        except Exception as error:  # noqa: BLE001 - recorded as the trouble of the result
            tally.give_up(error)

    return functools.update_wrapper(guarded, method)


class Tally:
    """What a training does, counted. No method of it ever raises.

    Args:
        teller: 'timer', 'keras', 'lightning' or 'transformers'.
        name: of the training; None for the script's file name.
        batch_size: samples of a step, where batches do not say it themselves.
        clock: the one clock.
        channel: to whom it is told; None for whoever watches.
    """

    def __init__(
        self,
        teller: str,
        *,
        name: str | None = None,
        batch_size: int | None = None,
        clock: Clock | None = None,
        channel: Channel | None = None,
    ) -> None:
        self.is_off = not devices.is_main_process()
        self._teller = teller
        self._name = name
        self._batch_size = batch_size
        self._clock: Clock = clock or SystemClock()
        self._channel = channel
        self._parameters: int | None = None
        self._has_begun = False
        self._epoch = 0
        self._loss: Any = None
        self._reset()

    def _reset(self) -> None:
        self._has_stepped = self._is_stepping = False
        self._samples: int | None = None
        self._step_ns = 0
        self._block: _Count | None = None
        self._pass: _Count | None = None
        self._asked_ns = self._paused_ns = 0
        self._validating_ns: int | None = None
        self._began_ns = self._clock.now_ns()

    @harmless
    def begin(self, *, parameters: int | None = None) -> None:
        """A training begins; harmless twice."""
        self._parameters = parameters or self._parameters
        if not self._has_begun:
            self._has_begun = True
            self._reset()
            if self._channel is None:
                self._channel = opened()
            self._say(
                told.Began(
                    pid=os.getpid(), teller=self._teller, name=self._name, time_ns=self._began_ns
                )
            )

    @harmless
    def ask(self) -> None:
        """The next batch is asked for, or whatever else stood between is over."""
        self._asked_ns = self._clock.now_ns()
        if self._pass is None:
            self._epoch += 1
            self._pass = _Count(self._asked_ns)

    @harmless
    def take(self, samples: int | None = None, *, is_wait_known: bool = True) -> None:
        """A batch is there, and its step begins."""
        now_ns = self._clock.now_ns()
        if self._pass is None:
            self._epoch += 1
            self._pass = _Count(now_ns)
        if self._block is None:
            self._block = _Count(self._asked_ns if is_wait_known else now_ns)
            self._block.cpu_ns = self._clock.cpu_ns()
        wait_ns = now_ns - self._asked_ns if is_wait_known else None
        self._validating_ns = None  # one that was announced and did not come
        self._samples = samples if samples is not None else self._batch_size
        self._is_stepping = True
        self._step_ns = now_ns
        for count in (self._block, self._pass):
            count.add(is_counted=self._samples is not None, wait_ns=wait_ns)

    @harmless
    def step(self, loss: Any = None, *, steps: int = 1) -> None:
        """A step has ended, as far as the script knows: the device may still be at it.

        Args:
            loss: of it, as the framework has it.
            steps: how many they were, where several are run as one.
        """
        if not self._is_stepping or self._block is None or self._pass is None:
            return
        self._is_stepping = False
        self._loss = loss if loss is not None else self._loss
        for count in (self._block, self._pass):
            count.steps += steps
            if count.samples is not None and self._samples is not None:
                count.samples += steps * self._samples
        if not self._has_stepped:
            self._first_step(self._samples)
            return
        now_ns = self._clock.now_ns()
        least_ns = max(BLOCK_S * 1e9, BLOCK_SHARE * (now_ns - self._began_ns))
        if now_ns - self._block.started_ns >= least_ns:
            self._close_block()

    def _first_step(self, samples: int | None) -> None:
        """In no block: it compiles."""
        reason = devices.synchronise()
        self._has_stepped = True
        self._block = None
        self._say(
            told.About(
                pid=os.getpid(),
                engine=devices.engine(self._teller),
                device=devices.device(),
                precision=None,
                versions=devices.versions(self._teller),
                batch_size=samples,
                parameters=self._parameters,
                first_step_ns=self._clock.now_ns() - self._step_ns,
                unsynchronised_reason=reason,
            )
        )

    def _close_block(self) -> None:
        block, self._block = self._block, None
        if block is None or not block.steps:
            return
        devices.synchronise()
        self._say(
            told.Stretch(
                pid=os.getpid(),
                epoch=self._epoch,
                started_ns=block.started_ns,
                wall_ns=self._clock.now_ns() - block.started_ns,
                cpu_ns=max(0, self._clock.cpu_ns() - block.cpu_ns),
                steps=block.steps,
                samples=block.samples,
                wait_ns=block.wait_ns,
                loss=_number(self._loss),
            )
        )

    @harmless
    def end_epoch(self) -> None:
        """The epoch is over; what follows until the next batch is asked for is none of its time."""
        self._close_block()
        passed, self._pass = self._pass, None
        paused_ns, self._paused_ns = self._paused_ns, 0
        self._is_stepping = False
        if passed is None or not passed.steps:
            return
        devices.synchronise()
        self._say(
            told.Passed(
                pid=os.getpid(),
                index=self._epoch,
                started_ns=passed.started_ns,
                wall_ns=self._clock.now_ns() - passed.started_ns - paused_ns,
                steps=passed.steps,
                samples=passed.samples,
                wait_ns=passed.wait_ns,
                loss=_number(self._loss),
            )
        )

    @harmless
    def begin_validation(self) -> None:
        """A validation begins, after the epoch or inside it."""
        self._close_block()
        if self._validating_ns is None:
            self._validating_ns = self._clock.now_ns()

    @harmless
    def end_validation(self) -> None:
        """It is over."""
        began_ns, self._validating_ns = self._validating_ns, None
        if began_ns is None:
            return
        devices.synchronise()
        wall_ns = self._clock.now_ns() - began_ns
        self._paused_ns += wall_ns if self._pass is not None else 0
        self._asked_ns = self._clock.now_ns()
        self._say(told.Validated(pid=os.getpid(), epoch=max(1, self._epoch), wall_ns=wall_ns))

    @harmless
    def finish(self) -> None:
        """The training is over: where nobody watches, its result is written now."""
        if not self._has_begun:
            return
        self.end_epoch()
        self._has_begun = False
        if self._channel is not None and self._channel.finish():
            self._channel, self._epoch = None, 0

    def tell_loss(self, loss: Any) -> None:
        """The loss of the last step, as the framework has it: it becomes a number at a block's end."""
        self._loss = loss

    def give_up(self, error: Exception) -> None:
        """Count no more, and say why."""
        self.is_off = True
        message = clean(f"{type(error).__name__}: {error}")
        sys.stderr.write(f"laptime: counting stopped, the training goes on ({message})\n")
        if self._channel is not None:
            self._channel.tell(told.Trouble(pid=os.getpid(), message=message))

    def _say(self, message: told.Message) -> None:
        if self._channel is None:
            raise RuntimeError("begin() comes first")
        self._channel.tell(message)


class _Count:
    """Steps since a moment. `samples` and `wait_ns` are None once one of them is not known."""

    def __init__(self, started_ns: int) -> None:
        self.started_ns = started_ns
        self.cpu_ns = 0
        self.steps = 0
        self.samples: int | None = 0
        self.wait_ns: int | None = 0

    def add(self, *, is_counted: bool, wait_ns: int | None) -> None:
        if not is_counted:
            self.samples = None
        if self.wait_ns is not None:
            self.wait_ns = None if wait_ns is None else self.wait_ns + wait_ns


def _number(loss: Any) -> float | None:
    """Of whatever a framework calls a loss; None for no finite number."""
    if loss is None:
        return None
    value = float(loss.detach() if hasattr(loss, "detach") else loss)
    return value if math.isfinite(value) else None
