"""What a machine is wanted for: workloads with their weights, and why each is in it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from laptime.errors import UnknownNameError, UsageError
from laptime.frozen import Frozen
from laptime.published import rows

MOST_PARTS = 50


class Part(Frozen, frozen=True, kw_only=True):
    """One workload of a mix."""

    workload: str
    weight: float
    """Share of the time that is spent on such networks, relative to the others."""
    reason: str


class Use(Frozen, frozen=True, kw_only=True):
    """A mix of workloads."""

    name: str
    title: str
    parts: tuple[Part, ...]


def _part(workload: str, weight: float, reason: str) -> Part:
    return Part(workload=workload, weight=weight, reason=reason)


USES = (
    Use(
        name="beginner",
        title="a first course: small networks on small images",
        parts=(
            _part("cifar10-tinyvgg", 2, "the first convolutional network that many courses train"),
            _part("mnist-mlp", 1, "the first network of all"),
            _part("fashion-mnist-mlp", 1, "the same on clothes"),
        ),
    ),
    Use(
        name="daily",
        title="every day: small trials, and transfer learning on photos",
        parts=(
            _part("cifar10-tinyvgg", 1, "a small network, as it is tried out again and again"),
            _part("food101-efficientnetb0", 1, "transfer learning on 75,750 photos, as at work"),
        ),
    ),
    Use(
        name="vision",
        title="larger networks on photos",
        parts=(
            _part("food101-efficientnetb0", 2, "the largest training that the articles time"),
            _part("catsdogs-vgg16", 1, "a large frozen network on photos"),
            _part("catsdogs-vgg16-augmented", 1, "the same with changed photos"),
        ),
    ),
    Use(
        name="video",
        title="exports of video beside the training",
        parts=(
            _part("video-export-large-h264", 1, "four hours of a course as H.264"),
            _part("video-export-large-prores", 1, "four hours of a course as ProRes"),
            _part("video-export-small-h264", 1, "ten minutes as H.264"),
            _part("video-export-small-prores", 1, "ten minutes as ProRes"),
        ),
    ),
)


def names() -> list[str]:
    """Of all uses."""
    return [use.name for use in USES]


def use_of(name: str) -> Use:
    """A use by its name.

    Raises:
        UnknownNameError: there is none of that name.
    """
    for use in USES:
        if use.name == name:
            return use
    raise UnknownNameError("use", name, names())


def exports() -> tuple[str, ...]:
    """Names of the exports that somebody published, which are no workloads of ours."""
    found = (row.workload for row in rows() if row.workload.startswith("video-export-"))
    return tuple(dict.fromkeys(found))


def read_mix(text: str, *, known: Iterable[str]) -> Use:
    """Understand 'cifar10-tinyvgg=2,food101-efficientnetb0=1'; without a weight it is 1.

    Args:
        text: what somebody wrote.
        known: every workload there is.

    Raises:
        UsageError: nothing is in it, a workload twice, or a weight that is none.
        UnknownNameError: there is no such workload.
    """
    among = {*known, *exports()}
    parts: dict[str, Part] = {}
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        workload, _, weight = (each.strip() for each in piece.partition("="))
        if workload not in among:
            raise UnknownNameError("workload", workload[:80], among)
        if workload in parts:
            raise UsageError(f"'{workload}' is in the mix twice; give it one weight")
        parts[workload] = _part(workload, _weight(weight or "1"), "as you asked")
    if not parts:
        raise UsageError(
            "the mix is empty; write for example --mix cifar10-tinyvgg=2,food101-efficientnetb0=1"
        )
    if len(parts) > MOST_PARTS:
        raise UsageError(f"a mix has at most {MOST_PARTS} workloads; leave some out")
    return Use(name="mix", title="your own mix", parts=tuple(parts.values()))


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 < weight < 1e6:
        raise UsageError(f"'{text[:40]}' is no weight; write a number above 0, as in WORKLOAD=2")
    return weight
