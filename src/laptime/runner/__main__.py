"""The worker process: `python -m laptime.runner`, started by `runner.child`."""

from __future__ import annotations

import signal

from laptime.runner.channel import Channel


def main() -> None:
    """Take the standard streams away from everybody, then import the rest and obey."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    channel = Channel.take_over_stdio()

    from laptime.runner.worker import Worker

    Worker(channel).serve()


if __name__ == "__main__":
    main()
