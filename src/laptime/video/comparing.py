"""Exports side by side: of the same clip in the same codec, whatever encoded them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from laptime.frozen import Frozen
from laptime.stats import Word, verdict
from laptime.summary import machine_key
from laptime.video.record import VideoResult
from laptime.video.summary import VideoSummary, summarize

MARGIN = 0.02
"""Speeds that differ by less than this are the same."""
DEVIATIONS = 2.0
"""Of the blocks' speeds, to each side: blocks of one export tell no more than one of them does."""
QUALITY_DB, RATE_SHARE = 0.5, 0.05
"""Where they differ by more, speed was bought with pictures or bytes, or the other way round."""


class ExportCompared(Frozen, frozen=True, kw_only=True):
    """An export beside a baseline."""

    id: str
    comparable: bool
    reason: str | None
    """Why they cannot be compared."""
    baseline: VideoSummary
    export: VideoSummary
    speed_ratio: float | None
    """Frames/s over the baseline's: 1.2 is 20 % faster."""
    ratio_low: float | None
    ratio_high: float | None
    """By the spread of the blocks of both: a band, and no interval."""
    verdict: Word | None
    notes: tuple[str, ...]
    """In what they differ beside their speed."""


def compare(baseline: VideoResult, other: VideoResult) -> ExportCompared:
    """How an export compares with a baseline."""
    before, after = summarize(baseline), summarize(other)
    reason = _incomparable(baseline, other, before, after)
    found = low = high = None
    if reason is None and before.frames_per_s and after.frames_per_s:
        found = after.frames_per_s / before.frames_per_s
        if before.spread is not None and after.spread is not None:
            half = DEVIATIONS * math.hypot(before.spread, after.spread)
            low, high = found * math.exp(-half), found * math.exp(half)
    return ExportCompared(
        id=other.id,
        comparable=found is not None,
        reason=reason,
        baseline=before,
        export=after,
        speed_ratio=found,
        ratio_low=low,
        ratio_high=high,
        verdict=None
        if found is None
        else verdict(found, low, high, margin=MARGIN, is_interval=False),
        notes=() if reason else tuple(_notes(baseline, other, before, after)),
    )


def _incomparable(
    baseline: VideoResult, other: VideoResult, before: VideoSummary, after: VideoSummary
) -> str | None:
    if baseline.setup.codec != other.setup.codec:
        return f"another codec: {other.setup.codec}, not {baseline.setup.codec}"
    if baseline.clip != other.clip:
        return "another clip: its name, length, size, frame rate or drawing differs"
    for summary, which in ((before, "the baseline"), (after, "it")):
        if summary.frames_per_s is None:
            return f"{which} {summary.reasons['frames_per_s']}"
    return None


def _notes(
    baseline: VideoResult, other: VideoResult, before: VideoSummary, after: VideoSummary
) -> Iterator[str]:
    if baseline.id == other.id:
        yield "the baseline itself"
        return
    if machine_key(baseline.machine) != machine_key(other.machine):
        yield "another machine"
    ours, theirs = baseline.setup, other.setup
    if ours.encoder != theirs.encoder:
        yield f"another encoder: {theirs.encoder}, not {ours.encoder}"
    elif ours.key != theirs.key:
        names = [
            name for name in ("versions", "options") if getattr(ours, name) != getattr(theirs, name)
        ]
        yield f"the same encoder with other {' and '.join(names) or 'settings'}"
    if before.psnr_db is not None and after.psnr_db is not None:
        gained = after.psnr_db - before.psnr_db
        if abs(gained) > QUALITY_DB:
            yield f"its pictures are {abs(gained):.1f} dB {'better' if gained > 0 else 'worse'}"
    if before.bits_per_s and after.bits_per_s:
        rate = after.bits_per_s / before.bits_per_s
        if abs(rate - 1) > RATE_SHARE:
            yield f"its file is {rate:.2f} times as large"
