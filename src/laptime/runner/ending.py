"""How a worker ends: what an exception means, and what is still known of the process."""

from __future__ import annotations

import re
import sys

from laptime.engines import Unsupported
from laptime.errors import BrokenLeafError, DataError
from laptime.record import Outcome
from laptime.runner.lap import NanLossError

OUT_OF_MEMORY = re.compile(
    r"out of memory|(can't|cannot|unable to|attempting to) allocate|"
    r"(not enough|insufficient) memory",
    re.IGNORECASE,
)


class DeviceMissingError(Exception):
    """The device asked for is not there, or cannot compute."""


class EngineBrokenError(Exception):
    """The framework does not import."""


class DifferentWorkError(Exception):
    """The engine built something else than the workload describes."""


def outcome_of(error: BaseException) -> Outcome:
    """What an exception means for the record."""
    home = type(error).__module__
    name = type(error).__name__
    if isinstance(error, MemoryError) or "OutOfMemory" in name or OUT_OF_MEMORY.search(str(error)):
        return "oom"
    if home.startswith(("torch._dynamo", "torch._inductor")):
        return "compile_error"
    match error:
        case NanLossError():
            return "nan_loss"
        case Unsupported() | NotImplementedError():
            return "unsupported"
        case EngineBrokenError() | BrokenLeafError() | DeviceMissingError() | DataError():
            return "environment"
        case _:
            return "error"


def peak_memory_bytes() -> int | None:
    """Most memory that this process ever had resident; None where the system does not tell."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kilobytes everywhere but on macOS
