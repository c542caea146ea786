"""Two probes side by side: ratios the right way up, and a verdict only beyond the noise of both."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime.layout import Screen
from laptime.probes.comparing import compare
from laptime.probes.text import render_comparison
from tests.probes.samples import all_rows, probe, row
from tests.samples import MACHINE

BASE = probe(all_rows())
OTHER = "20261122-002000-probe-torch-auto-77aa"


@pytest.mark.parametrize(
    ("faster", "word"), [(1.2, "faster"), (1 / 1.2, "slower"), (1.0, "same"), (1.04, "faster")]
)
def test_every_score_has_its_verdict(faster: float, word: str) -> None:
    found = compare(BASE, probe(all_rows(faster=faster), id=OTHER), frozen=BASE)
    assert [each.name for each in found.scores] == ["single_core", "multi_core"]
    for each in found.scores:
        assert each.speed_ratio == pytest.approx(faster)
        assert each.verdict == word


def test_rounds_that_differ_widen_the_band() -> None:
    noisy = probe(all_rows(faster=1.04, second=1.05), id=OTHER)
    [single, _] = compare(BASE, noisy, frozen=BASE).scores
    assert single.ratio_low == pytest.approx(1.04 / 1.05)
    assert single.verdict == "undecided"


def test_faster_is_above_one_for_latencies_too() -> None:
    found = compare(BASE, probe(all_rows(faster=2.0), id=OTHER), frozen=BASE)
    kinds = {each.kind: each for each in found.kinds if each.place == "all cores"}
    assert kinds["launch"].speed_ratio == pytest.approx(2.0)
    assert kinds["launch"].value < kinds["launch"].baseline
    assert kinds["matmul"].speed_ratio == pytest.approx(2.0)


def test_the_best_engine_of_each_is_compared_and_named() -> None:
    rows = [row(), row(engine="numpy", call_s=(0.005, 0.005)), row(engine="jax", call_s=(0.02,))]
    [each] = compare(BASE, probe(rows, id=OTHER), frozen=BASE).kinds
    assert (each.engine, each.baseline_engine) == ("numpy", "torch")
    assert each.speed_ratio == pytest.approx(2 * 2.0**0 * (1024 / 512) ** 3)


def test_a_processor_is_no_accelerator() -> None:
    card = probe(all_rows(device="cuda"), id=OTHER)
    found = compare(BASE, card, frozen=BASE)
    assert not found.comparable
    assert found.reason == "no kernel was measured in both"
    assert compare(card, replace(card, id="another"), frozen=BASE).kinds[0].place == "accelerator"


def test_what_weakens_it_is_told() -> None:
    other = probe(
        all_rows(),
        id=OTHER,
        machine=replace(MACHINE, chip="another"),
        versions={"jax": {}},
        environment={"OMP_NUM_THREADS": "1"},
    )
    notes = " ".join(compare(BASE, other, frozen=BASE).notes)
    for word in ("another machine", "other engines", "variables are set"):
        assert word in notes


@pytest.mark.parametrize("width", [60, 80, 200])
def test_it_fits_every_screen(width: int) -> None:
    found = compare(BASE, probe(all_rows(faster=2.0), id=OTHER), frozen=BASE)
    told = render_comparison([found], baseline=BASE.id, screen=Screen(width=width))
    assert "2.000x" in told
    assert "matrix product" in told
    assert all(len(line) <= width for line in told.splitlines())
