"""Published times against physics, with the FLOPs of our own descriptions of the networks."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import published, registry
from laptime.published import Published, physics


def flops_of(workload: str) -> dict[str, float] | None:
    """Training and evaluation FLOPs of one sample; None for what laptime does not describe."""
    if workload not in registry.names("workloads"):
        return None
    network = registry.load("workloads", workload).WORKLOAD.network
    return {
        "train_flops_per_sample": float(network.training_flops),
        "evaluate_flops_per_sample": float(network.forward_flops),
    }


def verdict(row: Published) -> str | None:
    flops = flops_of(row.workload)
    return flops and physics.verdict(row, **flops)


def share(row: Published) -> float:
    found = physics.share_of_peak(row, **(flops_of(row.workload) or {}))
    assert found is not None
    return found


def scaled(row: Published, factor: float) -> Published:
    assert row.value is not None
    return msgspec.structs.replace(row, value=row.value * factor)


def label(row: Published) -> str:
    return f"{row.workload}-{row.gpu}-{row.value}"


TIMES = [row for row in published.rows() if row.kind == "time"]
COMPARABLE = [row for row in TIMES if row.grade in "AB"]
CHECKED = [row for row in TIMES if row.grade != "D" and row.gpu and verdict(row)]
B21 = [row for row in TIMES if row.meant_unit]


@pytest.mark.parametrize("row", COMPARABLE, ids=label)
def test_every_comparable_time_is_possible(row):
    assert verdict(row) == "possible"


@pytest.mark.parametrize("row", CHECKED, ids=label)
def test_every_time_that_can_be_checked_is_possible(row):
    assert verdict(row) == "possible"


@pytest.mark.parametrize("row", B21, ids=label)
def test_mislabelled_minutes_are_caught(row):
    assert verdict(row) == "possible"
    assert verdict(scaled(row, 60)) == "too slow"


def test_the_floor_lies_well_between_seconds_and_minutes():
    as_seconds = min(share(row) for row in B21)
    as_minutes = max(share(scaled(row, 60)) for row in B21)
    assert as_seconds > 1.4 * physics.SHARE_FLOOR
    assert as_minutes < physics.SHARE_FLOOR / 1.4


@pytest.mark.parametrize("row", CHECKED, ids=label)
def test_milliseconds_taken_for_seconds_are_caught(row):
    assert verdict(scaled(row, 1e-3)) == "too fast"


@given(st.sampled_from(CHECKED), st.floats(1e-6, 1e6))
def test_share_falls_as_the_time_grows(row, factor):
    assert share(scaled(row, factor)) == pytest.approx(share(row) / factor)


@pytest.mark.parametrize("row", CHECKED, ids=label)
def test_validation_inside_claims_more_of_the_peak(row):
    without = msgspec.structs.replace(row, validation="no")
    assert share(without) < share(row)


def test_a_launch_bound_step_is_slow_but_possible():
    row = next(row for row in B21 if row.workload == "cifar10-tinyvgg")
    tiny = {"train_flops_per_sample": 1.0, "evaluate_flops_per_sample": 1.0}
    assert physics.verdict(row, **tiny) == "possible"
    assert physics.verdict(scaled(row, 2), **tiny) == "too slow"


@pytest.mark.parametrize(
    "missing", [{"gpu": None}, {"train_count": None}, {"validation_count": None}, {"value": None}]
)
def test_what_is_not_told_is_not_judged(missing):
    assert verdict(msgspec.structs.replace(B21[0], **missing)) is None


def test_an_unknown_batch_leaves_the_floor_to_judge():
    row = msgspec.structs.replace(scaled(B21[0], 60), batch_size=None)
    assert physics.step_s(row) is None
    assert verdict(row) == "too slow"


def test_every_comparable_row_names_a_device_with_a_peak():
    assert {row.gpu for row in COMPARABLE} <= set(physics.devices())


def test_every_device_occurs_in_a_row():
    assert set(physics.devices()) <= {row.gpu for row in published.rows()}


@pytest.mark.parametrize("device", physics.devices().values(), ids=lambda device: device.gpu)
def test_a_peak_is_two_flops_per_lane_and_clock(device):
    assert device.peak_fp32_flops_per_s == pytest.approx(
        2e6 * device.lanes * device.boost_mhz, rel=1e-3
    )
    assert len(device.source) > 15
