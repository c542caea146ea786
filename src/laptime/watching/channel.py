"""To whom a training is told: to `laptime watch`, or to a result of its own."""

from __future__ import annotations

import contextlib
import os
from typing import Protocol

from laptime.watching.told import VARIABLE, Message, encode


class Channel(Protocol):
    """Takes what a training tells."""

    def tell(self, message: Message, /) -> None:
        """Keep it, or hand it on; nobody to tell is no error."""

    def finish(self) -> bool:
        """The training is over; whether this channel is done, and another training needs its own."""


class ToWatcher:
    """To `laptime watch`, which started this process: a line at the end of its file.

    Args:
        path: of that file.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def tell(self, message: Message) -> None:
        """One line, whole: also of several processes at once, and before a kill -9."""
        with contextlib.suppress(OSError):  # whoever watched is gone
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(handle, encode(message))
            finally:
                os.close(handle)

    def finish(self) -> bool:
        """The watcher ends with the script, not with one of its trainings."""
        return False


def opened() -> Channel:
    """The watcher's, where there is one."""
    path = os.environ.get(VARIABLE)
    if path:
        return ToWatcher(path)
    from laptime.watching.alone import Alone

    return Alone()
