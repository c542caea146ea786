"""What limits a machine: each verdict from its own evidence, and none without."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from laptime.limits import NOTHING, evidence, limit
from laptime.record import Block, DataUsed, Doubled, Phase, Reference, Roof
from tests.runs import PHOTOS, block, quick, quick_process
from tests.samples import SETUP


def verdict(**seen: Any) -> str | None:
    found = limit(replace(NOTHING, **seen), quick())
    return found.name if found else None


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        ({}, None),
        ({"data_wait_share": 0.1}, None),
        ({"data_wait_share": 0.3}, "input"),
        ({"input_stall": 0.1, "data_wait_share": 0.3}, None),
        ({"input_stall": 0.3, "doubled_ratio": 1.1}, "input"),
        ({"doubled_ratio": 1.1, "compute_share": 0.9, "memory_share": 0.1}, "launch"),
        ({"doubled_ratio": 1.9, "compute_share": 0.9, "memory_share": 0.1}, "compute"),
        ({"compute_share": 0.61, "memory_share": 0.9}, "memory"),
        ({"compute_share": 0.3, "memory_share": 0.2}, "none"),
        ({"compute_share": 0.9}, None),
    ],
)
def test_each_limit_has_its_own_witness(seen: dict[str, float], name: str | None) -> None:
    assert verdict(**{"gflop_per_s": 1.0, "gb_per_s": 1.0} | seen) == name


def test_the_sentence_has_the_figures_and_the_advice_a_command() -> None:
    seen = replace(NOTHING, doubled_ratio=1.1234)
    found = limit(seen, quick())
    assert found
    assert "1.12 times" in found.sentence
    assert f"laptime tune {quick().work.workload}" in found.advice


@pytest.mark.parametrize(
    ("data", "ahead", "advice"),
    [
        (quick().data, None, "in memory already"),
        (PHOTOS, 0, "their final size"),
        (PHOTOS, 4, "more batches ahead"),
    ],
)
def test_the_advice_for_input_depends_on_who_prepares_it(
    data: DataUsed, ahead: int | None, advice: str
) -> None:
    options = {} if ahead is None else {"pipeline_ahead": ahead}
    result = quick(data=data, setup=replace(SETUP, options=options))
    found = limit(replace(NOTHING, input_stall=0.5), result)
    assert found
    assert advice in found.advice
    assert "50 %" in found.sentence


@pytest.mark.parametrize("kind", ["compute", "memory"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_lower_precision_is_advised_where_it_is_not_there(kind: str, precision: str) -> None:
    shares = {"compute_share": 0.1, "memory_share": 0.1} | {f"{kind}_share": 0.9}
    seen = replace(NOTHING, gflop_per_s=1.0, gb_per_s=1.0, **shares)
    found = limit(seen, quick(setup=replace(SETUP, precision=precision)))
    assert found
    assert ("--precision" in found.advice) is (precision == "float32")


def turn(phase: Phase, wall_s: float, *, number: int) -> Block:
    return replace(block(number, wall_s=wall_s), phase=phase)


def test_the_evidence_comes_from_every_process() -> None:
    """200 images/s of 1 MFLOP is 0.2 GFLOP/s; a step of 10 images moves 5 MB in 0.05 s: 0.1 GB/s."""
    roof = Roof(matmul_gflop_per_s=0.4, copy_gb_per_s=0.5, step_bytes=5_000_000)
    turns = (turn("fed", 1.0, number=1), turn("held", 0.5, number=1))
    more = (turn("held", 0.6, number=2), turn("fed", 1.0, number=2))
    doubled = Doubled(batch_size=20, step_s=0.06, single_step_s=0.05)
    references = (Reference(visit=1, gflop_per_s=0.1),)
    one = replace(quick_process(references=references), roof=roof, doubled=doubled)
    one = replace(one, blocks=(*one.blocks, *turns, *more))
    two = replace(quick_process(references=references), roof=replace(roof, copy_gb_per_s=None))
    made = quick(one)
    made = replace(
        made,
        processes=(one, two),
        work=replace(made.work, train_flops_per_sample=1_000_000),
    )
    found = evidence(made, made.processes, samples_per_s=200.0, data_wait_share=0.02)
    assert found.input_stall == pytest.approx(0.45)
    assert found.doubled_ratio == pytest.approx(1.2)
    assert (found.gflop_per_s, found.compute_share) == pytest.approx((0.2, 0.5))
    assert (found.gb_per_s, found.memory_share) == pytest.approx((0.1, 0.2))
    assert found.is_contradicted


def test_the_best_known_product_is_the_roof_of_a_processor() -> None:
    roof = Roof(matmul_gflop_per_s=0.4, copy_gb_per_s=0.5, step_bytes=5_000_000)
    process = replace(quick_process(references=(Reference(visit=1, gflop_per_s=2.0),)), roof=roof)
    made = quick(process)
    made = replace(made, work=replace(made.work, train_flops_per_sample=1_000_000))
    assert (
        evidence(made, made.processes, samples_per_s=200.0, data_wait_share=None).compute_share
        == 0.1
    )
    half = replace(made, setup=replace(made.setup, precision="bfloat16"))
    assert (
        evidence(half, half.processes, samples_per_s=200.0, data_wait_share=None).compute_share
        == 0.5
    )


def test_without_anything_to_see_nothing_is_said() -> None:
    made = quick()
    found = evidence(made, made.processes, samples_per_s=None, data_wait_share=None)
    assert found == NOTHING
