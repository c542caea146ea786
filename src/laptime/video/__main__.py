"""The worker process of an export: `python -m laptime.video`, started by `video.export`."""

from __future__ import annotations

import signal

from laptime.runner.channel import Channel


def main() -> None:
    """Take the standard streams away from everybody, then import the rest and obey."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    from laptime.video.messages import ToVideo

    channel = Channel.take_over_stdio(commands=ToVideo)

    from laptime.video.worker import Worker

    Worker(channel).serve()


if __name__ == "__main__":
    main()
