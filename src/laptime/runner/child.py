"""The parent's end of a worker: start it, talk to it, and survive whatever it does."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from laptime.errors import EnvironmentUnfitError
from laptime.record import Outcome
from laptime.redact import clean
from laptime.runner.clock import SystemClock
from laptime.runner.messages import Failed, FromWorker, Message, Phase
from laptime.runner.stdio import reader

SILENCE_LIMIT_S = 300.0
"""A worker that says nothing for so long is taken to hang (compilation can take minutes)."""
IMPORT_LIMIT_S = 120.0
"""The same before it has imported its framework, in which nothing is compiled."""
STARTING = ("import", "device")
"""Phases in which the engine itself fails, whatever it was to train: the environment's fault."""
GOODBYE_LIMIT_S = 10.0
READER_LIMIT_S = 2.0
WAIT_S = 0.5
STDERR_KEPT_LINES = 50
STDERR_LINE_BYTES = 65_536
"""More without a line's end counts as several lines: endless noise must not fill our memory."""


class ChildFailedError(Exception):
    """The worker ended before it was told to.

    Attributes:
        outcome: for the record. phase: what it was doing. message: one clean line. steps: done.
        peak_memory_bytes, skipped_files: as it said itself; None where it could not.
    """

    def __init__(
        self,
        *,
        outcome: Outcome,
        phase: str,
        message: str,
        steps: int,
        peak_memory_bytes: int | None = None,
        skipped_files: int | None = None,
    ) -> None:
        super().__init__(message)
        self.peak_memory_bytes = peak_memory_bytes
        self.skipped_files = skipped_files
        self.outcome = outcome
        self.phase = phase
        self.message = message
        self.steps = steps


class Child:
    """A worker process.

    Args:
        environment: variables it is started with, on top of ours.
        on_phase: called whenever it says what it does.
        module: what it runs.
        answers: what it says beside `Phase` and `Failed`; `receive` gives these.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        on_phase: Callable[[Phase], None],
        module: str = "laptime.runner",
        answers: Any = FromWorker,
    ) -> None:
        # -P keeps a stray torch.py in the user's folder from being imported.
        self._process = spawn(
            [sys.executable, "-P", "-m", module],
            {**os.environ, **environment},
        )
        self.peak_memory_bytes: int | None = None
        """The most that was seen while it was waited for; what it says itself is better."""
        self._oom_kills = _oom_kills()
        self._on_phase = on_phase
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(answers | Phase | Failed)
        self._phase = "start"
        self._clock = SystemClock()
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._noise: deque[bytes] = deque(maxlen=STDERR_KEPT_LINES)
        self._readers = [
            reader(self._process.stdout, self._lines.put, at_end=lambda: self._lines.put(None)),
            reader(self._process.stderr, self._noise.append, most_bytes=STDERR_LINE_BYTES),
        ]

    @property
    def pid(self) -> int:
        """Of the worker's process."""
        return self._process.pid

    def send(self, command: Message) -> None:
        """Tell it what to do; a worker that is gone shows at the next `receive`."""
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the worker was started without a pipe")
        try:
            stdin.write(msgspec.json.encode(command) + b"\n")
            stdin.flush()
        except OSError:
            return  # its end of the story comes out of receive()

    def receive(self, *, within_s: float | None = None) -> Any:
        """The next message that is no phase.

        Args:
            within_s: seconds for the whole answer; None to let it take its time, as long as it shows
                signs of life.

        Raises:
            ChildFailedError: it failed, died or fell silent.
        """
        began_ns = self._clock.now_ns()
        while (line := self._next_line(began_ns, within_s)) is not None:
            try:
                message = self._decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                # Printed before the worker took its streams over, or half a line of a killed one.
                self._noise.append(line)
                continue
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
                        peak_memory_bytes=message.peak_memory_bytes,
                        skipped_files=message.skipped_files,
                    )
                case _:
                    return message
        raise self._death()

    def _next_line(self, began_ns: int, within_s: float | None) -> bytes | None:
        """What it says next; None at its end. In short waits: on Windows a long one defers Ctrl-C."""
        limit_s = within_s
        if limit_s is None:
            began_ns = self._clock.now_ns()
            limit_s = IMPORT_LIMIT_S if self._phase in ("start", "import") else SILENCE_LIMIT_S
        while self._clock.now_ns() - began_ns < limit_s * 1e9:
            with contextlib.suppress(queue.Empty):
                return self._lines.get(timeout=WAIT_S)
            self._look_at_memory()
        self.kill()
        raise self._failure("timeout", f"no sign of life for {limit_s:.0f} s; stopped")

    def _look_at_memory(self) -> None:
        import psutil

        with contextlib.suppress(psutil.Error):  # it has just ended
            seen = psutil.Process(self._process.pid).memory_info().rss
            self.peak_memory_bytes = max(seen, self.peak_memory_bytes or 0)

    def _failure(self, outcome: Outcome, message: str) -> ChildFailedError:
        """An engine that hangs or dies before it does anything is one that does not start."""
        phase = self._phase
        if phase in STARTING:
            outcome, phase = "environment", "import"
        return ChildFailedError(outcome=outcome, phase=phase, message=message, steps=0)

    def _death(self) -> ChildFailedError:
        """What to say of a worker that ended without a word."""
        try:
            code = self._process.wait(timeout=GOODBYE_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._failure("timeout", "closed its streams and did not end; stopped")
        self.close()
        if code < 0:
            known = {int(each): each.name for each in signal.Signals}
            name = known.get(-code, f"signal {-code}")
            if code == -signal.SIGKILL and _oom_kills() > self._oom_kills:
                return self._failure("oom", "the system ran out of memory and ended it")
            return self._failure("killed", f"ended by {name}")
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
        streams = (self._process.stdout, self._process.stderr)
        for thread, stream in zip(self._readers, streams, strict=True):
            thread.join(timeout=READER_LIMIT_S)
            # A stream that somebody else still holds open cannot be closed under its reader.
            if stream is not None and not thread.is_alive():
                stream.close()

    def kill(self) -> None:
        """End it at once, and everything that it started; harmless where it has ended."""
        import psutil

        if self._process.poll() is not None:  # its number may be somebody else's by now
            return
        with contextlib.suppress(psutil.Error):
            for descendant in psutil.Process(self._process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    descendant.kill()
        self._process.kill()
        self._process.wait()


def _oom_kills() -> int:
    """Processes that Linux has ended for want of memory since it started; 0 where it is not told."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:  # no Linux, or closed to us
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def spawn(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process with pipes to all its streams.

    Raises:
        EnvironmentUnfitError: it cannot be started.
    """
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise EnvironmentUnfitError(
            f"no worker process can be started ({error.strerror}); close other programs"
        ) from error
