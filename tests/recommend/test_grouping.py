"""Comparisons: every machine in one has every part of it, on the same quantity."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from laptime.recommend.candidates import Candidate
from laptime.recommend.figures import Basis, Figure
from laptime.recommend.grouping import FEWEST, figure_on, groups
from laptime.recommend.uses import Part

WORKLOADS = "vwxyz"


def basis(workload: str, **overrides: str) -> Basis:
    return Basis(
        workload=workload, quantity="total", startup=True, validation=True, epochs=1, **overrides
    )


def machine(name: str, has: str, *, is_rented: bool = False, **of: str) -> Candidate:
    figures = tuple(
        Figure(basis=basis(each, **of), speed=1.0, seconds=1.0, runs=1, grade="A", way="w")
        for each in has
    )
    return Candidate(name=name, is_own=False, figures=figures, left_out=(), is_rented=is_rented)


def parts(**weights: float) -> list[Part]:
    return [Part(workload=name, weight=weight, reason="r") for name, weight in weights.items()]


def found(wanted: list[Part], machines: list[Candidate]) -> list[tuple[str, str]]:
    """Each group as its workloads and its machines."""
    return [
        ("".join(part.workload for part in group.parts), "".join(m.name for m in group.machines))
        for group in groups(wanted, machines)
    ]


def test_the_parts_of_most_weight_go_first() -> None:
    machines = [machine("a", "vw"), machine("b", "vw"), machine("c", "x"), machine("d", "x")]
    assert found(parts(v=1, w=1, x=1), machines) == [("vw", "ab"), ("x", "cd")]
    assert found(parts(v=1, w=1, x=3), machines) == [("x", "cd"), ("vw", "ab")]


def test_of_equal_weight_the_most_machines_go_first() -> None:
    machines = [machine("a", "v"), machine("b", "v"), *(machine(each, "w") for each in "cde")]
    assert found(parts(v=1, w=1), machines) == [("w", "cde"), ("v", "ab")]


def test_what_two_have_in_common_is_compared() -> None:
    machines = [machine("a", "vwx"), machine("b", "vwy")]
    assert found(parts(v=1, w=1, x=1, y=1), machines) == [("vw", "ab")]


def test_rented_machines_make_no_comparison_and_stand_in_it() -> None:
    rented = machine("r", "v", is_rented=True)
    assert found(parts(v=1), [machine("a", "v"), rented]) == []
    assert found(parts(v=1), [machine("a", "v"), machine("b", "v"), rented]) == [("v", "abr")]


def test_another_quantity_is_not_compared() -> None:
    machines = [machine("a", "v"), machine("b", "v"), machine("c", "v", work_key="k")]
    assert found(parts(v=1), machines) == [("v", "ab")]


HAS = st.lists(st.text(WORKLOADS, max_size=5), max_size=8)
WEIGHTS = st.dictionaries(st.sampled_from(WORKLOADS), st.sampled_from([1.0, 2.0, 3.0]), min_size=1)


@given(HAS, WEIGHTS, st.randoms())
def test_every_group_is_whole_and_no_order_matters(
    has: list[str], weights: dict[str, float], chance: random.Random
) -> None:
    machines = [machine(f"m{index}", "".join(set(each))) for index, each in enumerate(has)]
    told = groups(parts(**weights), machines)
    for group in told:
        assert len(group.machines) >= FEWEST
        for each in group.machines:
            assert all(figure_on(each, of) for of in group.bases)
    compared = [part.workload for group in told for part in group.parts]
    assert len(compared) == len(set(compared))
    for workload in set(weights) - set(compared):
        assert sum(figure_on(each, basis(workload)) is not None for each in machines) < FEWEST
    mixed = machines.copy()
    chance.shuffle(mixed)
    assert groups(parts(**weights), mixed) == told
