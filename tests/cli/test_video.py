"""`laptime video`: the document, the exit codes, what is saved, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import laptime.video.export
from laptime.cli import root
from laptime.errors import (
    EXIT_INTERRUPTED,
    EXIT_WORKLOAD,
    EngineUnavailableError,
    UnknownNameError,
    UsageError,
)
from laptime.video.encoders import ENCODERS
from laptime.video.record import load_all, save
from tests import prose
from tests.video import cases

PAGE = Path(__file__).parents[2] / "docs" / "video.md"
INTERRUPTED = cases.result(
    outcome="interrupted", phase="encode", message="stopped by Ctrl-C", frames=None, bytes=None,
    export_s=None, open_s=None, quality=None,
)  # fmt: skip
FULL_DISK = cases.result(
    outcome="environment", phase="encode", message="the disk is full while encoding", frames=None,
    bytes=None, export_s=None, open_s=None, quality=None,
)  # fmt: skip


@pytest.fixture
def found(monkeypatch):
    """Gives the command results in place of encoding; later encoders are not built in."""
    unlisted = cases.refused(phase="list", message="built without it")
    asked = []

    def give(*results):
        left = iter(results)

        def export(encoder, **wanted):
            asked.append((encoder.name, wanted["clip"].name, wanted["amount"]))
            return next(left, unlisted)

        monkeypatch.setattr(laptime.video.export, "export", export)
        monkeypatch.setattr(laptime.video.export, "check_installed", lambda: None)
        return asked

    return give


def test_every_field_of_the_issue_is_told(document, found):
    found(cases.RESULT)
    (row,) = document("video")["results"]
    wanted = {"codec", "encoder", "frames_per_s", "psnr_db", "ssim", "bytes"}
    assert wanted <= row.keys()
    assert row["frames_per_s"] == pytest.approx(30.0)


def test_what_was_measured_is_saved_and_shown(laptime, found, store):
    found(cases.RESULT)
    code, text = laptime("video")
    assert (code, load_all(store)) == (0, ([cases.RESULT], []))
    assert "30 frames/s" in text
    assert store.ids() == []


def test_one_that_does_not_open_is_a_failure_only_where_it_was_named(laptime, found, store):
    found(cases.RESULT, cases.refused())
    assert laptime("video")[0] == 0
    found(cases.refused())
    assert laptime("video", "--encoder", "h264_nvenc")[0] == EXIT_WORKLOAD
    assert [each.outcome for each in load_all(store)[0]] == ["unsupported"]  # one id in these tests


def test_a_full_disk_is_a_failure(laptime, found):
    found(FULL_DISK)
    code, text = laptime("video")
    assert code == EXIT_WORKLOAD
    assert "the disk is full" in text


def test_nothing_that_opens_is_a_failure(laptime, found):
    found(cases.refused())
    assert laptime("video", "--codec", "h264")[0] == EXIT_WORKLOAD


def test_ctrl_c_keeps_what_there_is_and_ends(laptime, found, store):
    asked = found(INTERRUPTED)
    assert laptime("video")[0] == EXIT_INTERRUPTED
    assert len(asked) == 1
    assert [each.outcome for each in load_all(store)[0]] == ["interrupted"]


def test_the_choice_reaches_the_export(laptime, found):
    asked = found(cases.RESULT)
    laptime("video", "--encoder", "prores_ks", "--clip", "large", "--full")
    ((name, clip, amount),) = asked
    assert (name, clip, amount.is_full) == ("prores_ks", "large", True)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--full", "--seconds", "3"], UsageError),
        (["--size", "big"], UsageError),
        (["--size", "63x64"], UsageError),
        (["--clip", "medium"], UnknownNameError),
        (["--codec", "av1"], UnknownNameError),
        (["--encoder", "x264"], UnknownNameError),
        (["--encoder", "libx264", "--codec", "prores"], UsageError),
    ],
)
def test_bad_input_is_refused_before_anything_starts(found, store, arguments, error):
    asked = found()
    with pytest.raises(error):
        root.main(["video", *arguments], standalone_mode=False)
    assert asked == []


def test_without_pyav_the_line_to_paste_is_told(store, monkeypatch):
    monkeypatch.setattr(laptime.video.export, "find_spec", lambda _: None)
    with pytest.raises(EngineUnavailableError, match=r"laptime\[video\]"):
        root.main(["video"], standalone_mode=False)


def test_the_example_of_the_page_reads_the_records(store, capsys):
    save(store, cases.RESULT)
    (example,) = [f.text for f in prose.fences(PAGE.read_text("utf-8")) if f.language == "python"]
    exec(compile(example, PAGE.name, "exec"), {})  # noqa: S102 - our own page
    assert "libx264 30.0" in capsys.readouterr().out


def test_every_encoder_is_on_the_page():
    told = prose.table(PAGE.read_text("utf-8"), "The encoders")
    assert list(told) == [each.name for each in ENCODERS]


def test_the_licence_is_told(laptime):
    assert "GPL" in laptime("video", "--help")[1]
