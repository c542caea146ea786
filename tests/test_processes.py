"""Results of several processes: their speed, its interval, their flags, and how two compare."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from laptime import words
from laptime.checks import flags
from laptime.cli._answer import answer_of
from laptime.comparison import judge
from laptime.record import Reference
from laptime.reports import Comparison, Screen, markdown, terminal
from laptime.stats import t_interval_log, welch_ratio
from laptime.summary import Summary, summarize
from tests.runs import (
    block,
    evaluation,
    failed,
    full,
    full_process,
    quick,
    quick_process,
    repeat,
    repeated,
)

FIVE = (0.98, 0.99, 1.0, 1.01, 1.02)
FAILED = failed().processes[0]


def test_the_speed_is_the_geometric_mean_with_its_interval() -> None:
    summary = summarize(repeated())
    speeds = [200 / factor for factor in FIVE]
    assert summary.process_speeds == pytest.approx(speeds)
    assert summary.samples_per_s == pytest.approx(math.prod(speeds) ** (1 / 5))
    ends = (summary.samples_per_s_low, summary.samples_per_s_high)
    assert ends == pytest.approx(t_interval_log(speeds))
    assert (summary.processes, summary.visits, summary.outcome) == (5, 25, "ok")


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_have_no_interval(count) -> None:
    summary = summarize(repeated(FIVE[:count]))
    assert summary.samples_per_s_low is None
    assert "3 processes" in summary.reasons["samples_per_s_low"]
    assert len(summary.process_speeds) == count


def test_a_stall_counts_in_its_process() -> None:
    stalled = quick_process(walls_s=(0.5, 0.5, 0.5, 0.5, 3.0))
    summary = summarize(quick(processes=(*repeat((1.0, 1.0)), stalled)))
    assert summary.process_speeds == pytest.approx((200, 200, 100))


def test_the_whole_run_follows_the_interval_of_the_processes() -> None:
    summary = summarize(repeated())
    half = math.log(summary.samples_per_s_high / summary.samples_per_s_low) / 2
    trained_s = 3 * 1_000 / summary.samples_per_s
    assert summary.total_is_estimate
    # Build 0.3, first step 0.25 less a step, and thrice 200 images at 125/s.
    assert summary.total_s == pytest.approx(0.3 + (0.25 - 0.05) + trained_s + 3 * 1.6 / 2, rel=1e-3)
    assert summary.total_high_s - summary.total_s == pytest.approx(trained_s * math.expm1(half))


def test_other_figures_are_the_middle_ones() -> None:
    slow = replace(FAILED.cold, build_s=9.0)
    three = (*repeat((1.0, 1.0)), replace(repeat((1.0,))[0], cold=slow))
    assert summarize(quick(processes=three)).build_s == pytest.approx(0.3)


def test_several_full_runs_are_no_measured_total() -> None:
    runs = tuple(full_process(trains_s=(6.0, t, t)) for t in (4.9, 5.0, 5.1))
    summary = summarize(full(processes=runs))
    assert summary.total_is_estimate
    assert summary.total_low_s < summary.total_s < summary.total_high_s


def test_one_that_failed_is_flagged_and_does_not_count() -> None:
    result = quick(processes=(*repeat(FIVE), FAILED))
    summary = summarize(result)
    assert (summary.outcome, summary.processes, len(summary.process_speeds)) == ("ok", 6, 5)
    [flag] = [each for each in flags(result) if each.name == "lost_processes"]
    assert flag.measured == "5 of 6 ok, else oom"


def test_a_failure_among_few_is_the_outcome() -> None:
    summary = summarize(quick(processes=(FAILED, *repeat((1.0, 1.0)))))
    assert (summary.outcome, summary.message) == ("oom", "out of memory")
    assert summary.samples_per_s == pytest.approx(200)


def test_where_all_failed_nothing_is_known() -> None:
    summary = summarize(quick(processes=(FAILED, FAILED, FAILED)))
    assert (summary.outcome, summary.samples_per_s, summary.process_speeds) == ("oom", None, ())


def test_one_that_did_not_learn_is_enough() -> None:
    bad = replace(repeat((1.0,))[0].looks[0], loss=9.0)
    lazy = replace(repeat((1.0,))[0], looks=(bad,))
    assert summarize(repeated()).learned
    assert summarize(quick(processes=(*repeat(FIVE), lazy))).learned is False


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_missing_figure_still_has_its_reason(count) -> None:
    for result in (repeated(FIVE[:count]), quick(processes=(FAILED,) * count)):
        summary = summarize(result)
        missing = {name for name in Summary.__struct_fields__ if getattr(summary, name) is None}
        assert set(summary.reasons) == missing - {"message"} | {"energy"}


def test_plus_minus_is_half_the_interval() -> None:
    summary = summarize(repeated())
    half = math.log(summary.samples_per_s_high / summary.samples_per_s_low) / 2
    assert half == pytest.approx(0.0196, abs=1e-3)
    assert words.speed(summary) == "200 ± 2 %"
    assert "±" in words.speed(summarize(repeated(FIVE[:1])))


def test_a_report_tells_what_plus_minus_is() -> None:
    wide = Screen(width=300)
    for report in (terminal, markdown):
        sure, one = (report.render(answer_of([r]), screen=wide) for r in (repeated(), quick()))
        assert "half of the 95 % interval between processes" in sure
        assert "spread of the visits" in one
        both = report.render(answer_of([repeated(), quick(id="20261122-001906-b")]), screen=wide)
        assert "half of the 95 % interval where there are 3 processes, else the spread" in both


@pytest.mark.parametrize(
    ("factors", "heading"), [(FIVE, "95 % interval"), (FIVE[:1], "indicative")]
)
def test_a_comparison_names_what_stands_beside_its_ratio(factors, heading) -> None:
    base, other = summarize(repeated(factors)), summarize(repeated(factors, id="other"))
    found = Comparison(baseline=base, others=(other,), verdicts=(judge(base, other),), crossed=())
    [line] = [
        x for x in terminal.render_comparison(found, screen=Screen()).splitlines() if "verdict" in x
    ]
    assert heading in line


# Flags


def slowing(at=15, *, count=30, by=0.85):
    walls = [0.5 / (by if k >= at else 1.0) for k in range(count)]
    return quick_process(
        blocks=tuple(block(1 + k // 3, wall_s=wall) for k, wall in enumerate(walls)),
        evaluations=(evaluation(after_steps=10 * count),),
    )


def names(result) -> list[str]:
    return [flag.name for flag in flags(result)]


def test_a_throttle_is_named_with_its_size_and_place() -> None:
    [flag] = [each for each in flags(quick(slowing())) if each.name == "slowdown"]
    assert flag.measured == "by 15 % from block 16 of 30"


def test_heat_is_named_beside_a_noisy_machine_too() -> None:
    references = tuple(Reference(visit=v, gflop_per_s=s) for v, s in ((1, 300.0), (2, 250.0)))
    hot = replace(slowing(), references=references)
    assert names(quick(hot)) == ["noisy_machine", "slowdown"]


@pytest.mark.parametrize(
    ("walls", "name"),
    [
        ([0.6] * 8 + [0.5] * 22, "warm_up"),
        ([0.5] * 10 + [0.7] * 6 + [0.5] * 14, "disturbed"),
        ([0.5 if k % 6 != 3 else 1.0 for k in range(30)], "disturbed"),
        ([0.5] * 8 + [0.6] * 7 + [0.5] * 7 + [0.6] * 8, "not_steady"),
    ],
)
def test_what_a_long_series_did_is_named(walls, name) -> None:
    blocks = tuple(block(1, wall_s=wall) for wall in walls)
    process = quick_process(blocks=blocks, evaluations=(evaluation(after_steps=300),))
    assert names(quick(process)) == [name]


def test_chance_in_one_of_five_is_no_reason_and_in_two_it_is() -> None:
    flat = slowing(count=30, at=30)
    # Two cold starts of one machine: what slows down slows down every visit of a process.
    one, two = (quick(processes=(*[slowing()] * k, *[flat] * (5 - k))) for k in (1, 2))
    assert "slowdown" not in names(one)
    [flag] = [each for each in flags(two) if each.name == "slowdown"]
    assert flag.measured == "2 of 5 processes, by 15 % from block 16 of 30"


def test_a_flag_that_is_no_chance_is_told_of_one_of_five() -> None:
    swapped = replace(repeat((1.0,))[0], swap_growth_bytes=10**9)
    [flag] = flags(quick(processes=(*repeat(FIVE), swapped)))
    assert (flag.name, flag.measured) == ("swapped", "1 of 6 processes, 1.0 GB")


# Comparing


def test_two_results_of_processes_are_compared_by_welch() -> None:
    base, other = summarize(repeated()), summarize(repeated([0.8 * factor for factor in FIVE]))
    found = judge(base, other)
    expected = welch_ratio(other.process_speeds, base.process_speeds)
    assert (found.speed_ratio, found.ratio_low, found.ratio_high) == pytest.approx(expected)
    assert (found.verdict, found.is_interval) == ("faster", True)
    assert found.notes[-1] == "95 % interval between 5 processes each"


def test_drift_of_the_machine_widens_an_interval_too() -> None:
    references = tuple(Reference(visit=v, gflop_per_s=330.0) for v in (1, 2, 3))
    other = quick(processes=repeat([0.9 * factor for factor in FIVE], references=references))
    found = judge(summarize(repeated()), summarize(other))
    narrow = welch_ratio(summarize(other).process_speeds, summarize(repeated()).process_speeds)
    assert found.ratio_low == pytest.approx(narrow.low / 1.1)
    assert found.verdict == "undecided"


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ((5, 3), "95 % interval between 3 and 5 processes"),
        ((5, 1), "1 and 5 processes: indicative, an interval needs 3 of each"),
        ((2, 2), "2 processes: indicative, an interval needs 3 of each"),
        ((1, 1), "one process each: indicative, an interval needs 3"),
    ],
)
def test_how_sure_a_comparison_is_is_told(counts, note) -> None:
    one, other = (summarize(repeated(FIVE[:count])) for count in counts)
    found = judge(one, replace(other, id="other"))
    assert found.notes[-1] == note
    assert found.is_interval == note.startswith("95")
