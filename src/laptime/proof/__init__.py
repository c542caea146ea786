"""The proof that engines do the same work: each against the same reference, in trials of its own.

Reference is the engine `reference`, which computes in float64 with NumPy alone, so that an engine can
be judged where no other is installed. `docs/engines.md` says what is compared and why.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from laptime import registry
from laptime.proof import judge
from laptime.proof.judge import Check, Found
from laptime.proof.trials import Kind, Trials, trials_of
from laptime.redact import clean
from laptime.runner import setups
from laptime.runner.child import Child, ChildFailedError
from laptime.runner.messages import Tried, Try
from laptime.runner.trial import Trial

REFERENCE = "reference"
PRECISION = "float32"
"""In which graphs are proved; in another one figures may differ and the recipe is the same."""

__all__ = ["PRECISION", "Check", "Proof", "Way", "prove"]


BEFORE_ANY_WORK = ("start", "import", "device")
"""Phases of a worker: one that fails in them fails with every workload."""

Truth = dict[int, Found] | ChildFailedError
"""What the reference made of a workload's trials, or why it made nothing."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """An engine in one of its setups, on a device, in a precision."""

    engine: str
    setup: str
    options: setups.Options
    device: str = "auto"
    precision: str = PRECISION
    workloads: tuple[str, ...] = ()
    """Those that it is meant for; none for all."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one workload in one way."""

    workload: str
    engine: str
    setup: str
    device: str | None
    """None where it did not get so far."""
    precision: str
    proof: Kind
    equal: bool | None
    """None where it could not be tried. Of kind 'recipe': the same recipe, not the same figures."""
    reason: str | None
    """Why it is not known to be equal, or why it is not; None where it is."""
    checks: tuple[Check, ...] = ()


def prove(
    workloads: Sequence[str], ways: Sequence[Way], *, on_event: Callable[[Way, str], None]
) -> Iterator[Proof]:
    """Try each workload in each way, against the reference; one after the other.

    Args:
        workloads: keys.
        ways: engines and their setups.
        on_event: told the way and the workload that is tried next.
    """
    wanted = {name: trials_of(registry.load("workloads", name).WORKLOAD) for name in workloads}
    reference = Way(engine=REFERENCE, setup="plain", options={})
    truth: dict[str, Truth] = {}
    unfit: dict[tuple[str, str], ChildFailedError] = {}
    with tempfile.TemporaryDirectory(prefix="laptime-") as folder:
        with _Bench(reference, Path(folder)) as bench:
            for name, trials in wanted.items():
                on_event(reference, name)
                try:
                    truth[name] = bench.all_of(trials)
                except ChildFailedError as failure:
                    truth[name] = failure
        for way in ways:
            with _Bench(way, Path(folder), unfit=unfit) as bench:
                for name in way.workloads or wanted:
                    on_event(way, name)
                    yield _proof(name, way, wanted[name], bench, truth[name])


def _proof(name: str, way: Way, trials: Trials, bench: _Bench, truth: Truth) -> Proof:
    is_exact = way.precision == PRECISION
    bare = Proof(
        workload=name,
        engine=way.engine,
        setup=way.setup,
        device=bench.device,
        precision=way.precision,
        proof=trials.kind if is_exact else "recipe",
        equal=None,
        reason=None,
    )
    if isinstance(truth, ChildFailedError):
        return msgspec.structs.replace(bare, reason=f"the reference ended with {_why(truth)}")
    try:
        found = bench.all_of(trials) if is_exact else bench.recipe_of(trials)
    except ChildFailedError as failure:
        return msgspec.structs.replace(bare, reason=_why(failure))
    judged = judge.full if is_exact else judge.recipe
    checks = [_excused(check, way.engine) for check in judged(trials, found, truth)]
    failed = [check for check in checks if not check.is_met and check.known is None]
    return msgspec.structs.replace(
        bare,
        device=bench.device,
        equal=not failed,
        reason=_told(failed) if failed else None,
        checks=tuple(checks),
    )


def _excused(check: Check, engine: str) -> Check:
    """With what its engine says of a difference that is not met: known, and why it is let pass."""
    known = registry.peek("engines", engine).get("KNOWN", {})
    if check.is_met or check.value is None or check.name not in known:
        return check
    return msgspec.structs.replace(check, known=known[check.name])


def _why(failure: ChildFailedError) -> str:
    return f"{failure.outcome} during {failure.phase}: {clean(failure.message)}"


def _told(failed: Sequence[Check]) -> str:
    """The first check that is not met, which the others mostly follow from."""
    first = failed[0]
    where = f" in {first.where}" if first.where else ""
    if first.value is None:
        return f"{first.name}: not a number, or not there{where}"
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"{first.name} differs by {first.value:.1e}{where} (limit {first.limit:.0e}{more})"


class _Bench:
    """Tries one way in a worker, and in another one after that has failed; keeps what was found.

    Args:
        way: what is tried.
        folder: for what a worker found.
        unfit: engines and devices that do not work here at all, which are not started again and again.
    """

    def __init__(
        self,
        way: Way,
        folder: Path,
        *,
        unfit: dict[tuple[str, str], ChildFailedError] | None = None,
    ) -> None:
        self._way = way
        self._folder = folder
        self._unfit = {} if unfit is None else unfit
        self._child: Child | None = None
        self._found: dict[int, Found] = {}
        self.device: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def all_of(self, trials: Trials) -> dict[int, Found]:
        """Every trial of a workload, by its key.

        Raises:
            ChildFailedError: one of them failed.
        """
        wanted = [trials.whole, trials.real, *trials.nodes.values()]
        wanted += [each for each in (trials.smooth, trials.optimizer) if each is not None]
        return {trial.key: self._one(trial) for trial in wanted}

    def recipe_of(self, trials: Trials) -> dict[int, Found]:
        """What another precision is held to.

        Raises:
            ChildFailedError: it failed.
        """
        return {trials.recipe.key: self._one(trials.recipe)}

    def _one(self, trial: Trial) -> Found:
        if trial.key not in self._found:
            self._found[trial.key] = self._tried(trial)
        return self._found[trial.key]

    def _tried(self, trial: Trial) -> Found:
        way = self._way
        if (way.engine, way.device) in self._unfit:
            raise self._unfit[way.engine, way.device]
        if self._child is None:
            variables = setups.environment(way.engine, way.options)
            self._child = Child(environment=variables, on_phase=lambda _: None)
        file = self._folder / f"{trial.key}.npz"
        self._child.send(
            Try(
                engine=way.engine,
                device=way.device,
                precision=way.precision,
                options=way.options,
                trial=trial,
                file=str(file),
            )
        )
        try:
            answer = self._child.receive()
        except ChildFailedError as failure:
            self._end()
            if failure.phase in BEFORE_ANY_WORK:
                self._unfit[way.engine, way.device] = failure
            raise
        if not isinstance(answer, Tried):
            raise TypeError(f"a trial was answered by {type(answer).__name__}")
        self.device = answer.device
        with np.load(file) as arrays:
            found = Found(answer.evidence, dict(arrays))
        file.unlink()
        return found

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.close()
            self._child = None
