"""A timer or callback that nobody watches: sensors beside it, and a result of its own at the end."""

from __future__ import annotations

import atexit
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil

from laptime.runner.clock import SystemClock
from laptime.runner.sampling import Sampler
from laptime.store import open_store
from laptime.watching.command import RATE_HZ
from laptime.watching.result import Seen, result_of
from laptime.watching.told import Message


class Alone:
    """Keeps what it is told, reads the sensors meanwhile, and saves a result at the end."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._messages: list[Message] = []
        self._started = datetime.now(UTC)
        self._zero_ns = self._clock.now_ns()
        self._wall_ns = self._clock.wall_ns()
        self._cpu_ns = self._clock.cpu_ns()
        self._pid = os.getpid()
        self._sampler: Sampler | None = Sampler(rate_hz=RATE_HZ)
        self._sampler.start(self._pid)
        atexit.register(self.finish)

    def tell(self, message: Message) -> None:
        """Keep it."""
        self._messages.append(message)

    def finish(self) -> bool:
        """Save, and say where; a process that was forked from this one has nothing to save."""
        atexit.unregister(self.finish)
        sampler, self._sampler = self._sampler, None
        if sampler is None or os.getpid() != self._pid:
            return True
        wall_ns = self._clock.now_ns() - self._zero_ns
        cpu_s = (self._clock.cpu_ns() - self._cpu_ns) / 1e9
        with sampler:
            sampled = sampler.stop()
        seen = Seen(
            name=None,
            main=main_script(),
            watched="process",
            started=self._started,
            zero_ns=self._zero_ns,
            wall_ns=wall_ns,
            calendar_ns=self._clock.wall_ns() - self._wall_ns,
            cpu_s=cpu_s,
            peak_memory_bytes=_peak_memory_bytes(),
            swap_growth_bytes=None,
            status=None,
            messages=self._messages,
            sampled=sampled,
        )
        result = result_of(seen)
        open_store().save(result)
        sys.stderr.write(f"laptime: saved {result.id}; see it with: laptime show latest\n")
        return True


def main_script() -> Path | None:
    """The script of this process; None in a notebook, or with `python -c`."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(main) if main else None


def _peak_memory_bytes() -> int | None:
    """Of this process alone: its children may be laptime's own."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit
