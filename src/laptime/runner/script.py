"""A command of the user's own: it has the terminal, hears every signal, and laptime only waits.

The command is in laptime's own process group and has its stdin, stdout and stderr. So Ctrl-C, Ctrl-Z
and the size of the window reach it as if laptime was not there: laptime itself does nothing at Ctrl-C
and stops at Ctrl-Z with it, as the shell expects. SIGTERM and SIGHUP, which come to laptime alone, are
handed on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

import msgspec

from laptime.errors import LaptimeError

EXIT_NOT_FOUND = 127
EXIT_NOT_EXECUTABLE = 126
SHELL = 128
"""Plus N: exit code of a command that signal N ended, as a shell has it."""
HANDED_ON = ("SIGTERM", "SIGHUP")
FROM_TERMINAL = ("SIGINT", "SIGQUIT")
"""Which the terminal sends to the command, too."""


class NotStartedError(LaptimeError):
    """The command cannot be started; `exit_code` is what a shell would end with."""

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended, and what the system counted of it."""

    status: int
    """Exit code, or -N for signal N."""
    cpu_s: float | None
    """Of it and those of its children that it waited for; None where the system does not tell."""
    peak_memory_bytes: int | None
    """Of the largest single process of these."""

    @property
    def exit_code(self) -> int:
        """As a shell has it."""
        return self.status if self.status >= 0 else SHELL - self.status


class Command:
    """A started command.

    Args:
        words: program and arguments.
        environment: its variables.

    Raises:
        NotStartedError: there is no such program, or it cannot be run.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        try:
            self._child = subprocess.Popen(list(words), env=dict(environment))
        except FileNotFoundError as error:
            raise NotStartedError(
                f"no command is called '{words[0]}'; check its name and PATH",
                exit_code=EXIT_NOT_FOUND,
            ) from error
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise NotStartedError(
                f"'{words[0]}' cannot be run: {why}; name its interpreter ('python {words[0]}')",
                exit_code=EXIT_NOT_EXECUTABLE,
            ) from error

    @property
    def pid(self) -> int:
        """Of the command's own process."""
        return self._child.pid

    def hand_on(self, number: int) -> None:
        """A signal that came to laptime alone; to one that has ended it is no error."""
        with contextlib.suppress(OSError):
            self._child.send_signal(number)

    def wait(self) -> Ended:
        """Until it has ended."""
        if sys.platform == "win32":
            return Ended(status=self._child.wait(), cpu_s=None, peak_memory_bytes=None)
        _, status, used = os.wait4(self._child.pid, 0)
        self._child.returncode = os.waitstatus_to_exitcode(status)
        unit = 1 if sys.platform == "darwin" else 1024
        return Ended(
            status=self._child.returncode,
            cpu_s=used.ru_utime + used.ru_stime,
            peak_memory_bytes=used.ru_maxrss * unit or None,
        )


def is_in_foreground() -> bool:
    """Whether the keys of a terminal reach this group of processes."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:  # there is none
        return sys.platform == "win32"  # where Ctrl-C reaches every process of a console
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


class Signals:
    """What is heard while a command runs."""

    def __init__(self) -> None:
        self.is_interrupted = False
        self.command: Command | None = None
        self.waiting: list[int] = []
        """That came before the command was there."""

    def stay(self, number: int, frame: FrameType | None) -> None:
        """The terminal has told the command already; what somebody else sent is handed on."""
        self.is_interrupted = self.is_interrupted or number == signal.SIGINT
        if not is_in_foreground():
            self.hand_on(number, frame)

    def hand_on(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the same
        """To the command."""
        if self.command is None:
            self.waiting.append(number)
        else:
            self.command.hand_on(number)

    def lead_to(self, command: Command) -> None:
        """From now on, and what came before."""
        self.command = command
        for number in self.waiting:
            command.hand_on(number)


@contextlib.contextmanager
def passed_through() -> Iterator[Signals]:
    """Signals reach the command and not laptime; one that laptime's caller ignores stays ignored.

    They are handled by functions and not ignored: what is ignored would be so in the command, too.
    """
    heard = Signals()
    chosen: dict[str, Callable[[int, FrameType | None], Any]] = {
        **dict.fromkeys(FROM_TERMINAL, heard.stay),
        **dict.fromkeys(HANDED_ON, heard.hand_on),
    }
    before: dict[int, Any] = {}
    for name, handler in chosen.items():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield heard
    finally:
        for number, was in before.items():
            signal.signal(number, was)
