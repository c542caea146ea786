"""Machines: which figures each has, on which basis, and what may not be used and why."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime import published
from laptime.energy import EstimatedEnergy, MeasuredEnergy
from laptime.errors import UsageError
from laptime.recommend.candidates import (
    LONGEST_NAME,
    Candidate,
    from_published,
    from_results,
    is_whole,
    told_apart,
)
from laptime.recommend.figures import Figure, LeftOut, of_published
from laptime.recommend.given import find
from laptime.record import Result
from laptime.summary import machine_key
from tests.recommend.machines import TINY, own, row
from tests.runs import DEVIATION, failed, quick_process
from tests.samples import SETUP

PUBLISHED = from_published()


def of_own(*results: Result, here: str | None = None) -> list[Candidate]:
    return told_apart(from_results(results, workloads=[TINY], here=here))


def on(machine: Candidate, words: str) -> Figure:
    (found,) = [figure for figure in machine.figures if figure.basis.words == words]
    return found


def test_names_are_distinct() -> None:
    assert len({machine.name for machine in PUBLISHED}) == len(PUBLISHED)


def test_every_time_of_grade_a_or_b_is_a_figure() -> None:
    for each in published.rows():
        if each.grade in "AB" and each.kind == "time":
            assert isinstance(of_published(each), Figure)


@pytest.mark.parametrize("each", published.rows(), ids=lambda row: f"{row.workload}-{row.printed}")
def test_nothing_of_another_program_or_of_other_work_is_a_training(each) -> None:
    found = of_published(each)
    if each.grade == "D" or each.deviation or each.kind == "rank":
        assert not isinstance(found, Figure) or found.basis.is_orientation


def test_exports_are_compared_by_program_only() -> None:
    one = of_published(row(workload="video-export-small-h264", framework="Final Cut Pro"))
    other = of_published(row(workload="video-export-small-h264", framework="another"))
    assert isinstance(one, Figure)
    assert isinstance(other, Figure)
    assert one.basis != other.basis
    assert one.basis.is_orientation


def test_what_somebody_else_measured_is_never_this_machines() -> None:
    mine, theirs = own(), own(id="20261122-001906-b")
    here = machine_key(mine.machine)
    found = told_apart(
        from_results([mine, theirs], workloads=[TINY], here=here, imported=[theirs.id])
    )
    assert sorted(each.is_here for each in found) == [False, True]
    assert len({each.name for each in found}) == 2


def test_repeats_are_one_figure_with_what_they_differ_by() -> None:
    (pro,) = [machine for machine in PUBLISHED if "M1 Pro 14-core" in machine.name]
    figure = on(pro, "seconds for 10 epochs, start-up and validation included")
    assert figure.runs == 2
    assert figure.seconds == pytest.approx((161.169 * 150.183) ** 0.5)
    assert figure.repeats_differ == pytest.approx(161.169 / 150.183 - 1)


def test_a_base_of_two_ratios_is_one_machine_and_one_run() -> None:
    ratio = {"kind": "speedup", "unit": "ratio", "base": "Base, M0, 8 GB", "grade": "C"}
    told = [row(machine=each, value=2.0, quantity="epoch_mean", **ratio) for each in ("A", "B")]
    (base,) = [each for each in from_published(told) if each.name == "Base, M0, 8 GB"]
    (figure,) = base.figures
    assert (figure.speed, figure.runs, figure.repeats_differ) == (1.0, 1, None)


def test_what_is_left_out_says_why() -> None:
    assert of_published(row(deviation="SGD")) == LeftOut(workload=TINY, reason="other work: SGD")
    assert isinstance(of_published(row(startup="unknown")), LeftOut)
    assert of_published(row(kind="utilisation", value=None, unit=None)) is None


def test_ours_meets_the_published_quantity() -> None:
    """0.5 s of start-up and ten epochs of 5.8 s, as in the tests of the ranking."""
    (machine,) = of_own(own())
    figure = on(machine, "seconds for 10 epochs, start-up and validation included")
    assert figure.seconds == pytest.approx(58.5)
    assert figure.epoch_s == pytest.approx(5.85)
    assert figure.is_estimate
    assert figure.low_s is not None
    assert figure.low_s <= 58.5 <= (figure.high_s or 0)


def test_the_fastest_way_stands_for_a_machine_and_the_newest_of_each_way() -> None:
    slow = replace(SETUP, name="slow")
    (machine,) = of_own(
        own(wall_s=1.0, setup=slow, id="20261122-001904-b"), own(wall_s=0.1), own(wall_s=0.5)
    )
    figure = on(machine, "seconds for 10 epochs, start-up and validation included")
    assert figure.seconds == pytest.approx(58.5)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (failed(), "it ended with oom"),
        (own(work={"deviations": (DEVIATION,)}), DEVIATION),
        (own(setup=replace(SETUP, engine="fake")), "fake engine"),
        (own(setup=replace(SETUP, precision="bfloat16")), "trained in bfloat16"),
        (own(processes=()), "holds no process"),
    ],
    ids=str,
)
def test_what_is_no_figure_says_why(result: Result, reason: str) -> None:
    (machine,) = of_own(result)
    assert machine.figures == ()
    assert reason in machine.left_out[0].reason


def test_two_machines_of_one_name_are_told_apart() -> None:
    found = of_own(own(), own(machine={"cores_usable": 3.0}))
    first, second = (machine.name for machine in found)
    assert first != second
    assert first.partition("#")[0] == second.partition("#")[0]
    assert len({machine.name for machine in told_apart([*PUBLISHED, *found])}) == len(PUBLISHED) + 2


def test_one_of_two_with_one_name_can_be_named() -> None:
    found = of_own(own(), own(machine={"cores_usable": 3.0}))
    key = found[1].name.partition("#")[2]
    assert find(f"Box 1, #{key}", [*PUBLISHED, *found]) == found[1]
    with pytest.raises(UsageError, match="2 machines are called"):
        find("Box 1", found)


def test_this_machine_is_called_so() -> None:
    key = of_own(own())[0].machine_key
    assert of_own(own(), here=key)[0].name.endswith("(this machine)")
    assert of_own(own())[0].name.endswith("(of your results)")


def test_a_name_with_anything_in_it_is_made_short_and_plain() -> None:
    evil = "<script>\x1b[31m\u202e" + "x" * 1_000_000
    (machine,) = of_own(own(evil, machine={"chip": "\n\t"}))
    assert len(machine.name) < 2 * LONGEST_NAME
    assert machine.name.isprintable()


def test_cooling_of_a_known_model() -> None:
    assert of_own(own("MacBookAir10,1"))[0].cooling == "fanless"
    assert of_own(own("Box 1"))[0].cooling is None


def energy(kind, scope: str, **more: str):
    return kind(
        scope=scope,
        part=None,
        window_s=10.0,
        samples=1000,
        energy_j=500.0,
        net_energy_j=None,
        idle_power_w=None,
        source="counter",
        agreement=None,
        reasons={},
        **more,
    )


def test_only_the_whole_machine_measured_counts_as_its_power() -> None:
    told = (
        energy(EstimatedEnergy, "system", basis="a model"),
        energy(MeasuredEnergy, "cpu_package"),
    )
    (parts,) = of_own(own(process={"energy": told}))
    assert parts.power_w is None
    assert {(draw.scope, draw.origin) for draw in parts.draws} == {
        ("system", "estimated"),
        ("cpu_package", "measured"),
    }
    (whole,) = of_own(own(process={"energy": (energy(MeasuredEnergy, "system"),)}))
    assert whole.power_w == 50
    assert is_whole(whole.draws[0])


def test_a_process_more_changes_nothing_in_the_machine() -> None:
    first = of_own(own())[0]
    assert of_own(own(processes=(quick_process(), quick_process())))[0].name == first.name
