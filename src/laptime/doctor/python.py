"""Whether frameworks have wheels for this Python and system."""

from __future__ import annotations

import struct
import sysconfig
from collections.abc import Iterator

from laptime.doctor import Case, Finding
from laptime.runner.available import unavailable

TITLE = "Python"
ORDER = 10
FAST = True


def check(case: Case) -> Iterator[Finding]:
    """Version, word size and build of Python, and engines that have no wheels for it."""
    yield judged(
        case,
        bits=8 * struct.calcsize("P"),
        is_free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        without={name: reason for name in case.engines if (reason := unavailable(name))},
    )


def judged(case: Case, *, bits: int, is_free_threaded: bool, without: dict[str, str]) -> Finding:
    """What is to be said of a Python.

    Args:
        case: what is asked about.
        bits: 64, or 32, for which no framework has wheels any more.
        is_free_threaded: built without the lock that makes threads take turns.
        without: engine -> why it cannot work here.
    """
    told = f"Python {case.machine.python}, {bits} bits, {case.machine.architecture}"
    reasons = "; ".join(f"{name}: {reason}" for name, reason in without.items())
    if bits < 64:
        return Finding(
            outcome="fail",
            evidence=f"{told}: no framework has wheels for it",
            fix="Install a 64-bit Python and make a new environment with it.",
        )
    if len(without) == len(case.engines):
        return Finding(
            outcome="fail",
            evidence=f"{told}: without wheels for {', '.join(without)}",
            fix=f"{reasons}.",
        )
    if is_free_threaded:
        return Finding(
            outcome="warn",
            evidence=f"{told}, free-threaded: few frameworks have wheels for it",
            fix="Take the usual build of Python where a framework does not install.",
            command="uv venv --python 3.13",
        )
    if without:
        return Finding(
            outcome="ok", evidence=f"{told}; not for it: {', '.join(without)} ({reasons})"
        )
    return Finding(outcome="ok", evidence=told)
