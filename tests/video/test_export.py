"""Real exports, tiny ones: what comes out of them, and what is left of those that fail."""

from __future__ import annotations

import contextlib
import signal
import sys

import pytest
from msgspec.structs import replace

from laptime.errors import EngineUnavailableError, EnvironmentUnfitError
from laptime.runner.sampling import Sampler
from laptime.video import export as room
from laptime.video.clips import REEL_FRAMES, clip_of
from laptime.video.encoders import ENCODERS, encoder
from laptime.video.export import Amount, check_installed, export, is_left_out
from laptime.video.summary import summarize
from tests.samples import MACHINE

av = pytest.importorskip("av", reason="pip install 'laptime[video]'")

CLIP = clip_of("small", width=64, height=64)


@pytest.fixture(scope="module")
def sampler():
    with Sampler(["host"]) as sampler:
        yield sampler


@pytest.fixture
def run(tmp_path, sampler):
    """Exports into a folder of its own, in which nothing may be left."""

    def call(name, *, seconds=6.0, clip=CLIP, on_phase=lambda _: None, **amount):
        result = export(
            encoder(name) if isinstance(name, str) else name,
            clip=clip,
            amount=Amount(seconds=None if amount else seconds, **amount),
            folder=tmp_path,
            machine=MACHINE,
            sampler=sampler,
            on_phase=on_phase,
        )
        assert list(tmp_path.iterdir()) == []
        return result

    return call


@pytest.mark.parametrize("name", ["libx264", "prores_ks"])
def test_an_export_tells_everything(run, name, monkeypatch):
    monkeypatch.setattr(room, "BLOCK_S", 0.0)
    result = run(name)
    assert (result.outcome, result.message) == ("ok", None)
    assert result.frames == 180
    assert sum(block.frames for block in result.blocks) == 180
    assert result.blocks[0].part == "fill"
    assert result.blocks[-1].part == "drain"
    assert 0 < result.open_s < result.export_s
    assert sum(block.wall_s for block in result.blocks) <= result.export_s
    summary = summarize(result)
    assert 15 < summary.psnr_db < 60
    assert 0.5 < summary.ssim < 1
    assert summary.judged_frames == 2 * REEL_FRAMES
    assert result.setup.versions["ffmpeg"]
    assert int(result.setup.options["threads"]) >= 1


def test_the_bit_rate_is_the_one_that_was_asked_for(run):
    summary = summarize(run("libx264", seconds=20.0))
    assert summary.bits_per_s == pytest.approx(summary.asked_bits_per_s, rel=0.25)


def test_the_same_settings_give_the_same_pictures(run):
    first, second = run("prores_ks", seconds=1.0), run("prores_ks", seconds=1.0)
    assert first.bytes == second.bytes
    assert first.quality.mse == pytest.approx(second.quality.mse)
    assert first.setup == second.setup


def test_a_coarser_file_is_told_from_a_finer_one(run):
    fine = encoder("prores_ks")
    coarse = replace(fine, options={**fine.options, "profile": "proxy"})
    assert run(fine).quality.mse < run(coarse).quality.mse


def test_a_whole_clip_is_no_estimate(run):
    short = replace(CLIP, duration_s=2.0)
    summary = summarize(run("libx264", clip=short, is_full=True))
    assert (summary.frames, summary.clip_is_estimate) == (60, False)
    assert summary.clip_s == summary.export_s


def test_an_encoder_that_does_not_open_is_an_outcome(run):
    result = run(replace(encoder("libx264"), options={"preset": "nonesuch"}))
    assert (result.outcome, result.phase) == ("unsupported", "open")
    assert "nonesuch" in result.message
    assert result.frames is None


def test_an_encoder_that_is_not_built_in_is_told_where_it_is_named(run):
    listed = av.codecs_available
    name = next(each.name for each in ENCODERS if each.name not in listed)
    result = run(name)
    assert (result.outcome, result.phase) == ("unsupported", "list")
    assert "built without" in result.message
    assert is_left_out(result, is_named=False)
    assert not is_left_out(result, is_named=True)


def test_an_encoder_that_hangs_is_stopped(run, monkeypatch):
    monkeypatch.setattr(room, "OPEN_LIMIT_S", 0.0)
    result = run("libx264")
    assert (result.outcome, result.phase) == ("timeout", "start")
    assert "no sign of life" in result.message


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of files there")
def test_a_file_that_cannot_grow_is_an_outcome(run):
    import resource

    @contextlib.contextmanager
    def no_larger_than(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    with no_larger_than(100_000):
        result = run("prores_ks")
    assert (result.outcome, result.phase) == ("environment", "encode")
    assert "no larger file" in result.message
    assert result.frames is None


def test_ctrl_c_is_an_outcome(run):
    def press(phase):
        if phase.name == "encode":
            signal.raise_signal(signal.SIGINT)

    result = run("libx264", is_full=True, on_phase=press)
    assert (result.outcome, result.phase) == ("interrupted", "encode")
    assert result.frames is None


def test_a_slow_sample_ends_with_the_reel(run, monkeypatch):
    monkeypatch.setattr(room, "SAMPLE_MOST_S", 0.0)
    assert run("libx264", is_full=False).frames == REEL_FRAMES


def test_what_a_killed_laptime_left_is_removed(run, tmp_path):
    left = tmp_path / f"{room.PLACE}{2**22 + 1}-x"  # no Linux has a process of that number
    left.mkdir()
    (left / room.FILE).write_bytes(b"film")
    assert run("libx264", seconds=1.0).outcome == "ok"  # and the folder is empty


def test_a_folder_that_is_not_there_is_told(sampler, tmp_path):
    with pytest.raises(EnvironmentUnfitError, match="--folder"):
        export(
            encoder("libx264"),
            clip=CLIP,
            amount=Amount(seconds=1.0),
            folder=tmp_path / "nope",
            machine=MACHINE,
            sampler=sampler,
            on_phase=lambda _: None,
        )


def test_without_pyav_the_line_to_paste_is_told(monkeypatch):
    monkeypatch.setattr(room, "find_spec", lambda _: None)
    with pytest.raises(EngineUnavailableError, match="pip install"):
        check_installed()
