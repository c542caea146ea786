"""What will be run, decided before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import msgspec

from laptime import datasets, registry
from laptime.datasets import DatasetModule, Found
from laptime.download import Progress
from laptime.errors import EngineUnavailableError, UnknownNameError, UsageError
from laptime.record import Profile

VISITS = 5
"""Visits of the quick profile: short and spread over the run, since machines drift."""
VISIT_S = 0.9
"""Measured seconds of a visit."""
WARMUP_S = 0.5
EVALUATE_S = 2.0
"""The quick profile's validation takes about this long at most."""
START_S = 5.5
"""What a start is taken to cost in the up-front estimate: import, data, build, warm-up."""
SEED = 1


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One workload on one setup."""

    workload: str
    engine: str
    device: str
    """'auto' until the worker has chosen."""
    precision: str
    setup: str
    found: Found | None
    """Where the real data lies; None for the synthetic twin."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The items of a run, in order."""

    profile: Profile
    items: tuple[Item, ...]
    seed: int = SEED
    known_s: float | None = None
    """How long the whole runs took here before, where that is known."""

    @property
    def expected_s(self) -> float | None:
        """About how long it will take; None for a full run that nobody has measured here yet."""
        if self.profile == "full":
            return None if self.known_s is None else self.known_s + START_S * len(self.items)
        visit_s = VISIT_S * 1.5  # a visit overshoots a little, and comes back to speed first
        return len(self.items) * (START_S + VISITS * visit_s + EVALUATE_S)


def engine_facts(engine: str) -> dict[str, Any]:
    """Literal facts of an engine, read without importing it.

    Raises:
        UnknownNameError: no such engine.
    """
    return registry.peek("engines", engine)


def is_installed(engine: str) -> bool:
    """Whether the module that an engine needs can be found; it is not imported."""
    module = engine_facts(engine)["MODULE"]
    return module is None or find_spec(module) is not None


def choose_engine(engine: str | None) -> str:
    """The engine asked for, or the first real one that is installed.

    Raises:
        UnknownNameError: no such engine.
        EngineUnavailableError: its framework (or every framework) is missing.
    """
    wanted = [engine] if engine else _by_preference()
    for name in wanted:
        if is_installed(name):
            return name
    what = f"the engine '{engine}' needs its framework" if engine else "no framework is installed"
    raise EngineUnavailableError(f"{what}; install one with: {install_line(wanted[0])}")


def _by_preference() -> list[str]:
    """Engines that train something: those that say they are a default first, then by name."""
    real = [name for name in registry.names("engines") if engine_facts(name)["MODULE"] is not None]
    return sorted(real, key=lambda name: not engine_facts(name).get("DEFAULT", False))


def install_line(engine: str) -> str:
    """The line that installs an engine's framework."""
    facts = engine_facts(engine)
    return (
        f"pip install 'laptime[{facts['EXTRA']}]'"
        if facts["EXTRA"]
        else (f"pip install {facts['MODULE']}")
    )


def check_choices(engine: str, *, device: str, precision: str, setup: str) -> None:
    """Refuse names that an engine cannot mean anywhere.

    Raises:
        UnknownNameError: with the nearest name.
        UsageError: a precision that the engine does not have.
    """
    facts = engine_facts(engine)
    if device != "auto" and device.split(":", maxsplit=1)[0] not in facts["DEVICES"]:
        raise UnknownNameError(f"device of {engine}", device, ["auto", *facts["DEVICES"]])
    if precision not in facts["PRECISIONS"]:
        raise UsageError(
            f"{engine} has no precision '{precision}'; it has {', '.join(facts['PRECISIONS'])}"
        )
    if setup not in facts["SETUPS"]:
        raise UnknownNameError(f"setup of {engine}", setup, facts["SETUPS"])


def choose_workloads(patterns: Sequence[str]) -> list[str]:
    """Workloads by name or glob; all of them for none.

    Raises:
        UnknownNameError: a pattern that matches nothing.
    """
    return registry.select("workloads", patterns) if patterns else registry.names("workloads")


def locate_data(workload: str, *, data_dir: Path | None) -> Found | None:
    """Where a workload's real data lies on this machine; None where it does not.

    Raises:
        DataError: `data_dir` is no folder.
    """
    return datasets.locate(_dataset(workload), data_dir=data_dir)


def fetch_data(workload: str, *, progress: Progress) -> Found:
    """Download a workload's real data.

    Raises:
        DataError: it cannot be had.
    """
    return _dataset(workload).fetch(progress=progress)


def _dataset(workload: str) -> DatasetModule:
    name = registry.load("workloads", workload).WORKLOAD.dataset
    return cast("DatasetModule", registry.load("datasets", name))
