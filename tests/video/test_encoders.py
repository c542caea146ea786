"""Which encoders and clips are asked for, and what is refused."""

from __future__ import annotations

import pytest

from laptime.errors import UnknownNameError, UsageError
from laptime.video.clips import clip_of
from laptime.video.encoders import CODECS, ENCODERS, chosen, encoder
from laptime.video.export import Amount
from laptime.video.source import PIXEL_FORMATS


def test_without_a_choice_every_encoder_is_tried():
    assert chosen() == ENCODERS


def test_a_codec_leaves_its_own_encoders():
    assert {each.codec for each in chosen(codecs=("prores",))} == {"prores"}


def test_a_name_that_is_given_twice_counts_once():
    assert [each.name for each in chosen(names=("libx264", "libx264"))] == ["libx264"]


@pytest.mark.parametrize(
    "asked", [{"codecs": ("h265",)}, {"names": ("x264",)}, {"names": ("libx264", "nope")}]
)
def test_an_unknown_name_is_refused(asked):
    with pytest.raises(UnknownNameError):
        chosen(**asked)


def test_an_encoder_of_another_codec_is_refused():
    with pytest.raises(UsageError, match="libx264 makes h264"):
        chosen(codecs=("prores",), names=("prores_ks", "libx264"))


@pytest.mark.parametrize("each", ENCODERS, ids=lambda each: each.name)
def test_every_encoder_gets_pictures_that_can_be_drawn(each):
    assert each.pixel_format in PIXEL_FORMATS
    assert each.codec in CODECS
    assert each.needs


def test_all_encoders_of_h264_are_asked_for_files_of_one_size():
    clip = clip_of("small")
    rates = {each.bits_per_s(clip) for each in ENCODERS if each.codec == "h264"}
    assert rates == {18_662_400}
    assert encoder("prores_ks").bits_per_s(clip) is None


def test_the_clips_are_as_long_as_the_articles():
    assert clip_of("small").frames == 10 * 60 * 30
    assert clip_of("large").frames == 4 * 3600 * 30
    with pytest.raises(UnknownNameError):
        clip_of("medium")


@pytest.mark.parametrize(("width", "height"), [(1919, 1080), (1920, 1081), (32, 32), (9000, 64)])
def test_a_size_that_no_encoder_takes_is_refused(width, height):
    with pytest.raises(UsageError, match="even numbers"):
        clip_of("small", width=width, height=height)


def test_a_sample_goes_on_until_it_tells_something():
    asked = Amount().command(clip_of("small"))
    assert (asked.least_frames, asked.most_frames) == (300, 18_000)
    assert asked.least_s > 0


def test_seconds_and_full_are_exact():
    clip = clip_of("small")
    some, whole = Amount(seconds=2).command(clip), Amount(is_full=True).command(clip)
    assert (some.least_frames, some.most_frames, some.least_s) == (60, 60, 0)
    assert (whole.least_frames, whole.most_frames, whole.least_s) == (18_000, 18_000, 0)
    assert Amount(seconds=10_000).command(clip).most_frames == 18_000
