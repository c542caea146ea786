"""`laptime run` as a process beside this one, watched and stopped from here."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from laptime.api._results import Results
from laptime.errors import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    EXIT_WORKLOAD,
    EnvironmentUnfitError,
    UsageError,
)
from laptime.frozen import Frozen
from laptime.store import Store

Value = str | int | float | bool
_ENDS_S = 5.0
"""How long a run that was interrupted with us may take to end by itself."""
_LAST_LINES = 3
"""Of stderr, told where there is no document."""
_SAVES_S = 60.0
"""How long it may take to save what it has, after it was told."""


class RunInterrupted(KeyboardInterrupt):
    """A run was stopped; `results` holds what was saved. `laptime.run(resume=True)` goes on."""

    def __init__(self, results: Results) -> None:
        self.results = results
        told = f"{len(results)} result{'s' * (len(results) != 1)} saved"
        super().__init__(f"interrupted; {told}; laptime.run(resume=True) goes on")


class Asked(Frozen, frozen=True, kw_only=True):
    """What to run, as the command line takes it."""

    workloads: tuple[str, ...]
    one: dict[str, str | None]
    """Option -> its value; None where it is not given."""
    many: dict[str, tuple[str, ...]]
    """Option -> its values."""
    options: Mapping[str, Value]
    """Of the setup."""
    fallback: bool
    resume: bool

    def arguments(self) -> list[str]:
        """Those of `laptime run`; no value can be taken for an option.

        Raises:
            UsageError: a value is no text of one line.
        """
        given = self._of_resumed() if self.resume else self.one
        found = [f"--{name}={value}" for name, value in given.items() if value is not None]
        found += [f"--{name}={value}" for name, values in self.many.items() for value in values]
        found += [f"--set={name}={_spelled(value)}" for name, value in self.options.items()]
        found += ["--resume"] * self.resume + ["--no-fallback"] * (not self.fallback)
        found += ["--json", "--", *self.workloads]
        if any("\0" in each for each in found):
            raise UsageError("a name holds a zero byte; give it as it is printed by 'laptime list'")
        return found

    def _of_resumed(self) -> dict[str, str | None]:
        """What is not as it would be anyway: the command line says that it cannot be changed."""
        return {name: value for name, value in self.one.items() if value != _DEFAULTS.get(name)}


_DEFAULTS = {
    "device": "auto",
    "precision": "float32",
    "profile": "quick",
    "data": "auto",
    "weights": "auto",
}
"""Of the command line; a run that is taken up again must not be given any."""


def execute(asked: Asked, *, store: Store, progress: bool) -> Results:
    """Run it and read what it saved.

    Raises:
        LaptimeError: what the command line ended with, if nothing was measured.
        RunInterrupted: it was stopped.
    """
    code, text, last = _ended(asked.arguments(), store=store, progress=progress)
    document = _document(text, told=" ".join(last) or f"laptime run ended with code {code}")
    ids = [str(each["id"]) for each in document["results"]]
    problems = [str(each) for each in document.get("problems", ())]
    if not ids and code not in (EXIT_OK, EXIT_INTERRUPTED):
        told = document.get("error", {}).get("message") or "; ".join(problems)
        _refuse(code, told or f"laptime run ended with code {code} and nothing was measured")
    saved = [store.load(name) for name in ids]
    results = Results(saved, store=store, problems=problems, exit_code=code, is_fresh=True)
    if code == EXIT_INTERRUPTED:
        raise RunInterrupted(results)
    return results


def _ended(arguments: list[str], *, store: Store, progress: bool) -> tuple[int, bytes, list[str]]:
    """Its exit code, what it wrote to stdout, and the last lines that it wrote to stderr."""
    if not sys.executable:
        raise EnvironmentUnfitError("this Python does not know its own program; use 'laptime run'")
    # -P keeps a stray laptime.py or torch.py in the notebook's folder from being imported.
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "laptime", "run", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LAPTIME_STORE": str(store.folder.absolute()), "PYTHONUTF8": "1"},
    )
    written: list[bytes] = []
    last: deque[str] = deque(maxlen=_LAST_LINES)
    readers = [
        threading.Thread(target=_kept, args=(running.stdout, written), daemon=True),
        threading.Thread(target=_told, args=(running.stderr, last, progress), daemon=True),
    ]
    for reader in readers:
        reader.start()
    code = _waited(running)
    for reader in readers:
        reader.join()
    return code, b"".join(written), list(last)


def _waited(running: subprocess.Popen[bytes]) -> int:
    """Its exit code; it never outlives this call.

    Ctrl-C, or a notebook's Stop: a terminal and most notebooks interrupt it together with us, some tell
    only us. Then it is told to end. Told twice it would be no worse: it saves undisturbed.
    """
    try:
        return running.wait()
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(_ENDS_S)
        if running.poll() is None:
            running.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(_SAVES_S)
        return EXIT_INTERRUPTED
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()


def _kept(stream: IO[bytes], into: list[bytes]) -> None:
    with stream:
        into.append(stream.read())


def _told(stream: IO[bytes], last: deque[str], progress: bool) -> None:
    """Its stages, as they come: what a notebook calls stderr is no file that it could write to."""
    with stream:
        for line in stream:
            text = line.decode("utf-8", "replace")
            last.append(text.strip())
            if progress:
                sys.stderr.write(text)
                sys.stderr.flush()


def _document(text: bytes, *, told: str) -> dict[str, Any]:
    """What it printed; one that was killed printed nothing."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("results"), list):
        return found
    return {"results": [], "error": {"message": told}}


def _refuse(code: int, message: str) -> NoReturn:
    error = UsageError if code == EXIT_USAGE else EnvironmentUnfitError
    raised = error(message)
    if code == EXIT_WORKLOAD:
        raised.exit_code = EXIT_WORKLOAD
    raise raised


def _spelled(value: Value) -> str:
    """As `--set` reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
