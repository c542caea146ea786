from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime import published
from laptime.ranking import describe, rankings
from laptime.summary import summarize
from tests.runs import DEVIATION, SMALL, deviating, failed, full, full_process, quick

SOURCES = published.comparable("cifar10-tinyvgg")


def test_ours_stands_among_the_published_in_order() -> None:
    ranked, unranked = rankings([summarize(quick())])
    assert unranked == ()
    for ranking in ranked:
        seconds = [row.seconds for row in ranking.rows]
        assert seconds == sorted(seconds)
        assert sum(row.id is not None for row in ranking.rows) == 1


def test_every_comparable_time_stands_in_exactly_one_ranking() -> None:
    ranked, _ = rankings([summarize(quick())])
    placed = sorted(row.seconds for ranking in ranked for row in ranking.rows if row.id is None)
    assert placed == sorted(row.value for row in SOURCES)


def test_each_ranking_meets_its_own_quantity() -> None:
    # Three epochs were run, ten were published: 0.5 + 10 * 5.8, or without start-up 0.2 + 10 * 5.8.
    ranked, _ = rankings([summarize(quick())])
    ours = {ranking.quantity: row for ranking in ranked for row in ranking.rows if row.id}
    both = ours["seconds for 10 epochs, start-up and validation included"]
    assert both.seconds == pytest.approx(58.5)
    assert ours["seconds for 10 epochs, validation included"].seconds == pytest.approx(58.2)


def test_a_measured_run_is_measured_only_for_its_own_epochs() -> None:
    work = replace(SMALL, epochs=10)
    measured = summarize(full(full_process(trains_s=[5.0] * 10), work=work))
    scaled = summarize(full())
    for summary, is_estimate in ((measured, False), (scaled, True)):
        [row] = [row for row in rankings([summary])[0][0].rows if row.id]
        assert row.is_estimate is is_estimate


def test_several_of_ours_share_a_ranking() -> None:
    ranked, _ = rankings([summarize(quick()), summarize(quick(id="other"))])
    assert {row.id for row in ranked[0].rows} > {"other"}
    assert len(ranked) == len(rankings([summarize(quick())])[0])


@pytest.mark.parametrize(
    ("workload", "reason"),
    [("mnist-mlp", "only ratios and ranks"), ("own-work", "nobody published anything")],
)
def test_who_stands_nowhere_is_told_why(workload, reason) -> None:
    _, [unranked] = rankings([summarize(quick(work=replace(SMALL, workload=workload)))])
    assert unranked.workload == workload
    assert reason in unranked.reason


def test_failures_have_no_rank() -> None:
    ranked, [unranked] = rankings([summarize(failed())])
    assert ranked == ()
    assert "ended with oom" in unranked.reason
    process = full_process(outcome="did_not_learn", message="10 % right")
    assert rankings([summarize(full(process))])[0] == ()


def test_other_work_than_the_published_has_no_rank_and_says_why() -> None:
    ranked, [unranked] = rankings([summarize(deviating())])
    assert ranked == ()
    assert unranked.reason == f"no rank: {DEVIATION}"
    [row, *_] = [
        r for r in rankings([summarize(deviating()), summarize(quick())])[0][0].rows if r.id
    ]
    assert row.id == quick().id


def test_regions_in_words() -> None:
    assert (
        describe(("epoch_mean", False, False, 5)) == "seconds per epoch, mean of 5, training only"
    )
