"""What a record says: only steady blocks count, estimates are marked, nothing is null unexplained."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict

from laptime.layout import Screen
from laptime.video.record import Quality
from laptime.video.summary import summarize
from laptime.video.text import render
from tests.video import cases


def test_only_steady_blocks_count_for_the_speed():
    summary = summarize(cases.RESULT)
    assert summary.frames_per_s == pytest.approx(30.0)
    assert summary.times_realtime == pytest.approx(1.0)
    assert (summary.steady_blocks, summary.spread) == (3, pytest.approx(0.0))


def test_the_rest_of_the_clip_is_estimated_at_the_steady_speed():
    summary = summarize(cases.RESULT)
    assert summary.clip_is_estimate is True
    assert summary.clip_s == pytest.approx(10.0 + (18_000 - 300) / 30.0)
    assert summary.clip_bytes == 50_000 * 60
    assert summary.bits_per_s == pytest.approx(8 * 50_000 / 10)


def test_a_whole_clip_is_measured():
    summary = summarize(cases.result(frames=18_000, export_s=601.0))
    assert (summary.clip_is_estimate, summary.clip_s) == (False, 601.0)
    assert summary.clip_bytes == summary.bytes


def test_too_short_an_export_has_no_spread():
    summary = summarize(cases.result(blocks=cases.RESULT.blocks[:1]))
    assert summary.frames_per_s == pytest.approx(300 / 10.0)
    assert summary.spread is None
    assert "--seconds" in summary.reasons["spread"]


def test_idle_is_what_nobody_took():
    idle = summarize(cases.RESULT).idle_share
    assert idle == pytest.approx(1 - (1.5 + 0.1) / cases.RESULT.machine.cores_logical)
    assert summarize(cases.result(logs=())).idle_share is None


def test_a_software_encoder_has_no_circuit_that_could_be_busy():
    assert "cores_used" in summarize(cases.RESULT).reasons["encoder_busy_share"]
    logs = (cases.cores("encoder_busy_share", 0.5, 0.7),)
    nvenc = cases.refused(outcome="ok", phase="done", message=None, logs=logs, frames=300)
    assert summarize(nvenc).encoder_busy_share == pytest.approx(0.6)


@pytest.mark.parametrize(("mse", "psnr_db"), [(25.5, 34.065), (65025.0, 0.0), (0.0, None)])
def test_psnr_is_of_the_formats_peak(mse, psnr_db):
    quality = Quality(frames=1, mse=mse, peak=255, ssim=1.0)
    assert quality.psnr_db == (None if psnr_db is None else pytest.approx(psnr_db, abs=1e-3))


@pytest.mark.parametrize(
    "result",
    [
        cases.RESULT,
        cases.refused(),
        cases.result(quality=None, outcome="interrupted", phase="judge", message="stopped"),
        cases.result(logs=(), blocks=(), peak_memory_bytes=None),
    ],
    ids=["ok", "refused", "interrupted", "bare"],
)
def test_what_is_null_has_a_reason(result):
    told = asdict(summarize(result))
    missing = {name for name, value in told.items() if value is None and name != "message"}
    assert set(told["reasons"]) == missing


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_table_fits_every_screen(width):
    summaries = [summarize(cases.RESULT), summarize(cases.refused())]
    text = render(
        summaries, machine=cases.RESULT.machine, clip_seconds=600.0, screen=Screen(width=width)
    )
    assert all(len(line) <= width for line in text.splitlines())
    assert "libx264" in text
    assert "estimated" in text
    assert "Cannot load libcuda.so.1" in " ".join(text.split())


def test_nothing_but_failures_is_no_table():
    text = render(
        [summarize(cases.refused())],
        machine=cases.RESULT.machine,
        clip_seconds=600.0,
        screen=Screen(width=80),
    )
    assert "frames/s" not in text
