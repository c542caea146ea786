"""Which machines can be compared on which parts of a mix, so that every machine has every part."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from laptime.frozen import Frozen
from laptime.recommend.candidates import Candidate
from laptime.recommend.figures import Basis, Figure
from laptime.recommend.uses import Part

FEWEST = 2
"""Machines that make a comparison."""


class Group(Frozen, frozen=True, kw_only=True):
    """Parts of a mix, and the machines that have a figure on the same basis for all of them."""

    parts: tuple[Part, ...]
    bases: tuple[Basis, ...]
    """Of each part."""
    machines: tuple[Candidate, ...]
    """By name."""


def groups(parts: Sequence[Part], candidates: Sequence[Candidate]) -> tuple[Group, ...]:
    """Comparisons that together tell of as much of a mix as there are figures for.

    First the parts of most weight for which two machines that can be bought have all figures (of equal
    weights: most machines); then the same among the parts that are left.
    """
    chosen = {part.workload: basis_of(part.workload, candidates) for part in parts}
    left = [part for part in parts if chosen[part.workload] is not None]
    found: list[Group] = []
    while left:
        group = _heaviest(left, chosen, candidates)
        if group is None:
            break
        found.append(group)
        left = [part for part in left if part not in group.parts]
    return tuple(found)


def timed(candidates: Sequence[Candidate], parts: Sequence[Part]) -> list[Candidate]:
    """The machines with a figure for any part of a mix."""
    wanted = {part.workload for part in parts}
    return [c for c in candidates if any(f.basis.workload in wanted for f in c.figures)]


def basis_of(workload: str, candidates: Sequence[Candidate]) -> Basis | None:
    """The basis on which most machines have a figure; of several, the best known one."""
    counts: dict[Basis, int] = {}
    for candidate in candidates:
        for figure in candidate.figures:
            if figure.basis.workload == workload:
                counts[figure.basis] = counts.get(figure.basis, 0) + 1
    return min(counts, key=lambda basis: (-counts[basis], basis.rank), default=None)


def figure_on(candidate: Candidate, basis: Basis | None) -> Figure | None:
    """A machine's figure on a basis; None where it has none."""
    return next((figure for figure in candidate.figures if figure.basis == basis), None)


def _heaviest(
    parts: Sequence[Part],
    chosen: Mapping[str, Basis | None],
    candidates: Sequence[Candidate],
) -> Group | None:
    covers = {
        candidate.name: frozenset(
            p.workload for p in parts if figure_on(candidate, chosen[p.workload])
        )
        for candidate in candidates
    }
    bought = {cover for c in candidates if (cover := covers[c.name]) and not c.is_rented}
    shared = bought | {one & other for one, other in combinations(sorted(bought, key=sorted), 2)}
    weights = {part.workload: part.weight for part in parts}

    def members(wanted: Collection[str]) -> list[Candidate]:
        return [c for c in candidates if covers[c.name].issuperset(wanted)]

    def preference(wanted: frozenset[str]) -> tuple[float, int, list[str]]:
        weight = math.fsum(weights[workload] for workload in wanted)
        return -weight, -len(members(wanted)), sorted(wanted)

    enough = [
        wanted
        for wanted in shared
        if wanted and sum(not c.is_rented for c in members(wanted)) >= FEWEST
    ]
    if not enough:
        return None
    best = min(enough, key=preference)
    told = tuple(part for part in parts if part.workload in best)
    bases = tuple(basis for part in told if (basis := chosen[part.workload]) is not None)
    machines = tuple(sorted(members(best), key=lambda each: each.name))
    return Group(parts=told, bases=bases, machines=machines)
