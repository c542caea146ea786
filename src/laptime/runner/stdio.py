"""Standard streams as pipes for messages, out of reach of whatever a library prints."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import IO


def take_over() -> tuple[IO[bytes], IO[bytes]]:
    """Private copies of stdin and stdout; 0 then points at nothing and 1 at 2, for everybody else."""
    sys.stdout.flush()
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb")


def reader(
    stream: IO[bytes] | None,
    keep: Callable[[bytes], object],
    *,
    at_end: Callable[[], object] = lambda: None,
    most_bytes: int = -1,
) -> threading.Thread:
    """A thread that hands on every line of a stream, and says when it has ended."""
    if stream is None:
        raise RuntimeError("the process was started without a pipe")

    def read() -> None:
        for line in iter(partial(stream.readline, most_bytes), b""):
            keep(line)
        at_end()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
