"""Many pictures at once, with a second process: one renderer uses one core."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Thread, Timer
from typing import IO, Self, cast

import msgspec

from laptime.charts._draw import svg
from laptime.charts._style import Spec
from laptime.errors import EnvironmentUnfitError
from laptime.frozen import Frozen

FEW = 8
"""Pictures that are drawn here, since a process takes as long to start as they do."""
LIMIT_S = 120.0
_FIRST: Spec = {"data": {"values": []}, "mark": "point", "config": {"axis": {}}}


class Drawing(Frozen, frozen=True, kw_only=True):
    """What `svg` takes."""

    name: str
    """Its own; what the ids in it begin with."""
    spec: Spec
    title: str
    description: str


def svgs(drawings: Sequence[Drawing]) -> dict[str, str]:
    """The pictures by their names, as `svg` draws them.

    Raises:
        EnvironmentUnfitError: vl-convert is not installed, or cannot draw one of them.
    """
    if len(drawings) <= FEW or (os.cpu_count() or 1) < 2 or not sys.executable:
        return {each.name: _drawn(each) for each in drawings}
    expected = _EXPECTING.get()
    with nullcontext(expected) if expected else _Helper() as helper:
        # The largest first, each by whoever is free: the other one needs a while to start.
        left = deque(sorted(drawings, key=lambda each: -len(msgspec.json.encode(each.spec))))
        helper.take_from(left)
        found: dict[str, str] = {}
        while (each := _next(left)) is not None:
            found[each.name] = _drawn(each)
        return found | helper.drawn()


@contextmanager
def expecting() -> Iterator[None]:
    """Start the second process already, while what many pictures show is still being read."""
    with _Helper() as helper:
        token = _EXPECTING.set(helper)
        try:
            yield
        finally:
            _EXPECTING.reset(token)


def _next(left: deque[Drawing]) -> Drawing | None:
    with suppress(IndexError):
        return left.popleft()
    return None


def _drawn(each: Drawing) -> str:
    return svg(each.spec, title=each.title, description=each.description, name=each.name)


class _Helper:
    """A process that draws while this one does, too: a drawing and its picture on a line each."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._is_well = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "laptime.charts"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_with_ours(),
        )
        self._watchdog = Timer(LIMIT_S, self._process.kill)

    def __enter__(self) -> Self:
        self._watchdog.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        self._process.kill()
        self._process.communicate()

    def take_from(self, left: deque[Drawing]) -> None:
        """Draw what is left until nothing is, beside whoever else does."""
        self._thread = Thread(target=self._take, args=(left,), daemon=True)
        self._thread.start()

    def _take(self, left: deque[Drawing]) -> None:
        asked = cast("IO[bytes]", self._process.stdin)  # both are pipes
        told = cast("IO[bytes]", self._process.stdout)
        with suppress(BrokenPipeError):
            while (each := _next(left)) is not None:
                asked.write(msgspec.json.encode(each) + b"\n")
                asked.flush()
                line = told.readline()
                if not line:
                    return
                self._found[each.name] = msgspec.json.decode(line, type=str)
            self._is_well = True

    def drawn(self) -> dict[str, str]:
        """What it drew.

        Raises:
            EnvironmentUnfitError: it ended before all was drawn.
        """
        self._thread.join()
        if not self._is_well:
            self._process.kill()
            told = self._process.communicate()[1].decode("utf-8", "replace").strip().splitlines()
            raise EnvironmentUnfitError(
                told[-1] if told else "a process that draws charts was ended"
            )
        return self._found


_EXPECTING: ContextVar[_Helper | None] = ContextVar("the process of `expecting`", default=None)


def _with_ours() -> dict[str, str]:
    """The environment, in which a process finds this very laptime, wherever it was imported from."""
    ours = str(Path(__file__).parents[2])
    before = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (ours, before)))}


def serve() -> None:
    """Draw what stands on each line of stdin, for a `_Helper`."""
    svg(_FIRST, title="", description="")  # starting the renderer takes as long as ten pictures
    for line in sys.stdin.buffer:
        picture = _drawn(msgspec.json.decode(line, type=Drawing))
        sys.stdout.buffer.write(msgspec.json.encode(picture) + b"\n")
        sys.stdout.buffer.flush()
