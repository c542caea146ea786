"""The roofline: both roofs measured, a point for each workload, and none where a roof is unknown."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.checks import summarized
from laptime.limits import Evidence
from laptime.probes.roofs import roofs_of
from laptime.record import Roof
from laptime.roofline import Place, Roofs, rooflines
from laptime.summary import Summary
from tests.probes.samples import probe, row
from tests.runs import quick, quick_process
from tests.samples import MACHINE

BASE = summarized(quick())
SPEEDS = st.floats(0.01, 1e6)


def seen(**changes: Any) -> Summary:
    """A summary of 10 GFLOP/s and 2 GB/s: 5 FLOP/byte, at a tenth of both roofs."""
    told = {"gflop_per_s": 10.0, "gb_per_s": 2.0, "compute_share": 0.1, "memory_share": 0.1}
    evidence = Evidence(
        input_stall=None, data_wait_share=None, doubled_ratio=None, **told | changes
    )
    return replace(BASE, evidence=evidence)


def test_roofs_ridge_and_point_by_hand() -> None:
    [line] = rooflines([seen()])
    assert (line.peak_gflop_per_s, line.gb_per_s) == pytest.approx((100.0, 20.0))
    assert line.ridge_flop_per_byte == pytest.approx(5.0)
    [point] = line.points
    assert point.flop_per_byte == pytest.approx(5.0)
    assert point.roof_share == pytest.approx(0.1)
    assert line.allowed(1.0) == pytest.approx(20.0)
    assert line.allowed(50.0) == pytest.approx(100.0)


def test_the_roof_is_the_best_that_anything_showed() -> None:
    place = Place(BASE.machine_key, BASE.device, BASE.precision)
    found = rooflines(
        [seen(), seen(compute_share=0.05)], {place: Roofs(peak_gflop_per_s=150.0, gb_per_s=30.0)}
    )
    assert (found[0].peak_gflop_per_s, found[0].gb_per_s) == pytest.approx((200.0, 30.0))
    assert len(found[0].points) == 2


def test_a_quick_run_has_a_place_once_the_machine_was_probed() -> None:
    """It measures no roofs, but knows its intensity."""
    bare = Roof(matmul_gflop_per_s=None, copy_gb_per_s=None, step_bytes=1_000_000, reason="quick")
    process = replace(quick_process(), roof=bare)
    found = summarized(quick(process, machine=MACHINE))
    assert rooflines([found]) == ()
    rows = [row("matmul"), row("copy", size=128_000_000), row("triad", size=128_000_000)]
    [line] = rooflines([found], roofs_of(probe([replace(r, device=found.device) for r in rows])))
    assert line.peak_gflop_per_s == pytest.approx(2 * 1024**3 / 0.010 / 1e9)
    assert line.gb_per_s == pytest.approx(3 * 128_000_000 / 0.010 / 1e9)
    work = quick().work
    flops = work.train_flops_per_sample * work.batch_size
    assert line.points[0].flop_per_byte == pytest.approx(flops / 1_000_000)


def test_precisions_and_machines_have_roofs_of_their_own() -> None:
    other = replace(seen(), precision="bfloat16")
    far = replace(seen(), machine_key="another")
    assert len(rooflines([seen(), other, far])) == 3


@pytest.mark.parametrize("missing", ["compute_share", "memory_share", "gb_per_s", "gflop_per_s"])
def test_without_both_roofs_there_is_none(missing: str) -> None:
    assert rooflines([seen(**{missing: None})]) == ()


def test_one_core_and_failed_rows_are_no_roof() -> None:
    one = [row("matmul", threads="one"), row("copy", threads="one")]
    assert roofs_of(probe(one)) == {}
    assert roofs_of(probe([row("matmul")])) == {}


@given(gflop=SPEEDS, gb=SPEEDS, compute=st.floats(0.001, 2), memory=st.floats(0.001, 2))
def test_a_point_is_never_further_from_its_roof_than_from_both(
    gflop: float, gb: float, compute: float, memory: float
) -> None:
    told = {"gflop_per_s": gflop, "gb_per_s": gb, "compute_share": compute, "memory_share": memory}
    [line] = rooflines([seen(**told)])
    share = line.points[0].roof_share
    assert math.isclose(share, max(compute, memory), rel_tol=1e-6)
