"""Scores: what they are worth against the frozen machine, and when there are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.errors import EnvironmentUnfitError
from laptime.probes import scores as room
from laptime.probes.scores import NAMES, best, reference, scores
from tests.probes.samples import all_rows, probe, row

FROZEN = probe(all_rows())


def of(rows):
    return {each.name: each for each in scores(probe(rows), frozen=FROZEN)}


def test_the_frozen_machine_has_1000() -> None:
    found = of(all_rows())
    assert found["single_core"].score == pytest.approx(1000)
    assert found["multi_core"].score == pytest.approx(1000)
    assert found["accelerator"].score is None
    assert tuple(found) == NAMES


@given(faster=st.floats(0.01, 100))
def test_a_machine_so_many_times_as_fast_has_so_many_times_the_points(faster) -> None:
    found = of(all_rows(faster=faster))
    assert found["multi_core"].score == pytest.approx(1000 * faster)


@given(faster=st.floats(0.01, 100))
def test_an_accelerator_is_held_against_the_whole_processor(faster) -> None:
    found = of([*all_rows(), *all_rows(device="cuda", faster=faster)])
    assert found["accelerator"].score == pytest.approx(1000 * faster)
    assert found["multi_core"].score == pytest.approx(1000)


@given(calls_s=st.lists(st.floats(1e-5, 1), min_size=2, max_size=5))
def test_the_best_engine_counts(calls_s) -> None:
    rows = [row("copy", call_s=[s], engine=f"e{i}", size=10**6) for i, s in enumerate(calls_s)]
    assert best(rows)["copy"] == pytest.approx(2e6 / min(calls_s) / 1e9)


def test_of_latencies_the_smallest_is_the_best() -> None:
    rows = [row("launch", call_s=[2e-6], size=1), row("launch", call_s=[9e-6], size=1)]
    assert best(rows)["launch"] == pytest.approx(2)


@pytest.mark.parametrize("gone", ["matmul", "jpeg", "launch"])
def test_without_one_kind_there_is_no_score(gone) -> None:
    found = of([each for each in all_rows() if each.kind != gone])
    assert found["multi_core"].score is None
    assert found["multi_core"].missing == (gone,)


def test_a_slower_second_round_is_a_spread() -> None:
    found = of(all_rows(second=1.05))
    assert found["multi_core"].spread == pytest.approx(0.05)
    assert found["multi_core"].score == pytest.approx(1000)


def test_other_precisions_count_for_nothing() -> None:
    fast = row("matmul", call_s=[1e-9], precision="bfloat16")
    assert of([*all_rows(), fast])["multi_core"].score == pytest.approx(1000)


def test_a_kernel_that_failed_counts_for_nothing() -> None:
    rows = [replace(r, outcome="killed") if r.kind == "copy" else r for r in all_rows()]
    assert of(rows)["multi_core"].missing == ("copy",)


def test_the_frozen_machine_is_whole_and_was_left_alone() -> None:
    """It is also the file of format 1 that every later laptime must read."""
    reference.cache_clear()
    frozen = reference()
    single, multi, _ = scores(frozen, frozen=frozen)
    assert single.score == multi.score == pytest.approx(1000)
    assert frozen.environment == {}
    assert {row.outcome for row in frozen.rows} <= {"ok", "unsupported"}
    assert {each.api for each in frozen.libraries} >= {"blas"}
    assert not [row for row in frozen.rows if row.threads == "one" and (row.cores or 0) > 1.2]


def test_without_the_frozen_machine_it_is_refused(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(room, "REFERENCE", tmp_path / "reference.json")
    reference.cache_clear()
    with pytest.raises(EnvironmentUnfitError, match="install it again"):
        reference()
    reference.cache_clear()
