"""The parent's end of a worker: start it, talk to it, and survive whatever it does."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import IO

import msgspec

from laptime.record import Outcome
from laptime.redact import clean
from laptime.runner.messages import Failed, FromWorker, Phase, ToWorker

SILENCE_LIMIT_S = 300.0
"""A worker that says nothing for so long is taken to hang (compilation can take minutes)."""
GOODBYE_LIMIT_S = 10.0
STDERR_KEPT_LINES = 50


class ChildFailedError(Exception):
    """The worker ended before it was told to.

    Attributes:
        outcome: for the record. phase: what it was doing. message: one clean line. steps: done.
    """

    def __init__(self, *, outcome: Outcome, phase: str, message: str, steps: int) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.phase = phase
        self.message = message
        self.steps = steps


class Child:
    """A worker process.

    Args:
        environment: variables it is started with, on top of ours.
        on_phase: called whenever it says what it does.
    """

    def __init__(
        self, *, environment: Mapping[str, str], on_phase: Callable[[Phase], None]
    ) -> None:
        # -P keeps a stray torch.py in the user's folder from being imported.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "laptime.runner.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        self._on_phase = on_phase
        self._decoder: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)
        self._phase = "start"
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._noise: deque[bytes] = deque(maxlen=STDERR_KEPT_LINES)
        self._readers = [
            _reader(self._process.stdout, self._lines.put, at_end=lambda: self._lines.put(None)),
            _reader(self._process.stderr, self._noise.append),
        ]

    def send(self, command: ToWorker) -> None:
        """Tell it what to do; a worker that is gone shows at the next `receive`."""
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the worker was started without a pipe")
        try:
            stdin.write(msgspec.json.encode(command) + b"\n")
            stdin.flush()
        except OSError:
            return  # its end of the story comes out of receive()

    def receive(self) -> FromWorker:
        """The next message that is no phase.

        Raises:
            ChildFailedError: it failed, died or fell silent.
        """
        while True:
            try:
                line = self._lines.get(timeout=SILENCE_LIMIT_S)
            except queue.Empty:
                self.kill()
                raise self._failure(
                    "timeout", f"no sign of life for {SILENCE_LIMIT_S:.0f} s; stopped"
                ) from None
            if line is None:
                raise self._death()
            message = self._decoder.decode(line)
            match message:
                case Phase():
                    self._phase = message.name
                    self._on_phase(message)
                case Failed():
                    self.close()
                    raise ChildFailedError(
                        outcome=message.outcome,
                        phase=message.phase,
                        message=message.message,
                        steps=message.steps,
                    )
                case _:
                    return message

    def _failure(self, outcome: Outcome, message: str) -> ChildFailedError:
        return ChildFailedError(outcome=outcome, phase=self._phase, message=message, steps=0)

    def _death(self) -> ChildFailedError:
        """What to say of a worker that ended without a word."""
        code = self._process.wait()
        self.close()
        if code < 0:
            name = signal.Signals(-code).name
            hint = "; often the system ran out of memory" if -code == signal.SIGKILL else ""
            return self._failure("killed", f"ended by {name}{hint}")
        last = next((line for line in reversed(self._noise) if line.strip()), b"")
        said = clean(last.decode("utf-8", "replace"))
        return self._failure(
            "killed", f"ended with exit code {code}" + (f": {said}" if said else "")
        )

    def close(self) -> None:
        """Let it end, for at most a few seconds, then make it; frees every pipe and thread."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it is gone already
                self._process.stdin.close()
        try:
            self._process.wait(timeout=GOODBYE_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        for reader in self._readers:
            reader.join(timeout=GOODBYE_LIMIT_S)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()


def _reader(
    stream: IO[bytes] | None,
    keep: Callable[[bytes], object],
    *,
    at_end: Callable[[], object] = lambda: None,
) -> threading.Thread:
    """A thread that hands on every line of a stream, and says when it has ended."""
    if stream is None:
        raise RuntimeError("the worker was started without a pipe")

    def read() -> None:
        for line in stream:
            keep(line)
        at_end()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
