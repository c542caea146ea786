"""When not to believe a probe, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from laptime.probes.record import Probe
from laptime.probes.scores import Name, Score
from laptime.summary import Flag

NOISY_SHARE = 0.03
"""By which the scores of the two rounds may differ, and those of probes in a row."""
ONE_CORE = 1.2
"""More than this is not one core."""


def flags_of(
    probe: Probe, *, scores: Sequence[Score], earlier: Mapping[Name, float]
) -> tuple[Flag, ...]:
    """All of them.

    Args:
        probe: that was made.
        scores: of it.
        earlier: what this machine scored just before (`laptime.probes.earlier`).
    """
    return (
        *_variables(probe),
        *_noise(scores),
        *_drift(scores, earlier),
        *_cores(probe),
        *_failures(probe),
    )


def _variables(probe: Probe) -> Iterator[Flag]:
    if probe.environment:
        yield Flag(
            name="environment_override",
            sentence="Variables are set that may change which code computes, or on how many threads.",
            measured=", ".join(f"{name}={value}" for name, value in probe.environment.items()),
            remedy="Where that is not meant, unset them and probe again.",
        )


def _noise(scores: Sequence[Score]) -> Iterator[Flag]:
    noisy = [each for each in scores if each.spread is not None and each.spread > NOISY_SHARE]
    if noisy:
        yield Flag(
            name="noisy",
            sentence="The machine is too noisy: the two rounds of the probe differ.",
            measured=", ".join(f"{each.name} {100 * (each.spread or 0):.0f} %" for each in noisy),
            remedy="Close other programs and let it cool; probe again, and take the median of three.",
        )


def _drift(scores: Sequence[Score], earlier: Mapping[Name, float]) -> Iterator[Flag]:
    moved = {
        each.name: each.score / earlier[each.name]
        for each in scores
        if each.score is not None and each.name in earlier
    }
    moved = {name: ratio for name, ratio in moved.items() if _is_far(ratio)}
    if moved:
        yield Flag(
            name="unlike_before",
            sentence="The machine is too noisy: it scored otherwise in its last probes.",
            measured=", ".join(f"{name} {ratio:.2f} times" for name, ratio in moved.items()),
            remedy="Probe three times while nothing else runs, and take the median.",
        )


def _is_far(ratio: float) -> bool:
    return max(ratio, 1 / ratio) > 1 + NOISY_SHARE


def _cores(probe: Probe) -> Iterator[Flag]:
    wide = [
        f"{row.engine} {row.kind} {row.cores:.1f} cores"
        for row in probe.rows
        if row.threads == "one" and row.cores is not None and row.cores > ONE_CORE
    ]
    if wide:
        yield Flag(
            name="not_one_core",
            sentence="Kernels that were to use one core used more.",
            measured=", ".join(wide),
            remedy="Their figures are none of one core here; leave that engine out with --engine.",
        )


def _failures(probe: Probe) -> Iterator[Flag]:
    failed = [row for row in probe.rows if row.outcome not in ("ok", "unsupported")]
    if failed:
        engines = dict.fromkeys(row.engine for row in failed)
        yield Flag(
            name="kernels_failed",
            sentence="Kernels failed; the scores stand without them.",
            measured=f"{len(failed)} of {len(probe.rows)}, of {', '.join(engines)}",
            remedy="See what is wrong with the engine: laptime doctor --engine NAME.",
        )
