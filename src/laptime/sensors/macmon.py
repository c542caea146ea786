"""Apple silicon through the program macmon: power, GPU residency, clocks, temperatures; no root.

Not run on a Mac by us. The watts are Apple's model, as the joules of the sensor `apple` are.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Sequence

from laptime.sensors import Opened, UnavailableError
from laptime.sensors._macmon_values import QUANTITIES, values

TITLE = "Apple silicon: power, GPU residency, clocks and temperatures, by the program macmon"
MODULES = ()
EXTRA = None
UNAVAILABLE = {
    "sys_platform != 'darwin' or platform_machine != 'arm64'": "this is no Mac with Apple silicon"
}
PERIOD_S = 0.5
LIMIT_S = 5.0

FIRST_S = 4.0
"""The first line comes after macmon's first interval."""
INSTALL = "macmon is not installed; brew install macmon adds clocks and temperatures"


def open_sensor() -> Macmon:
    """A macmon that runs beside, and prints a line every second.

    Raises:
        UnavailableError: it is not installed, or prints nothing that can be read.
    """
    program = shutil.which("macmon")
    if program is None:
        raise UnavailableError(INSTALL)
    return Macmon([program, "pipe", "-i", "1000"])


class Macmon:
    """A running macmon.

    Args:
        command: what prints a JSON object a line.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._line: bytes | None = None
        self._has_line = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        first = values(self._line) if self._has_line.wait(FIRST_S) else {}
        if not first:
            self.close()
            raise UnavailableError("macmon prints nothing that can be read; install its newest")
        self.opened = Opened(
            quantities=tuple(quantity for quantity in QUANTITIES if quantity.key in first),
            missing={
                quantity.key: "this chip, or this macmon, does not tell it"
                for quantity in QUANTITIES
                if quantity.key not in first
            },
        )

    def _keep(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._line = line
                self._has_line.set()
        self._line = None
        self._has_line.set()

    def watch(self, _: int | None) -> None:
        """The chip is the whole computer's."""

    def read(self, _: int) -> Sequence[float | None]:
        """The newest line, once; nothing until the next one.

        Raises:
            UnavailableError: macmon has ended.
        """
        if self._process.poll() is not None:
            raise UnavailableError("macmon ended")
        line, self._line = self._line, None
        told = values(line)
        return [told.get(quantity.key) for quantity in self.opened.quantities]

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._keeper.join(timeout=1.0)
        if self._process.stdout is not None and not self._keeper.is_alive():
            self._process.stdout.close()
