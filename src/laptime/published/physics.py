"""Whether a published time is physically possible.

From the work of one epoch (FLOPs by `laptime.layers`, passed in) and the peak of the device follows
the share of that peak that a time claims. More than all of it is impossible, whatever anybody
prints: the time is too short, or less was computed. That bound is physics; the lower one is
experience. A time that claims next to nothing *and* whose steps are too long to be mere launch
overhead is a wrong unit, or a run that never reached its device. It catches the tables of Bourke
2021, which print minutes for seconds: read as seconds they claim 0.23 to 5.7 % of peak, read as
minutes 0.004 to 0.095 %.

Peaks are FP32 without tensor cores. A device that multiplies in TF32 by default (A100, RTX 3090)
can exceed its FP32 peak, so give such a device its TF32 peak when adding one to `devices.csv`.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import msgspec

from laptime.published import Published, table

# The middle, by ratio, between the least share as seconds (0.230 %) and the largest as minutes
# (0.095 %): 1.5 times away from both.
SHARE_FLOOR = 0.0015
SHARE_CEILING = 1.0

# A step of TinyVGG at batch 32 is all launch overhead; the slowest published one takes 11.5 ms,
# start-up and validation counted in. A longer step than this needs another reason.
LAUNCH_BOUND_STEP_S = 0.020

Verdict = Literal["possible", "too fast", "too slow"]


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The peak of one graphics processor, and why it is believed."""

    gpu: str
    lanes: int
    """FP32 multiply-adds per clock."""
    boost_mhz: int
    peak_fp32_flops_per_s: float
    source: str


@cache
def devices() -> dict[str, Device]:
    """Every device that a checked row ran on, by the name in the rows' column `gpu`.

    Raises:
        DataError: `devices.csv` is damaged.
    """
    return {device.gpu: device for device in table("devices.csv", Device)}


def epoch_flops(
    row: Published, *, train_flops_per_sample: float, evaluate_flops_per_sample: float
) -> float | None:
    """FLOPs of one timed epoch, with its validation where that is known to be inside.

    None where the counts of images are not told.
    """
    if row.train_count is None:
        return None
    flops = row.train_count * train_flops_per_sample
    if row.validation == "yes":
        if row.validation_count is None:
            return None
        flops += row.validation_count * evaluate_flops_per_sample
    return flops


def share_of_peak(
    row: Published, *, train_flops_per_sample: float, evaluate_flops_per_sample: float
) -> float | None:
    """Share of the device's peak that the time claims, 0 to 1 (more is impossible).

    None for a device without a peak in `devices.csv`, and for what is no absolute time.
    """
    flops = epoch_flops(
        row,
        train_flops_per_sample=train_flops_per_sample,
        evaluate_flops_per_sample=evaluate_flops_per_sample,
    )
    device = devices().get(row.gpu or "")
    if flops is None or device is None or row.epoch_s is None:
        return None
    return flops / (row.epoch_s * device.peak_fp32_flops_per_s)


def step_s(row: Published) -> float | None:
    """Seconds of one training step, everything inside the time counted in; None where not told."""
    if row.epoch_s is None or row.train_count is None or row.batch_size is None:
        return None
    return row.epoch_s / math.ceil(row.train_count / row.batch_size)


def verdict(
    row: Published, *, train_flops_per_sample: float, evaluate_flops_per_sample: float
) -> Verdict | None:
    """Whether the time is possible on that device; None where it cannot be checked."""
    share = share_of_peak(
        row,
        train_flops_per_sample=train_flops_per_sample,
        evaluate_flops_per_sample=evaluate_flops_per_sample,
    )
    if share is None:
        return None
    if share > SHARE_CEILING:
        return "too fast"
    step = step_s(row)
    long_step = step is None or step > LAUNCH_BOUND_STEP_S
    return "too slow" if share < SHARE_FLOOR and long_step else "possible"
