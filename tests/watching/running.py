"""Starting `laptime watch` as a user does, with a store of its own."""

import contextlib
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

from laptime.store import Store

SCRIPTS = Path(__file__).parent / "scripts"
WATCH = [sys.executable, "-m", "laptime", "watch"]


def environment(folder, **others):
    clean = {k: v for k, v in os.environ.items() if k not in ("LAPTIME_WATCH", "KERAS_BACKEND")}
    return clean | {"LAPTIME_STORE": str(folder), "COLUMNS": "200", **others}


def watch(folder, *words, options=(), text=None, **others):
    return subprocess.run(
        [*WATCH, *options, "--", *map(str, words)],
        env=environment(folder, **others),
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def only_result(folder):
    (found,), problems = Store(Path(folder)).load_all()
    assert not problems
    return found


class Terminal:
    """A command under a terminal of its own, as its session's leader."""

    def __init__(self, words, env):
        self.pid, self._handle = pty.fork()
        if self.pid == 0:
            os.execve(words[0], [str(word) for word in words], env)  # noqa: S606 - no shell is meant
        self.text = ""

    def until(self, word, seconds=30):
        began = time.monotonic()
        while word not in self.text and time.monotonic() - began < seconds:
            self._read()
        assert word in self.text, self.text

    def _read(self):
        with contextlib.suppress(OSError):  # its other end is closed
            self.text += os.read(self._handle, 4096).decode("utf-8", "replace")

    def type(self, keys):
        os.write(self._handle, keys)

    def end(self):
        while True:
            before = self.text
            self._read()
            if self.text == before:
                break
        _, status = os.waitpid(self.pid, 0)
        os.close(self._handle)
        return os.waitstatus_to_exitcode(status)
