"""From two pieces of evidence to what differs, in figures; limits live here and nowhere else.

Sources of the limits: what equal work in float32 was seen to differ by, and what the classic mistakes
cost (docs/engines.md, 'What is compared').
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from laptime.layers import Network
from laptime.proof.trials import DROPOUT, DROPPED, Trials
from laptime.runner.trial import Arrays, Evidence, Trial, inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_LOSS_LIMIT = 1e-6
DEEP_LOSS_LIMIT = 1e-5
"""The same for frozen networks of dozens of layers, each of which rounds."""
FORWARD_LIMIT = 1e-5
"""Of a network's output, relative to its norm."""
NODE_LIMIT = 1e-6
"""Of a single layer's output, relative to its largest value."""
MOVEMENT_LIMIT = 3e-4
"""Of the movement of a tensor in one step."""
SMOOTH_LIMIT = 1e-5
"""Of loss and weights of the smooth twin."""
SMOKE_LIMIT = 1e-3
"""Of the loss of the real network after a few steps, whose path is chaotic."""
OPTIMIZER_LIMIT = 2e-6
"""Of the size of one step from zero."""
STATISTICS_LIMIT = 1e-5
"""Of the moving statistics of a batch-norm after one step, relative to what they moved."""
OTHER_PRECISION_LIMIT = 1e-2
"""Of the first loss in another precision than float32: the same recipe, not the same figures."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison."""

    name: str
    """'first loss', 'weights after 1 step' ..."""
    value: float | None
    """By how much they differ, as a share; None where one of the two is missing."""
    limit: float
    where: str | None = None
    """The tensor that differs most."""
    known: str | None = None
    """What the engine is known to do otherwise here, where it is let pass for that."""

    @property
    def is_met(self) -> bool:
        """Whether it is within the limit."""
        return self.value is not None and self.value <= self.limit


class Found(NamedTuple):
    """What one engine made of one trial."""

    evidence: Evidence
    arrays: Arrays


def counted(network: Network, found: Found) -> Iterator[Check]:
    """Parameters and FLOPs, against the description: not one may be missing."""
    evidence = found.evidence
    yield Check(
        name="parameters", value=float(abs(evidence.parameters - network.parameters)), limit=0
    )
    yield Check(name="FLOPs", value=float(abs(evidence.flops - network.forward_flops)), limit=0)


def forwarded(name: str, limit: float, one: Found, other: Found) -> Iterator[Check]:
    """The output of the first batch."""
    yield Check(name=name, value=_relative(one.arrays, other.arrays, "forward"), limit=limit)


def evaluated(one: Found, other: Found, *, limit: float) -> Iterator[Check]:
    """Loss and accuracy over all images from identical weights."""
    ours, theirs = one.evidence.evaluation, other.evidence.evaluation
    if ours is None and theirs is None:
        return
    if ours is None or theirs is None:
        yield Check(name="evaluation", value=None, limit=limit)
        return
    yield Check(name="evaluation loss", value=_apart(ours[0], theirs[0]), limit=limit)
    yield Check(name="evaluation accuracy", value=abs(ours[1] - theirs[1]), limit=1e-6)


def losses(
    name: str, one: Found, other: Found, *, steps: int, limit: float, classes: int
) -> Iterator[Check]:
    """The loss of one step; of a learned network as a share of what not knowing costs."""
    ours, theirs = one.evidence.losses.get(steps), other.evidence.losses.get(steps)
    if ours is None or theirs is None:
        yield Check(name=name, value=None, limit=limit)
        return
    value = abs(ours - theirs) / max(theirs, math.log(classes))
    yield Check(name=name, value=None if math.isnan(value) else value, limit=limit)


def moved(name: str, trial: Trial, one: Found, other: Found) -> Iterator[Check]:
    """Every trained tensor after one step: how far apart, as a share of how far it moved."""
    start = inputs(trial)[0]
    ours, theirs = _weights(one, start, steps=1), _weights(other, start, steps=1)
    trained = {path: weight.trainable for path, weight in trial.network.weights().items()}
    yield _worst(
        name,
        MOVEMENT_LIMIT,
        {
            path: _share(_norm(ours[path] - theirs[path]), of=_norm(theirs[path] - start[path]))
            for path in start
            if trained[path]
        },
    )
    kept = {
        path: _share(_norm(ours[path] - theirs[path]), of=_norm(theirs[path]))
        for path in start
        if not trained[path]
    }
    if kept:
        yield _worst(f"{name}: statistics and frozen weights", STATISTICS_LIMIT, kept)


def dropped(name: str, trial: Trial, one: Found) -> Check:
    """The share of inputs whose weights have not moved: chance alone, so a limit of 5 deviations."""
    start = inputs(trial)[0]["head/kernel"]
    still = (_weights(one, {"head/kernel": start}, steps=1)["head/kernel"] == start).all(axis=1)
    limit = 5 * math.sqrt(DROPPED * (1 - DROPPED) / len(start))
    return Check(name=name, value=abs(float(still.mean()) - DROPPED), limit=limit)


def arrived(
    name: str, trial: Trial, one: Found, other: Found, *, steps: int, limit: float
) -> Iterator[Check]:
    """Every tensor after some steps, relative to its own size."""
    start = inputs(trial)[0]
    ours, theirs = _weights(one, start, steps=steps), _weights(other, start, steps=steps)
    apart = {p: _share(_norm(ours[p] - theirs[p]), of=_norm(theirs[p])) for p in start}
    yield _worst(name, limit, apart)


def _weights(found: Found, start: Arrays, *, steps: int) -> Arrays:
    """Those that are not told have not changed."""
    return {path: found.arrays.get(f"{steps}:{path}", weight) for path, weight in start.items()}


def _share(difference: float, *, of: float) -> float:
    """0 where there is none, whatever it is a share of."""
    return difference / of if of else (math.inf if difference else 0.0)


def full(trials: Trials, found: dict[int, Found], reference: dict[int, Found]) -> list[Check]:
    """Every check of a workload."""
    real, smooth, optimizer = trials.real, trials.smooth, trials.optimizer
    ours, theirs = found[real.key], reference[real.key]
    is_deep = real.network.trainable_parameters < real.network.parameters
    loss_limit = DEEP_LOSS_LIMIT if is_deep else FIRST_LOSS_LIMIT
    checks = [*counted(trials.whole.network, found[trials.whole.key])]
    for name, node in trials.nodes.items():
        checks += _node(name, node, found[node.key], reference[node.key])
    checks += forwarded("output", FORWARD_LIMIT, ours, theirs)
    checks += evaluated(ours, theirs, limit=loss_limit)
    if smooth is None or optimizer is None:
        return checks
    few, many = real.steps[-1], smooth.steps
    compare = partial(losses, classes=real.network.output_shape[-1])
    checks += compare("first loss", ours, theirs, steps=1, limit=loss_limit)
    checks += moved("weights after 1 step", real, ours, theirs)
    checks += compare(f"loss after {few} steps", ours, theirs, steps=few, limit=SMOKE_LIMIT)
    twin, its = found[smooth.key], reference[smooth.key]
    for steps in many:
        name = f"of the smooth twin after {steps} steps"
        checks += compare(f"loss {name}", twin, its, steps=steps, limit=SMOOTH_LIMIT)
        checks += arrived(f"weights {name}", smooth, twin, its, steps=steps, limit=SMOOTH_LIMIT)
    step, its_step = found[optimizer.key], reference[optimizer.key]
    checks += arrived(
        "size of a step from zero", optimizer, step, its_step, steps=1, limit=OPTIMIZER_LIMIT
    )
    return checks


def recipe(trials: Trials, found: dict[int, Found], reference: dict[int, Found]) -> list[Check]:
    """What another precision than float32 is held to: the same recipe, not the same figures."""
    ours, theirs = found[trials.recipe.key], reference[trials.real.key]
    limit = OTHER_PRECISION_LIMIT
    if not trials.recipe.steps:
        return [
            next(
                evaluated(ours, theirs, limit=limit),
                Check(name="evaluation loss", value=None, limit=limit),
            )
        ]
    classes = trials.real.network.output_shape[-1]
    return [*losses("first loss", ours, theirs, steps=1, limit=limit, classes=classes)]


def _node(name: str, trial: Trial, one: Found, other: Found) -> Iterator[Check]:
    if not trial.steps:
        yield from forwarded(f"layer {name}", NODE_LIMIT, one, other)
        return
    if name == DROPOUT:
        yield dropped(f"layer {name}: share", trial, one)
        return
    classes = trial.network.output_shape[-1]
    loss = f"layer {name}: loss"
    yield from losses(loss, one, other, steps=1, limit=FIRST_LOSS_LIMIT, classes=classes)
    yield from moved(f"layer {name}: weights", trial, one, other)


def _worst(name: str, limit: float, apart: dict[str, float]) -> Check:
    where = max(apart, key=lambda path: np.nan_to_num(apart[path], nan=np.inf))
    value = apart[where]
    return Check(
        name=name, value=None if np.isnan(value) else float(value), limit=limit, where=where
    )


def _relative(one: Arrays, other: Arrays, name: str) -> float | None:
    """Largest difference, relative to the largest value."""
    if name not in one or name not in other or one[name].shape != other[name].shape:
        return None
    scale = float(np.abs(other[name]).max()) or 1.0
    value = float(np.abs(one[name] - other[name]).max()) / scale
    return None if np.isnan(value) else value


def _apart(one: float, other: float) -> float | None:
    value = abs(one - other) / abs(other) if other else abs(one)
    return None if np.isnan(value) else value


def _norm(array: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(array.astype(np.float64)))
