"""Starts a script again with the variables that a tuned worker has."""

from __future__ import annotations

import os
import sys

from laptime.runner.setups import environment, resolve


def as_tuned() -> None:
    """With the allocator of torch's `tuned`, which must be chosen before Python starts."""
    variables = environment("torch", resolve("torch", "tuned"))
    if any(os.environ.get(name) != value for name, value in variables.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | variables)  # noqa: S606
