"""Exports as they are written down, for tests that start no worker."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from laptime.series import Log, Quantity, Series
from laptime.video.clips import Clip, clip_of
from laptime.video.record import Quality, VideoBlock, VideoResult, VideoSetup
from tests.samples import MACHINE

CLIP: Clip = clip_of("small", width=64, height=64)


def block(part: str, frames: int, wall_s: float) -> VideoBlock:
    return VideoBlock(
        part=part,  # type: ignore[arg-type]
        started_s=1.0,
        frames=frames,
        bytes=100 * frames,
        wall_s=wall_s,
        cpu_s=1.5 * wall_s,
    )


def cores(name: str, *means: float | None) -> Log:
    return Log(
        sensor="host",
        bin_s=1.0,
        first_bin=1,
        samples=len(means),
        series=(Series(quantity=Quantity(name=name), means=means),),
        missing={},
        facts={},
        ended=None,
        cpu_s=0.0,
    )


RESULT = VideoResult(
    format=1,
    id="20261122-001905-video-libx264-small-h264-3f2a",
    created="2026-11-22T00:19:05+00:00",
    laptime="0.1.0",
    machine=MACHINE,
    clip=CLIP,
    setup=VideoSetup(
        codec="h264",
        encoder="libx264",
        kind="software",
        pixel_format="yuv420p",
        asked_bits_per_s=36_864,
        key_frame_every=60,
        options={"preset": "medium", "threads": "3"},
        versions={"av": "18.1.0", "ffmpeg": "8.1.2", "x264": "165"},
    ),
    outcome="ok",
    phase="done",
    message=None,
    draw_s=1.0,
    open_s=0.1,
    export_s=10.0,
    frames=300,
    bytes=50_000,
    blocks=(
        block("fill", 60, 3.0),
        block("steady", 60, 2.0),
        block("steady", 60, 2.0),
        block("steady", 60, 2.0),
        block("drain", 60, 0.9),
    ),
    quality=Quality(frames=120, mse=25.5, peak=255, ssim=0.97),
    logs=(cores("tree_cores", 1.4, None, 1.6), cores("others_cores", 0.1)),
    peak_memory_bytes=500_000_000,
    clock_drift_s=0.0,
)


def result(**changes: Any) -> VideoResult:
    return replace(RESULT, **changes)


def refused(**changes: Any) -> VideoResult:
    """An encoder that is listed and does not open."""
    setup = replace(RESULT.setup, encoder="h264_nvenc", kind="hardware")
    nothing: dict[str, Any] = dict.fromkeys(
        ("draw_s", "open_s", "export_s", "frames", "bytes", "quality")
    )
    nothing |= {"blocks": (), "logs": ()}
    told = {"outcome": "unsupported", "phase": "open", "message": "Cannot load libcuda.so.1"}
    return replace(RESULT, setup=setup, **(nothing | told | changes))
