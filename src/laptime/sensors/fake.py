"""A sensor that tells what its variable says: for tests of everything that can go wrong with one.

`FAKE_SENSOR` names the fault: 'none', 'fail' (an exception at the fifth reading), 'hang' (the fifth
never ends), 'lie' (impossible values), 'crash' (the process dies), 'closed' (nothing is there),
'slow' (opening never ends), 'stuck' (it hangs and lets no other thread of its process run).
"""

from __future__ import annotations

import itertools
import os
import re
import threading
from collections.abc import Sequence

from laptime.sensors import Opened, Quantity, UnavailableError

TITLE = "scripted values for tests; measures nothing"
MODULES = ()
EXTRA = None
UNAVAILABLE: dict[str, str] = {}
PERIOD_S = 0.01
LIMIT_S = 0.3
ONLY_NAMED = True

FAULT_AT = 5
"""Reading with which the fault sets in."""
WATCHED_W, RESTING_W = 100.0, 40.0
LIES = (float("nan"), -5.0, 10_000.0, float("inf"))


def open_sensor() -> Fake:
    """As the variable says."""
    fault = os.environ.get("FAKE_SENSOR", "none")
    if fault == "closed":
        raise UnavailableError("the fake has nothing to tell today")
    if fault == "slow":
        threading.Event().wait()
    return Fake(fault)


class Fake:
    """Power of 100 W, a counter that follows it, and a share of a half; 40 W while nobody is watched.

    Args:
        fault: what goes wrong.
    """

    opened = Opened(
        quantities=(
            Quantity(name="power_w", part="fake", scope="system"),
            Quantity(name="energy_j", part="fake", scope="system", is_counter=True, renewed_s=0.01),
            Quantity(name="busy_share"),
        ),
        missing={"temperature_c": "a fake is never warm"},
    )

    def __init__(self, fault: str) -> None:
        self._fault = fault
        self._lies = itertools.cycle(LIES)
        self._readings = 0
        self._power_w = RESTING_W
        self._energy_j = 0.0
        self._read_ns: int | None = None

    def watch(self, pid: int | None) -> None:
        """Somebody to watch draws more."""
        self._power_w = RESTING_W if pid is None else WATCHED_W

    def read(self, now_ns: int) -> Sequence[float | None]:
        """The next scripted values."""
        self._readings += 1
        self._energy_j += self._power_w * (now_ns - (self._read_ns or now_ns)) / 1e9
        self._read_ns = now_ns
        if self._readings < FAULT_AT or self._fault == "none":
            return (self._power_w, self._energy_j, 0.5)
        match self._fault:
            case "fail":
                raise OSError("the fake broke, as it was told")
            case "hang":
                threading.Event().wait()
            case "crash":
                os._exit(3)
            case "stuck":  # one regular expression runs for years and never lets go of the lock
                re.match(r"(a|aa)+$", "a" * 200 + "b")
        return (next(self._lies), 40.0 - self._readings, 1.5)

    def close(self) -> None:
        """Nothing is open."""
