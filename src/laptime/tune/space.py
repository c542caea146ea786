"""What can be tried: engines, their named setups, and single options changed from there."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from laptime.engines import Option
from laptime.runner import plan, setups

Key = tuple[str, str, str]
"""Engine, precision and name: what tells one candidate from another."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One way to train a workload."""

    engine: str
    precision: str
    setup: str
    """The named setup that it is nearest to."""
    name: str
    """That, and what differs from it: 'tuned + threads=one'."""
    options: dict[str, Option]
    """A value for each option of the engine."""

    @property
    def key(self) -> Key:
        """Its identity."""
        return self.engine, self.precision, self.name


class Space(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an engine offers."""

    engine: str
    precisions: tuple[str, ...]
    options: dict[str, tuple[Option, ...]]
    setups: dict[str, dict[str, Option]]
    """The first is what a user writes first; a value for each option."""
    by_environment: frozenset[str]
    """Options that act through the worker's environment, so that no session can tell of them."""

    @property
    def first(self) -> str:
        """The setup that a user writes first."""
        return next(iter(self.setups))

    def named(self, setup: str, precision: str) -> Candidate:
        """One of the engine's own setups."""
        return self.candidate(self.setups[setup], precision)

    def candidate(self, options: Mapping[str, Option], precision: str) -> Candidate:
        """These options, called after the nearest named setup."""
        by_setup = {
            setup: [name for name, value in options.items() if value != values[name]]
            for setup, values in self.setups.items()
        }
        setup = min(by_setup, key=lambda each: len(by_setup[each]))
        changes = [setting(name, options[name]) for name in by_setup[setup]]
        return Candidate(
            engine=self.engine,
            precision=precision,
            setup=setup,
            name=" + ".join([setup, *changes]),
            options=dict(options),
        )

    def neighbours(self, of: Candidate, used: Mapping[str, object]) -> list[Candidate]:
        """One option changed: values that no named setup has come first, the pipeline's last.

        Args:
            of: where to start.
            used: what its worker really used; an option that it does not tell of has no effect on
                this workload, and a value that it resolved to would change nothing.
        """
        found: list[tuple[int, Candidate]] = []
        for name, values in self.options.items():
            if name not in used and name not in self.by_environment:
                continue
            for value in values:
                if value != of.options[name] and value != used.get(name, of.options[name]):
                    changed = self.candidate({**of.options, name: value}, of.precision)
                    found.append((self._rank(name, value), changed))
        return [candidate for _, candidate in sorted(found, key=lambda each: each[0])]

    def _rank(self, name: str, value: Option) -> int:
        if name in setups.SUPPLY:
            return 2
        return int(any(options[name] == value for options in self.setups.values()))


def setting(name: str, value: Option) -> str:
    """'threads=one', as it is written on the command line."""
    return f"{name}={setups.told(value)}"


def space_of(engine: str) -> Space:
    """What an installed engine offers, read from its literals.

    Raises:
        UnknownNameError: no such engine.
    """
    facts = plan.engine_facts(engine)
    return Space(
        engine=engine,
        precisions=tuple(facts["PRECISIONS"]),
        options=setups.all_options(engine),
        setups={name: setups.resolve(engine, name) for name in facts["SETUPS"]},
        by_environment=setups.by_environment(engine),
    )
