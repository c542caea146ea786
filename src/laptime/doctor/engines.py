"""Which frameworks are installed, by their files alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from laptime import registry
from laptime.doctor import Case, Finding
from laptime.errors import BrokenLeafError
from laptime.runner.available import unavailable
from laptime.runner.isolation import versions
from laptime.runner.plan import by_preference, install_line

TITLE = "frameworks"
ORDER = 20
FAST = True


def check(case: Case) -> Iterator[Finding]:
    """What is there with its version; what is missing where it was named, or where nothing is there."""
    yield from _broken()
    if case.installed:
        modules = {name: registry.peek("engines", name)["MODULES"] for name in case.installed}
        # Asked once: it reads what every installed package says of itself.
        found = versions([module for of in modules.values() for module in of])
        told = [_told(name, of, found) for name, of in modules.items()]
        yield Finding(outcome="ok", evidence="; ".join(told))
    missing = [name for name in case.engines if name not in case.installed]
    if case.is_named:
        yield from map(_missing, missing)
    elif not case.installed:
        yield Finding(
            outcome="fail",
            evidence="no framework is installed",
            fix="Install one; PyTorch suits most machines. Others: docs/engines.md.",
            command=install_line(by_preference()[0]),
        )


def _told(engine: str, modules: Sequence[str], found: Mapping[str, str]) -> str:
    """'torch (torch 2.13.0)'; of an engine without a framework its name."""
    shown = ", ".join(f"{module} {found[module]}" for module in modules if module in found)
    return f"{engine} ({shown})" if shown else engine


def _missing(engine: str) -> Finding:
    impossible = unavailable(engine)
    if impossible:
        return Finding(
            outcome="fail", about=engine, evidence="it has no wheels here", fix=impossible
        )
    return Finding(
        outcome="fail",
        about=engine,
        evidence="not installed",
        fix="Install it into this environment.",
        command=install_line(engine),
    )


def _broken() -> Iterator[Finding]:
    """Files of engines that are no Python; only a plug-in's can be."""
    for name in registry.names("engines"):
        try:
            registry.peek("engines", name)
        except BrokenLeafError:
            yield Finding(
                outcome="warn",
                about=name,
                evidence="the engine's file cannot be read",
                fix="Mend it, or remove it: laptime list engines says what is wrong.",
            )
