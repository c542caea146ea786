"""Learning bands: what reference runs of a workload reach after so many steps.

`<workload>.json` holds, for each kind of data, precision and start of a frozen part, the loss and
accuracy that 20 seeds or more reached on the first validation images, at rungs of steps. It is made
by `benchmarks/bands.py` with the engine `torch`; the limits are computed here. A plug-in's workload
has its file in a folder `bands` beside its folder `workloads`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

import msgspec

from laptime.errors import DataError
from laptime.frozen import Frozen
from laptime.record import Band, DataKind, Evaluation, Score, Start

SIGMAS = 4.2
"""Half the width of a band in standard deviations of its seeds. By Student's t of 20 seeds 4.0 would
let pass 999 of 1,000; but early losses have heavier tails than a normal spread. Each stored seed held
against the others, fewer than one look in 200 falls outside (tests/test_bands.py)."""
LEAST_LOSS = 0.05
"""A band is never narrower than this either way, as a share of the loss: engines round differently,
and losses of so few seeds can lie together by chance."""
LEAST_ACCURACY = 0.03
"""The same in accuracy."""
CHANCE_SIGMAS = 2.0
"""Nor narrower than so many standard deviations of a share of so many images."""
SMALLEST_LOSS = 1e-6
"""Below this float32 cannot tell losses apart."""


class Rung(Frozen, frozen=True):
    """What each seed had reached after so many steps."""

    after_steps: int
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]


class Curves(Frozen, frozen=True):
    """The reference runs on one kind of data."""

    data: DataKind
    precision: str
    weights: Start | None
    """What a frozen part started from; None where nothing is frozen."""
    seeds: tuple[int, ...]
    rungs: tuple[Rung, ...]


class Gate(Frozen, frozen=True):
    """Where a worker is looked at for what it has learned."""

    samples: int
    """At the first so many validation images."""
    rungs: tuple[int, ...]
    """In its warm-up after the largest of these numbers of steps that it reaches; and at its end."""


class Verdict(NamedTuple):
    """What a look came to; both None where it is inside."""

    missed: str | None
    """In which way it learned too little."""
    hasty: str | None
    """In which way it learned too much for its steps."""


class Reference(Frozen, frozen=True):
    """The reference runs of a workload."""

    work: str
    """Key of the work that was run: a workload that was changed since has no band."""
    samples: int
    """The first so many validation images were looked at."""
    made: str
    """Day."""
    versions: dict[str, str]
    curves: tuple[Curves, ...]

    def bands(
        self, *, data: DataKind, precision: str, weights: Start | None, classes: int
    ) -> tuple[Band, ...]:
        """The limits at each rung, fewest steps first; empty where nobody has run it.

        Empty also where a guess among so many classes would pass every rung: so it is with most random
        backbones, and with curves that are too short.
        """
        for curves in self.curves:
            if (curves.data, curves.precision, curves.weights) == (data, precision, weights):
                made = tuple(band(rung, samples=self.samples) for rung in curves.rungs)
                return made if first_to_tell(made, classes=classes) else ()
        return ()


def read(path: Path) -> Reference | None:
    """The reference runs in a file; None where there is none.

    Raises:
        DataError: it is damaged.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Reference)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise DataError(f"{path.name} holds no learning bands ({error}); install again") from error


def rungs(last: int) -> tuple[int, ...]:
    """Numbers of steps at which runs are looked at: 1, 2, 3, 4, 6, 8, 12 ... up to `last`."""
    powers = range(last.bit_length())
    steps = {1, *(base << power for base in (2, 3) for power in powers)}
    return tuple(sorted(each for each in steps if each <= last))


def band(rung: Rung, *, samples: int) -> Band:
    """Limits between which every sound run should lie."""
    logs = [math.log(max(loss, SMALLEST_LOSS)) for loss in rung.loss]
    middle, half = fmean(logs), max(SIGMAS * stdev(logs), math.log1p(LEAST_LOSS))
    low, high = _accuracies(rung.accuracy, samples=samples)
    if SIGMAS * stdev(logs) < math.log1p(LEAST_LOSS):
        high = 1.0  # the loss has not moved yet, or no longer does: one tipping class tells nothing
    return Band(
        after_steps=rung.after_steps,
        samples=samples,
        worst=Score(loss=math.exp(middle + half), accuracy=low),
        best=Score(loss=math.exp(middle - half), accuracy=high),
    )


def _accuracies(accuracies: Sequence[float], *, samples: int) -> tuple[float, float]:
    """Lowest and highest. The arcsine of the root spreads shares evenly: those near 1 lie close."""
    angles = [math.asin(math.sqrt(each)) for each in accuracies]
    middle, half = fmean(angles), SIGMAS * stdev(angles)
    low = math.sin(max(middle - half, 0.0)) ** 2
    high = math.sin(min(middle + half, math.pi / 2)) ** 2
    mean = fmean(accuracies)
    # Of few images near chance an accuracy jumps: whole classes tip over at once.
    least = max(LEAST_ACCURACY, CHANCE_SIGMAS * math.sqrt(mean * (1 - mean) / samples))
    return min(low, max(mean - least, 0.0)), max(high, min(mean + least, 1.0))


def gate(bands: Sequence[Band]) -> Gate | None:
    """Where to look at a run that these bands are for; None where there are none.

    Early losses differ little from step to step, late ones much from seed to seed. The last rung of
    the gate is the one that tells best a run of half its steps.
    """
    if not bands:
        return None
    at = {each.after_steps: each for each in bands}
    last = max(at, key=lambda steps: _contrast(at[steps], at.get(steps // 2)))
    return Gate(samples=bands[0].samples, rungs=tuple(steps for steps in at if steps <= last))


def _contrast(whole: Band, half: Band | None) -> float:
    """How far the middle of a band is from that of half the steps, in half widths of its own."""
    if half is None:
        return 0.0
    width = math.log(whole.worst.loss / whole.best.loss)
    apart = half.worst.loss * half.best.loss / (whole.worst.loss * whole.best.loss)
    return math.log(apart) / width


def neighbours(bands: Sequence[Band], *, after_steps: int) -> tuple[Band, ...]:
    """The bands at or next to a number of steps: one, two, or none."""
    below = [each for each in bands if each.after_steps <= after_steps]
    above = [each for each in bands if each.after_steps >= after_steps]
    near = [*below[-1:], *above[:1]]
    return tuple(dict.fromkeys(near))


def judge(look: Evaluation, bands: Sequence[Band]) -> Verdict | None:
    """Hold a look against the bands next to its steps; None where they begin only later.

    None also of fewer images than theirs: an accuracy of ten photos says little.
    Between two rungs the wider limits of both count. Beyond the last only a low accuracy is a fault:
    where the loss goes from there nobody has measured; it may even rise again.
    """
    near = neighbours(bands, after_steps=look.after_steps)
    if not near or near[0].after_steps > look.after_steps or look.samples < near[0].samples:
        return None
    is_beyond = near[-1].after_steps < look.after_steps
    worst_loss = math.inf if is_beyond else max(each.worst.loss for each in near)
    best_loss = 0.0 if is_beyond else min(each.best.loss for each in near)
    due = min(each.worst.accuracy for each in near)
    most = 1.0 if is_beyond else max(each.best.accuracy for each in near)
    seen = f"(the first {look.samples}, after {look.after_steps:,} steps)"
    right = f"{look.accuracy:.1%} of the validation images right {seen}"
    loss = f"loss {look.loss:.3g} on validation images {seen}"
    missed = hasty = None
    if look.loss > worst_loss:
        missed = f"{loss}; at most {worst_loss:.3g} was due"
    elif look.accuracy < due:
        missed = f"{right}; at least {due:.1%} was due"
    if max(look.loss, SMALLEST_LOSS) < best_loss:
        hasty = f"{loss}; no less than {best_loss:.3g} was to be expected"
    elif look.accuracy > most:
        hasty = f"{right}; no more than {most:.1%} was to be expected"
    return Verdict(missed, hasty)


def tells(look: Evaluation, bands: Sequence[Band], *, classes: int) -> bool:
    """Whether a guess would not have passed this look: early ones let everything pass."""
    near = neighbours(bands, after_steps=look.after_steps)
    if judge(look, bands) is None:
        return False
    if near[-1].after_steps < look.after_steps:  # only the accuracy is held against the last one
        return near[-1].worst.accuracy > _lucky(near[-1], classes=classes)
    return all(_refuses_a_guess(each, classes=classes) for each in near)


def first_to_tell(bands: Sequence[Band], *, classes: int) -> int | None:
    """Number of steps of the first rung that a guess would not pass; None where there is none."""
    found = (each for each in bands if _refuses_a_guess(each, classes=classes))
    return min((each.after_steps for each in found), default=None)


def _refuses_a_guess(made: Band, *, classes: int) -> bool:
    """By its loss; or by its accuracy, however lucky. A guess gives each class the same share."""
    return made.worst.loss < math.log(classes) or made.worst.accuracy > _lucky(
        made, classes=classes
    )


def _lucky(made: Band, *, classes: int) -> float:
    """Accuracy of a guess that is lucky."""
    chance = 1 / classes
    return chance + CHANCE_SIGMAS * math.sqrt(chance * (1 - chance) / made.samples)


def verdicts(looks: Sequence[Evaluation], bands: Sequence[Band]) -> list[Verdict]:
    """Of every look that can be judged."""
    found = (judge(look, bands) for look in looks)
    return [each for each in found if each is not None]
