from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.comparison import groups, judge, read_threshold
from laptime.errors import UsageError
from laptime.record import Reference
from laptime.summary import summarize
from tests.runs import SMALL, failed, quick, quick_process
from tests.samples import MACHINE, SETUP

WALLS = (0.5, 0.51, 0.49, 0.505, 0.495)


def at(factor: float = 1.0, **overrides):
    """A summary that takes `factor` times as long, with the same spread."""
    process = quick_process(walls_s=[factor * wall_s for wall_s in WALLS])
    return summarize(quick(process, **overrides))


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(0.8, "faster"), (1.25, "slower"), (1.001, "undecided"), (1.03, "undecided")],
)
def test_verdicts_with_a_spread_of_1_6_percent(factor, verdict) -> None:
    found = judge(at(), at(factor))
    assert found.verdict == verdict
    assert found.speed_ratio == pytest.approx(1 / factor)


def test_same_needs_a_narrow_band() -> None:
    steady = summarize(quick(quick_process(walls_s=(0.5, 0.5005, 0.4995, 0.5, 0.5))))
    assert judge(steady, steady).verdict == "same"


def test_band_by_hand() -> None:
    # ln of 1/wall: equal spreads s over 5 visits each, so 8 degrees of freedom: t = 2.306.
    baseline = at()
    found = judge(baseline, at(0.8))
    half = 2.306 * baseline.spread * math.sqrt(2 / 5)
    assert found.ratio_high == pytest.approx(1.25 * math.exp(half), rel=1e-4)
    assert found.ratio_low == pytest.approx(1.25 * math.exp(-half), rel=1e-4)


def test_drift_of_the_machine_between_two_runs_widens_the_band() -> None:
    references = tuple(Reference(visit=v, gflop_per_s=360.0) for v in (1, 2, 3))
    process = quick_process(walls_s=[0.9 * wall_s for wall_s in WALLS], references=references)
    found = judge(at(), summarize(quick(process)))  # 11 % faster beside a machine 20 % faster
    assert found.verdict == "undecided"
    assert any("20 % faster" in note for note in found.notes)


def test_other_machines_do_not_count_as_drift() -> None:
    other = at(0.8, machine=replace(MACHINE, chip="another"))
    found = judge(at(), other)
    assert found.verdict == "faster"
    assert "they differ in machine" in found.notes


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"work": replace(SMALL, workload="mnist-mlp")}, "another workload: mnist-mlp"),
        ({"work": replace(SMALL, batch_size=64)}, "other work"),
    ],
)
def test_unlike_work_is_refused_with_its_reason(change, reason) -> None:
    found = judge(at(), at(**change))
    assert not found.comparable
    assert reason in found.reason
    assert found.speed_ratio is None


def test_failed_results_are_refused_with_their_message() -> None:
    assert judge(at(), summarize(failed())).reason == "it ended with 'oom': out of memory"
    assert "the baseline ended" in judge(summarize(failed()), at()).reason


def test_what_differs_is_named() -> None:
    found = judge(at(), at(setup=replace(SETUP, name="tuned", precision="bfloat16")))
    assert found.notes[0] == "they differ in precision, setup"
    assert judge(at(), at(1.01)).notes[0] == "the same setup, run twice"
    assert judge(at(), at()).notes[0] == "the baseline itself"
    options = judge(at(), at(setup=replace(SETUP, options={"threads": 2})))
    assert options.notes[0] == "they differ in options of the setup"


def test_one_visit_leaves_it_undecided() -> None:
    single = summarize(quick(quick_process(walls_s=(0.1,))))
    found = judge(at(), single)
    assert (found.verdict, found.ratio_low) == ("undecided", None)
    assert any("two visits" in note for note in found.notes)


def test_threshold_needs_the_whole_band_beyond() -> None:
    found = judge(at(), at(1.10))  # 9 % slower, give or take 2.3 %
    assert read_threshold("slower by 5%").is_crossed(found)
    assert not read_threshold("slower by 8 %").is_crossed(found)
    assert not read_threshold("faster by 5%").is_crossed(found)
    assert read_threshold("faster by 5%").is_crossed(judge(at(), at(0.8)))


def test_threshold_is_not_crossed_without_a_band() -> None:
    found = judge(at(), summarize(quick(quick_process(walls_s=(5.0,)))))
    assert not read_threshold("slower by 5%").is_crossed(found)


@pytest.mark.parametrize("text", ["", "5%", "slower by 5", "slower by -5%", "slower by 100%"])
def test_senseless_thresholds_are_refused(text) -> None:
    with pytest.raises(UsageError, match="slower by 5%"):
        read_threshold(text)


@given(factor=st.floats(0.1, 10.0))
def test_swapping_the_two_turns_the_ratio_over(factor) -> None:
    there, back = judge(at(), at(factor)), judge(at(factor), at())
    assert there.speed_ratio * back.speed_ratio == pytest.approx(1.0)
    assert there.ratio_low * back.ratio_high == pytest.approx(1.0)
    assert (there.verdict == "faster") == (back.verdict == "slower")


def way(engine: str, factor: float = 1.0, **overrides):
    setup = replace(SETUP, engine=engine, precision=overrides.pop("precision", "float32"))
    return at(factor, setup=setup, id=f"20261122-001905-{engine}", **overrides)


def test_a_group_is_ranked_by_speed_and_compared_with_its_first() -> None:
    [group] = groups([way("slow", 2.0), way("quick", 0.5), way("middle")])
    assert group.is_race
    assert [summary.engine for summary, _ in group.ranked] == ["quick", "middle", "slow"]
    ratios = [verdict.speed_ratio for _, verdict in group.ranked]
    assert ratios == pytest.approx([1.0, 0.5, 0.25])
    assert group.apart == ()


def test_other_precisions_stand_below_float32_however_fast_they_are() -> None:
    [group] = groups([way("half", 0.1, precision="bfloat16"), way("plain")])
    assert [summary.engine for summary, _ in group.ranked] == ["plain", "half"]
    assert "same recipe, other precision" in group.ranked[1][1].notes


def test_what_cannot_be_compared_stands_apart_with_its_reason() -> None:
    smaller = replace(SMALL, batch_size=8, deviations=("batch 8 in place of 10: memory too short",))
    dull = quick_process(outcome="did_not_learn", message="10 % right")
    [group] = groups(
        [
            way("odd", 0.1, work=smaller),
            way("other", 0.1, work=replace(SMALL, epochs=7)),
            way("plain"),
            way("twin"),
            summarize(quick(dull)),
            summarize(failed()),
        ]
    )
    assert [summary.engine for summary, _ in group.ranked] == ["plain", "twin"]
    reasons = {reason for _, reason in group.apart}
    assert reasons == {
        "batch 8 in place of 10: memory too short",
        "the same workload's name with other work (batch, epochs, data size or network)",
        "it ended with 'did_not_learn': 10 % right",
        "it ended with 'oom': out of memory",
    }


def test_where_nothing_is_sound_all_stands_apart() -> None:
    [group] = groups([summarize(failed())])
    assert (group.ranked, len(group.apart), group.is_race) == ((), 1, False)


def test_each_workload_is_a_group_of_its_own() -> None:
    found = groups([way("a"), at(work=replace(SMALL, workload="mnist-mlp")), way("b")])
    assert [(g.workload, len(g.ranked)) for g in found] == [
        ("cifar10-tinyvgg", 2),
        ("mnist-mlp", 1),
    ]
