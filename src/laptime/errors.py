"""Every error that laptime raises on purpose; each message names the remedy.

LaptimeError                    exit code
├── UsageError                  2    an option or a name that does not exist
│   └── UnknownNameError        2    with the nearest known name
└── EnvironmentUnfitError       3    this machine cannot do it as it is
    ├── BrokenLeafError         3    a file of a room does not import
    ├── EngineUnavailableError  3    a framework is missing or broken
    ├── DeviceUnavailableError  3    the device asked for is not there
    ├── DataError               3    a dataset is missing, wrong or cannot be fetched
    ├── ExportError             3    results could not be handed to another program
    └── StoreError              3    results cannot be written or read
        └── RecordError         3    a record is damaged or from a newer laptime
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_ENVIRONMENT = 3
EXIT_WORKLOAD = 4
EXIT_THRESHOLD = 5
EXIT_INTERRUPTED = 130


class LaptimeError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line ends with."""

    exit_code = EXIT_ENVIRONMENT


class UsageError(LaptimeError):
    """A command was asked for something that it cannot mean."""

    exit_code = EXIT_USAGE


class UnknownNameError(UsageError):
    """A name that no room knows; the message carries the nearest one.

    Args:
        kind: what the name should be, in the singular ('workload').
        name: what was asked for.
        known: every name that would have been right.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = sorted(known)
        near = difflib.get_close_matches(name.lower(), self.known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(self.known) or 'none'}"
        super().__init__(f"no {kind} is called '{name}'; {hint}")


class EnvironmentUnfitError(LaptimeError):
    """This machine, as it is now, cannot do what was asked."""


class BrokenLeafError(EnvironmentUnfitError):
    """A workload, engine, dataset or report that is there but does not import."""


class EngineUnavailableError(EnvironmentUnfitError):
    """A framework is missing or does not start; the message holds the line to paste."""


class DeviceUnavailableError(EnvironmentUnfitError):
    """The device asked for is not there; laptime never falls back to another one silently."""


class DataError(EnvironmentUnfitError):
    """A dataset is missing, damaged, or could not be fetched."""


class ExportError(EnvironmentUnfitError):
    """An exporter failed; the results themselves are untouched."""


class StoreError(EnvironmentUnfitError):
    """Results cannot be written to, or read from, the store."""


class RecordError(StoreError):
    """A stored record is damaged, or was written by a newer laptime."""
