from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime.checks import flags, summarized
from laptime.record import Evaluation, Reference
from tests.runs import (
    DEVIATION,
    PHOTOS,
    SMALL,
    block,
    evaluation,
    full,
    full_process,
    quick,
    quick_process,
)
from tests.samples import SETUP


def names(result) -> list[str]:
    return [flag.name for flag in flags(result)]


def sound(**overrides):
    """A quick process that raises no flag."""
    return quick_process(**({"evaluations": (evaluation(after_steps=50),)} | overrides))


def test_sound_results_raise_nothing() -> None:
    assert names(quick(sound())) == []
    assert names(full()) == []


def test_fake_engine_is_named() -> None:
    assert names(quick(sound(), setup=replace(SETUP, engine="fake"))) == ["fake"]


@pytest.mark.parametrize(("slowest", "found"), [(271.0, ["noisy_machine"]), (273.0, [])])
def test_machine_drift_beyond_a_tenth_is_noise(slowest, found) -> None:
    # 300 / 272.7 = 1.1
    references = (Reference(visit=1, gflop_per_s=300.0), Reference(visit=2, gflop_per_s=slowest))
    assert names(quick(sound(references=references))) == found


def test_visits_that_differ_are_noise_and_only_they_are_told() -> None:
    [flag] = flags(quick(sound(walls_s=(0.5, 0.6, 0.5, 0.6, 0.5))))
    assert flag.name == "noisy_machine"
    assert flag.measured == "visits by 10 %"


def test_ten_blocks_that_keep_changing_are_not_steady() -> None:
    walls_s = [0.5 * 1.01**index for index in range(10)]
    assert "not_steady" in names(quick(sound(walls_s=walls_s)))
    assert names(quick(sound(walls_s=[0.5] * 10))) == []


def test_late_read_back_means_a_false_sync() -> None:
    blocks = (block(1), replace(block(2), readback_s=0.006))
    [flag] = flags(quick(sound(blocks=blocks)))
    assert (flag.name, flag.measured) == ("sync_suspect", "1 of 2 blocks")


def test_long_blocks_may_read_back_longer() -> None:
    slow = replace(block(1, wall_s=10.0), readback_s=0.09)
    assert names(quick(sound(blocks=(slow,)))) == []


@pytest.mark.parametrize("drift_s", [-2.0, 2.0])
def test_clock_that_ran_off_is_suspect(drift_s) -> None:
    assert names(quick(sound(clock_drift_s=drift_s))) == ["clock_suspect"]


def test_waiting_for_batches_is_told_with_its_share() -> None:
    blocks = tuple(replace(block(visit), data_wait_s=0.1) for visit in (1, 2))
    [flag] = flags(quick(sound(blocks=blocks)))
    assert (flag.name, flag.measured) == ("input_bound", "20 % of the time")


@pytest.mark.parametrize(
    ("loss", "accuracy", "found"),
    [(0.8, 0.5, ["learned_too_fast"]), (1.0, 0.8, ["learned_too_fast"]), (1.0, 0.5, [])],
)
def test_more_learned_than_so_many_steps_teach_is_told(loss, accuracy, found) -> None:
    look = Evaluation(after_steps=1_000, samples=256, wall_s=0.1, loss=loss, accuracy=accuracy)
    assert names(quick(sound(looks=(look,)))) == found


def test_partial_validation_is_told() -> None:
    [flag] = flags(quick(sound(evaluations=(evaluation(after_steps=50, samples=100),))))
    assert (flag.name, flag.measured) == ("partial_validation", "100 of 200")


@pytest.mark.parametrize(("grown", "found"), [(64_000_000, []), (64_000_001, ["swapped"])])
def test_swap_that_grew_is_told(grown, found) -> None:
    assert names(quick(sound(swap_growth_bytes=grown))) == found


def test_whole_photos_raise_nothing() -> None:
    assert names(quick(sound(), data=PHOTOS)) == []


def test_a_part_of_the_twin_is_told() -> None:
    part = replace(PHOTOS, kind="synthetic", origin="synthetic", train_files=512)
    [flag] = flags(quick(sound(), data=part))
    assert (flag.name, flag.measured) == ("subset", "512 of 1,000 files")
    assert names(quick(sound(), data=replace(part, train_files=1_000))) == []


def test_files_left_out_are_counted() -> None:
    [flag] = flags(quick(sound(), data=replace(PHOTOS, skipped_files=3)))
    assert (flag.name, flag.measured) == ("skipped_files", "3 files")


def test_other_work_than_the_published_is_told_with_its_reason() -> None:
    [flag] = flags(quick(sound(), work=replace(SMALL, deviations=(DEVIATION,))))
    assert (flag.name, flag.measured) == ("deviation", DEVIATION)


@pytest.mark.parametrize(
    ("weights", "found"), [("random", ["random_weights"]), ("pretrained", []), (None, [])]
)
def test_random_weights_of_a_frozen_part_are_told(weights, found) -> None:
    assert names(quick(sound(), data=replace(PHOTOS, weights=weights))) == found


def test_every_flag_has_a_sentence_and_a_remedy() -> None:
    process = sound(
        clock_drift_s=9.0, walls_s=(0.5, 0.9, 0.5), evaluations=(), swap_growth_bytes=10**9
    )
    used = replace(PHOTOS, kind="synthetic", train_files=1, skipped_files=1, weights="random")
    work = replace(SMALL, deviations=(DEVIATION,))
    found = list(flags(quick(process, setup=replace(SETUP, engine="fake"), data=used, work=work)))
    assert len(found) == 8
    for flag in found:
        assert flag.sentence.endswith(".")
        assert flag.remedy.endswith(".")


def test_summary_carries_its_flags() -> None:
    assert [f.name for f in summarized(quick(sound(clock_drift_s=9.0))).flags] == ["clock_suspect"]


def test_a_run_that_never_trained_raises_nothing() -> None:
    assert names(full(full_process(trains_s=(), outcome="killed", message="killed"))) == []
