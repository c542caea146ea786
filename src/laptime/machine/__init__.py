"""What this computer is: system, model, chip, cores, memory, graphics and what stands between.

One file per system, each of pure parsers (text in, value out) and one `collect` that feeds them.
The macOS and Windows parsers are tested on outputs captured by other projects; not run on a Mac or
a Windows machine by us. Nothing here reads a host name, a user name or a serial number.
"""

from __future__ import annotations

import importlib
import os
import platform

import psutil

from laptime.machine._facts import Facts
from laptime.machine._facts import nvidia_driver as nvidia_driver
from laptime.machine._facts import read as read
from laptime.machine._facts import run as run
from laptime.record import Machine

# platform.system() -> the file that knows it; imported only where it runs.
COLLECTORS = {
    "Linux": "laptime.machine.linux",
    "Darwin": "laptime.machine.darwin",
    "Windows": "laptime.machine.windows",
}


def describe() -> Machine:
    """This computer as a record. An unknown system yields what Python itself knows."""
    system = platform.system()
    module = COLLECTORS.get(system)
    facts: Facts = importlib.import_module(module).collect() if module else Facts()
    logical = psutil.cpu_count() or os.cpu_count() or 1
    return Machine(
        system=system or "unknown",
        system_version=facts.system_version or platform.release() or None,
        architecture=platform.machine() or "unknown",
        model=facts.model,
        chip=facts.chip or platform.processor() or None,
        cores_physical=facts.cores_physical or psutil.cpu_count(logical=False) or None,
        cores_logical=logical,
        cores_usable=min(float(logical), facts.cores_usable or float(logical)),
        memory_bytes=psutil.virtual_memory().total,
        memory_limit_bytes=facts.memory_limit_bytes,
        graphics=facts.graphics,
        virtual=facts.virtual,
        python=platform.python_version(),
        drivers=facts.drivers,
    )
