from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.errors import RecordError
from laptime.record import ColdStart, Evaluation, Reference, Target
from laptime.summary import Summary, is_ranked, on_region, summarize
from tests.runs import (
    FEATURES,
    PHOTOS,
    SMALL,
    deviating,
    failed,
    fitted,
    full,
    full_process,
    quick,
    quick_process,
)
from tests.samples import make_result

WALLS = st.lists(st.floats(0.01, 100.0), min_size=1, max_size=8)


def test_estimate_is_the_sum_of_its_parts() -> None:
    # 1,000 / 200 = 5 s an epoch; 0.4 s for half the validation; first step 0.25 s, later 0.05 s.
    summary = summarize(quick())
    assert summary.samples_per_s == pytest.approx(200.0)
    assert summary.epoch_s == pytest.approx(5.0)
    assert summary.validation_s == pytest.approx(0.8)
    assert summary.startup_s == pytest.approx(0.3 + 0.2)
    assert summary.total_s == pytest.approx(0.5 + 3 * (5.0 + 0.8))
    assert summary.total_is_estimate is True


def test_measured_total_is_what_was_measured() -> None:
    summary = summarize(full())
    assert summary.total_s == pytest.approx(0.3 + (6 + 5 + 5) + 3 * 0.8)
    assert summary.total_is_estimate is False
    assert summary.epoch_s == pytest.approx(5.0)
    assert summary.first_extra_s == pytest.approx(1.0)
    assert summary.reasons["total_low_s"] == "measured once, not estimated"


def test_the_fit_is_added_once() -> None:
    # 0.7 s; otherwise an epoch and its validation, as ever.
    summary = summarize(fitted())
    assert summary.fit_s == pytest.approx(0.7)
    assert summary.total_s == pytest.approx(0.5 + 5.8 + 0.7)
    region = {"startup": True, "validation": True, "quantity": "total"}
    assert on_region(summary, epochs=1, **region) == pytest.approx(summary.total_s)


def test_features_without_a_fit_give_no_total() -> None:
    summary = summarize(quick(work=FEATURES, data=PHOTOS))
    assert summary.samples_per_s == pytest.approx(200.0)
    assert (summary.fit_s, summary.total_s, summary.total_is_estimate) == (None,) * 3


def test_other_work_than_the_published_keeps_its_figures_and_has_no_rank() -> None:
    assert is_ranked(summarize(quick()))
    summary = summarize(deviating())
    assert summary.samples_per_s == pytest.approx(200.0)
    assert not is_ranked(summary)
    assert summary.work_key != summarize(quick()).work_key


@pytest.mark.parametrize("weights", ["random", "pretrained"])
def test_weights_and_files_are_told_and_cost_no_rank(weights) -> None:
    summary = summarize(quick(data=replace(PHOTOS, weights=weights, skipped_files=2)))
    assert (summary.weights, summary.train_files, summary.skipped_files) == (weights, 1_000, 2)
    assert is_ranked(summary)


def test_interrupted_full_run_gives_an_estimate() -> None:
    process = full_process(trains_s=(6.0, 5.0), outcome="interrupted", message="stopped by Ctrl-C")
    summary = summarize(full(process))
    assert summary.total_s == pytest.approx(0.3 + 1.0 + 3 * 5.8)
    assert summary.total_is_estimate is True
    assert "2 of 3" in summary.reasons["total_low_s"]


def test_first_epoch_faster_than_the_later_ones_still_adds_up() -> None:
    summary = summarize(full(full_process(trains_s=(4.0, 5.0, 5.0))))
    assert summary.total_s == pytest.approx(0.3 + 14.0 + 2.4)
    assert summary.first_extra_s == pytest.approx(-1.0)


def test_stalls_count() -> None:
    # 500 images in 2.0 + 3.0 s: the ratio of sums, no mean of speeds.
    summary = summarize(quick(quick_process(walls_s=(0.5, 0.5, 0.5, 0.5, 3.0))))
    assert summary.samples_per_s == pytest.approx(100.0)


def test_band_holds_the_estimate() -> None:
    summary = summarize(quick(quick_process(walls_s=(0.5, 0.52, 0.48, 0.51, 0.49))))
    assert summary.total_low_s is not None
    assert summary.total_high_s is not None
    assert summary.total_s is not None
    assert summary.total_low_s < summary.total_s < summary.total_high_s


def test_two_visits_give_a_spread_and_no_band() -> None:
    summary = summarize(quick(quick_process(walls_s=(0.5, 0.55))))
    assert summary.spread is not None
    assert summary.total_low_s is None
    assert "3 visits" in summary.reasons["total_low_s"]


def test_failed_run_has_no_figures_and_says_why() -> None:
    summary = summarize(failed())
    assert summary.samples_per_s is None
    assert summary.total_s is None
    assert summary.total_is_estimate is None
    assert summary.reasons["samples_per_s"] == "ended with oom: out of memory"


@pytest.mark.parametrize(
    "result",
    [
        quick(),
        full(),
        failed(),
        make_result(),
        quick(quick_process(walls_s=(), evaluations=(), references=())),
        quick(quick_process(cold=ColdStart(), outcome="interrupted", message="stopped")),
        quick(bands=()),
        quick(quick_process(looks=()), bands=()),
        quick(data=PHOTOS),
        quick(work=FEATURES, data=PHOTOS),
        fitted(),
        deviating(),
    ],
)
def test_every_missing_figure_has_its_reason(result) -> None:
    summary = summarize(result)
    missing = {name for name in Summary.__struct_fields__ if getattr(summary, name) is None}
    assert set(summary.reasons) == missing - {"message"} | {"energy"}
    assert all(summary.reasons.values())


@pytest.mark.parametrize(
    ("after", "loss", "accuracy", "learned"),
    [
        (1_000, 1.2, 0.5, True),
        (1_000, 1.7, 0.5, False),
        (1_000, 1.2, 0.3, False),
        (1_000, 0.8, 0.5, False),
        (999, 1.2, 0.5, None),
    ],
)
def test_learned_is_whether_it_lies_in_the_band(after, loss, accuracy, learned) -> None:
    look = Evaluation(after_steps=after, samples=256, wall_s=0.1, loss=loss, accuracy=accuracy)
    summary = summarize(quick(quick_process(looks=(look,))))
    assert summary.learned is learned
    assert summary.test_accuracy == 0.5
    assert ("learned" in summary.reasons) == (learned is None)


@pytest.mark.parametrize(
    ("after", "wanted", "learned"), [(50, 0.4, True), (50, 0.6, False), (51, 0.4, None)]
)
def test_older_records_are_judged_by_the_targets_that_were_due(after, wanted, learned) -> None:
    target = Target(data="real", after_steps=after, accuracy=wanted)
    older = quick(quick_process(looks=()), targets=(target,), bands=(), format=2)
    assert summarize(older).learned is learned


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "no reference runs with real data, float32"),
        ({"data": replace(PHOTOS, weights="random")}, "real data, float32, random weights"),
        ({"data": replace(PHOTOS, name="photos")}, "nothing is known of what own photos"),
        ({"work": replace(SMALL, deviations=("batch 4",))}, "had the published batch"),
    ],
)
def test_without_a_band_nothing_is_claimed(changes, reason) -> None:
    summary = summarize(quick(quick_process(looks=()), bands=(), **changes))
    assert summary.learned is None
    assert summary.reasons["learned"].startswith("no band: ")
    assert reason in summary.reasons["learned"]


def test_result_without_a_process_is_refused() -> None:
    with pytest.raises(RecordError, match="no process"):
        summarize(quick(processes=()))


def test_authors_regions_by_hand() -> None:
    summary = summarize(quick())  # build 0.3, first extra 0.2, epoch 5, validation 0.8
    regions = {
        ("total", True, True): 0.5 + 3 * 5.8,
        ("total", False, True): 0.2 + 3 * 5.8,  # compilation happens inside fit()
        ("total", False, False): 0.2 + 15.0,
        ("epoch_mean", True, True): 0.5 / 3 + 5.8,
        ("epoch_mean_after_first", True, True): 5.8,
        ("epoch_mean_after_first", False, False): 5.0,
    }
    for (quantity, startup, validation), seconds in regions.items():
        found = on_region(
            summary, epochs=3, startup=startup, validation=validation, quantity=quantity
        )
        assert found == pytest.approx(seconds)


def test_unknown_quantity_and_unknown_part_are_none() -> None:
    summary = summarize(quick())
    region = {"epochs": 3, "startup": True, "validation": True}
    assert on_region(summary, **region, quantity="other") is None
    unvalidated = replace(summary, validation_s=None)
    assert on_region(unvalidated, **region, quantity="total") is None
    assert on_region(unvalidated, **(region | {"validation": False}), quantity="total")


@given(walls_s=WALLS, epochs=st.integers(1, 50))
def test_validation_and_startup_add_exactly_their_parts(walls_s, epochs) -> None:
    work = replace(SMALL, epochs=epochs)
    summary = summarize(quick(quick_process(walls_s=walls_s), work=work))
    total = {
        (startup, validation): on_region(
            summary, epochs=epochs, startup=startup, validation=validation, quantity="total"
        )
        for startup in (True, False)
        for validation in (True, False)
    }
    checked = epochs * summary.validation_s
    assert total[True, True] == pytest.approx(summary.total_s)
    assert total[True, True] - total[True, False] == pytest.approx(checked, abs=1e-6)
    assert total[False, True] - total[False, False] == pytest.approx(checked, abs=1e-6)
    assert total[True, True] - total[False, True] == pytest.approx(0.3, abs=1e-6)


@given(trains_s=st.lists(st.floats(0.1, 1e4), min_size=1, max_size=6))
def test_full_run_is_the_sum_of_its_epochs(trains_s) -> None:
    work = replace(SMALL, epochs=len(trains_s))
    summary = summarize(full(full_process(trains_s=trains_s), work=work))
    assert summary.total_s == pytest.approx(0.3 + sum(trains_s) + 0.8 * len(trains_s))
    assert summary.total_is_estimate is False


def test_drift_of_the_machine_widens_the_band_of_an_estimate() -> None:
    walls_s = (0.5, 0.51, 0.49, 0.5, 0.5)
    steady, drifting = (
        summarize(
            quick(
                quick_process(
                    walls_s=walls_s,
                    references=tuple(Reference(visit=v, gflop_per_s=s) for v, s in enumerate(each)),
                )
            )
        )
        for each in ((300.0, 300.0), (300.0, 363.0))
    )
    assert steady.total_s == drifting.total_s
    trained_s = steady.epochs * steady.epoch_s
    narrow, wide = (
        1 + (each.total_high_s - each.total_s) / trained_s for each in (steady, drifting)
    )
    assert wide / narrow == pytest.approx(1.1)
