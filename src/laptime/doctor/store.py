"""Whether results and downloads can be written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from laptime import datasets
from laptime.doctor import Case, Finding
from laptime.doctor._shell import given
from laptime.errors import StoreError
from laptime.store import Store, open_store

TITLE = "folders to write to"
ORDER = 115
FAST = True


def check(case: Case) -> Iterator[Finding]:  # noqa: ARG001 - the same for every engine
    """A small file is written to each, and removed."""
    yield results(open_store().folder)
    yield cache(datasets.cache_folder())


def results(folder: Path) -> Finding:
    """What is to be said of the folder of results."""
    try:
        Store(folder).check_writable()
    except StoreError as error:
        return Finding(
            outcome="fail",
            about="results",
            evidence=f"the folder of results cannot be written ({_why(error)})",
            fix="Let LAPTIME_STORE name a folder that you may write to:",
            command=given("LAPTIME_STORE", "/path/of/yours"),
            private=str(folder),
        )
    return Finding(
        outcome="ok",
        about="results",
        evidence="the folder of results can be written",
        private=str(folder),
    )


def cache(folder: Path) -> Finding:
    """What is to be said of the cache; it need not exist yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"laptime\n")
    except OSError as error:
        return Finding(
            outcome="fail",
            about="cache",
            evidence=f"the cache cannot be written ({error.strerror or type(error).__name__})",
            fix="Let LAPTIME_CACHE name a folder that you may write to:",
            command=given("LAPTIME_CACHE", "/path/of/yours"),
            private=str(folder),
        )
    return Finding(
        outcome="ok", about="cache", evidence="the cache can be written", private=str(folder)
    )


def _why(error: StoreError) -> str:
    cause = error.__cause__
    return (isinstance(cause, OSError) and cause.strerror) or type(cause or error).__name__
