"""A worker imports its own engine's framework and no other, whatever else is installed.

Frameworks look for each other: Keras takes in JAX where it finds it, and each that is loaded costs
start-up, memory and threads. So a worker hides the others as if they were not installed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from importlib.machinery import ModuleSpec
from importlib.metadata import packages_distributions, version
from types import ModuleType
from typing import TYPE_CHECKING, cast

from laptime import registry
from laptime.engines import EngineModule
from laptime.errors import BrokenLeafError
from laptime.runner.ending import EngineBrokenError

if TYPE_CHECKING:
    from _typeshed.importlib import MetaPathFinderProtocol


def frameworks() -> set[str]:
    """Top-level modules of every engine's framework."""
    return {module for engine in registry.names("engines") for module in _modules(engine)}


def _modules(engine: str) -> set[str]:
    """Empty for a file that is no Python: whoever asks for that engine is told so."""
    try:
        needed = registry.peek("engines", engine).get("MODULES", ())
    except BrokenLeafError:
        return set()
    return {name.partition(".")[0] for name in needed}


def versions(modules: Sequence[str]) -> dict[str, str]:
    """Top-level module -> version of the distribution that installed it, where one says so."""
    owners = packages_distributions()
    found = {}
    for name in (module.partition(".")[0] for module in modules):
        if names := owners.get(name):  # several share a namespace; one called like it speaks for it
            found[name] = version(name if name in names else names[0])
    return found


def hide_others(engine: str) -> None:
    """Make every framework that is not this engine's own look as if it were not installed."""
    hide(frameworks() - _modules(engine))


def hide(modules: AbstractSet[str]) -> None:
    """Make top-level modules that are not loaded yet look as if they were not installed."""
    others = frozenset(modules - set(sys.modules))
    sys.meta_path[:] = [_Without(finder, others) for finder in sys.meta_path]


def imported_frameworks() -> tuple[str, ...]:
    """Those that this process has imported, sorted."""
    return tuple(sorted(frameworks() & set(sys.modules)))


def import_engine(name: str) -> EngineModule:
    """Its module, with its framework.

    Raises:
        EngineBrokenError: it does not import.
    """
    try:
        return cast("EngineModule", registry.load("engines", name))
    except BrokenLeafError as error:
        raise EngineBrokenError(f"{type(error.__cause__).__name__}: {error.__cause__}") from error


class _Without:
    """A finder that does not find some top-level modules."""

    def __init__(self, finder: MetaPathFinderProtocol, hidden: frozenset[str]) -> None:
        self._finder, self._hidden = finder, hidden

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for what is hidden; else whatever the finder says."""
        if name.partition(".")[0] in self._hidden:
            return None
        return self._finder.find_spec(name, path, target)

    def __getattr__(self, name: str) -> object:
        """Everything else is the finder's own (`find_distributions`, `invalidate_caches`)."""
        return getattr(self._finder, name)
