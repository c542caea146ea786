"""What there is to say beyond figures, in words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime.consumption import Consumption
from laptime.estimates import EstimateCheck
from laptime.limits import Limit
from laptime.reports._insights import insights
from laptime.soaking import Course
from laptime.summary import Summary, summarize
from tests.runs import quick

DRAWN = Consumption(
    scope="gpu_board",
    part="gpu 0",
    origin="measured",
    energy_j_per_1000_samples=21.5,
    energy_j_per_epoch=1_075.0,
    net_energy_j_per_1000_samples=15.25,
    power_w=180.0,
    is_doubtful=False,
)


def said(**more: object) -> dict[str, str]:
    summary: Summary = replace(summarize(quick()), **more)
    return dict(insights([summary], []))


def test_a_quick_result_says_nothing_that_it_does_not_know() -> None:
    assert said() == {}


def test_joules_have_their_place_and_origin_gross_and_net() -> None:
    told = said(energy=(DRAWN,))["energy"]
    assert "21.5 J per 1,000 images" in told
    assert "1,080 J an epoch" in told
    assert "(gpu board gpu 0, measured; 15.2 J beyond idle)" in told
    guessed = replace(DRAWN, origin="estimated", net_energy_j_per_1000_samples=None)
    assert "estimated, idle power included)" in said(energy=(guessed,))["energy"]
    assert "doubtful" in said(energy=(replace(DRAWN, is_doubtful=True),))["energy"]


@pytest.mark.parametrize("profile", ["standard", "soak"])
def test_where_one_may_expect_joules_their_absence_has_a_reason(profile: str) -> None:
    told = said(profile=profile, reasons={"energy": "no sensor here tells of power"})["energy"]
    assert told == "not known: no sensor here tells of power"


def test_what_limits_comes_with_its_advice() -> None:
    limit = Limit(name="launch", sentence="launch-bound: a reason", advice="Do this.")
    assert said(limit=limit)["limit"] == "launch-bound: a reason. Do this."


def test_a_soak_tells_what_was_kept_and_how_warm_it_became() -> None:
    heat = Course(quantity="temperature_c", part=None, burst=47.0, sustained=83.0, most=85.0)
    clock = Course(quantity="frequency_hz", part="gpu 0", burst=2e9, sustained=1.5e9, most=2e9)
    told = said(
        profile="soak",
        reasons={"energy": "none"},
        burst_samples_per_s=200.0,
        sustained_samples_per_s=150.0,
        retention=0.75,
        courses=(heat, clock),
    )["soak"]
    assert told.startswith("kept 75 % of its speed: 200 images/s at first, 150 at the end; ")
    assert "processor 47.0 to 83.0 °C" in told
    assert "gpu 0 2.00 to 1.50 GHz" in told


@pytest.mark.parametrize(
    ("high_s", "told"), [(110.0, "inside its band"), (101.0, "outside its band")]
)
def test_an_estimate_is_held_against_the_whole_run(high_s: float, told: str) -> None:
    check = EstimateCheck(
        workload="mnist-mlp", measured_s=104.0, estimated_s=100.0, low_s=95.0, high_s=high_s
    )
    [(label, sentence)] = insights([], [check])
    assert label == "mnist-mlp, estimate"
    assert "3.8 % below the whole run" in sentence
    assert told in sentence
