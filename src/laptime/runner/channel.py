"""The worker's end of the pipes, out of reach of whatever a framework prints.

Native libraries write to file descriptor 1 as they please. So the worker keeps private copies of its
standard streams for the messages, and points 0 at nothing and 1 at 2: noise goes to the parent's
stderr reader, where it is kept for the message of a crash and otherwise dropped.
"""

from __future__ import annotations

from typing import IO, Any

import msgspec

from laptime.runner.messages import Message, ToWorker
from laptime.runner.stdio import take_over


class ParentGoneError(Exception):
    """Nobody reads the answers any more: the worker has nothing left to do."""


class Channel:
    """Reads commands and writes answers, one JSON document a line.

    Args:
        incoming: where commands come from.
        outgoing: where answers go.
        commands: what `receive` gives.
    """

    def __init__(
        self, incoming: IO[bytes], outgoing: IO[bytes], *, commands: Any = ToWorker
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(commands)

    @classmethod
    def take_over_stdio(cls, *, commands: Any = ToWorker) -> Channel:
        """Keep stdin and stdout for messages; leave everybody else without them."""
        return cls(*take_over(), commands=commands)

    def receive(self) -> Any:
        """The next command; None when the parent is gone."""
        line = self._incoming.readline()
        return self._decoder.decode(line) if line else None

    def send(self, message: Message) -> None:
        """Say something to the parent at once.

        Raises:
            ParentGoneError: the pipe is closed.
        """
        try:
            self._outgoing.write(msgspec.json.encode(message) + b"\n")
            self._outgoing.flush()
        except OSError as error:
            raise ParentGoneError from error
