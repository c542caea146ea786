"""Exports side by side: only of one clip and codec, and never without saying who encoded."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from laptime.layout import Screen
from laptime.video.clips import clip_of
from laptime.video.comparing import compare
from laptime.video.record import Quality
from laptime.video.text import render_comparison
from tests.video import cases

BASE = cases.RESULT
OTHER = "20261122-002000-video-libx264-small-h264-77aa"


def faster(by: float, **changes: Any):  # type: ignore[no-untyped-def]
    blocks = tuple(replace(each, wall_s=each.wall_s / by) for each in BASE.blocks)
    return cases.result(id=OTHER, blocks=blocks, **changes)


@pytest.mark.parametrize(("by", "word"), [(1.5, "faster"), (0.5, "slower"), (1.0, "same")])
def test_ratio_and_verdict(by: float, word: str) -> None:
    found = compare(BASE, faster(by))
    assert found.speed_ratio == pytest.approx(by)
    assert found.verdict == word


def test_uneven_blocks_widen_the_band() -> None:
    uneven = list(BASE.blocks)
    uneven[2] = replace(uneven[2], wall_s=3.0)
    assert compare(BASE, cases.result(id=OTHER, blocks=tuple(uneven))).verdict == "undecided"


def test_another_encoder_is_named_and_so_is_what_it_cost() -> None:
    setup = replace(BASE.setup, encoder="h264_nvenc", kind="hardware")
    poorer = Quality(frames=120, mse=51.0, peak=255, ssim=0.9)
    found = compare(BASE, faster(10.0, setup=setup, quality=poorer, bytes=100_000))
    assert found.comparable
    notes = " ".join(found.notes)
    assert "another encoder: h264_nvenc, not libx264" in notes
    assert "3.0 dB worse" in notes
    assert "2.00 times as large" in notes


def test_another_version_is_told() -> None:
    setup = replace(BASE.setup, versions={**BASE.setup.versions, "x264": "166"})
    assert "the same encoder with other versions" in compare(BASE, faster(1.0, setup=setup)).notes


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"setup": replace(BASE.setup, codec="prores", encoder="prores_ks")}, "another codec"),
        ({"clip": clip_of("large", width=64, height=64)}, "another clip"),
        ({"blocks": (), "frames": None, "outcome": "oom", "message": "no room"}, "oom: no room"),
    ],
)
def test_what_is_unlike_is_refused_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    found = compare(BASE, cases.result(id=OTHER, **changes))
    assert (found.comparable, found.verdict) == (False, None)
    assert reason in (found.reason or "")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_it_fits_every_screen(width: int) -> None:
    told = render_comparison(
        [compare(BASE, faster(1.5)), compare(BASE, cases.refused(id=OTHER))],
        screen=Screen(width=width),
    )
    assert "1.500x" in told
    assert "not comparable" in told
    assert all(len(line) <= width for line in told.splitlines())
