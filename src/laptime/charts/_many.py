"""Many pictures at once: half of them by a process of its own, since one renderer uses one core."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from threading import Thread

import msgspec

from laptime.charts._draw import svg
from laptime.charts._style import Spec
from laptime.errors import EnvironmentUnfitError
from laptime.frozen import Frozen

FEW = 8
"""Pictures that are drawn here, since a process takes as long to start as they do."""
LIMIT_S = 120.0


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
        return _drawn(drawings)
    here, there = _halves(drawings)
    helper = _Helper(there)
    found = _drawn(here)
    return found | helper.drawn()


def _drawn(drawings: Sequence[Drawing]) -> dict[str, str]:
    return {
        each.name: svg(each.spec, title=each.title, description=each.description, name=each.name)
        for each in drawings
    }


def _halves(drawings: Sequence[Drawing]) -> tuple[list[Drawing], list[Drawing]]:
    """Two parts that take about equally long: by size, each to the part that has less to do."""
    parts: tuple[list[Drawing], list[Drawing]] = ([], [])
    sizes = [0, 0]
    sized = [(len(msgspec.json.encode(each.spec)), each) for each in drawings]
    for size, each in sorted(sized, key=lambda pair: -pair[0]):
        lighter = 0 if sizes[0] <= sizes[1] else 1
        parts[lighter].append(each)
        sizes[lighter] += size
    return parts


class _Helper:
    """A process that draws while this one does, too."""

    def __init__(self, drawings: Sequence[Drawing]) -> None:
        self._output = b""
        self._errors = b""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "laptime.charts"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # It must be read while this process draws, or its pipe fills up and it waits.
        self._reader = Thread(target=self._talk, args=(msgspec.json.encode(drawings),), daemon=True)
        self._reader.start()

    def _talk(self, asked: bytes) -> None:
        try:
            self._output, self._errors = self._process.communicate(asked, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._errors = f"no answer in {LIMIT_S:.0f} s".encode()

    def drawn(self) -> dict[str, str]:
        """What it drew.

        Raises:
            EnvironmentUnfitError: it ended in anything else.
        """
        self._reader.join()
        if self._process.wait() != 0 or not self._output:
            told = self._errors.decode("utf-8", "replace").strip().splitlines()
            raise EnvironmentUnfitError(
                told[-1] if told else "a process that draws charts was ended"
            )
        return msgspec.json.decode(self._output, type=dict[str, str])


def serve() -> None:
    """Draw what stands on stdin, for a `_Helper`."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Drawing])
    sys.stdout.buffer.write(msgspec.json.encode(_drawn(asked)))
