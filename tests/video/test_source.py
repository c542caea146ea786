"""The pictures of the clips: the same everywhere, detailed, and in the formats that encoders take."""

from __future__ import annotations

import numpy as np
import pytest

from laptime.video.clips import REEL_FRAMES
from laptime.video.source import PIXEL_FORMATS, Source, planes


@pytest.fixture(scope="module")
def source():
    return Source(64, 64)


def test_the_pictures_are_those_of_every_other_machine(source):
    assert source.fingerprint() == "709b3de06e25"  # another one is another `DRAWN_BY`


def test_a_picture_depends_on_its_number_alone(source):
    first = source.picture(7)
    source.picture(8)
    assert all(np.array_equal(a, b) for a, b in zip(first, source.picture(7), strict=True))
    again = Source(64, 64).picture(7 + REEL_FRAMES)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_no_two_pictures_of_the_reel_are_alike(source):
    seen = {source.picture(number).luma.tobytes() for number in range(REEL_FRAMES)}
    assert len(seen) == REEL_FRAMES


def test_there_is_detail_in_every_part(source):
    luma = source.picture(0).luma.astype(float)
    steps = np.abs(np.diff(luma, axis=1))
    assert np.median(steps.reshape(8, 8, -1).mean(axis=(1, 2))) > 10  # of 1,023 levels


def test_levels_stay_in_the_range_of_television(source):
    for number in range(REEL_FRAMES):
        picture = source.picture(number)
        assert picture.luma.min() >= 64
        assert max(plane.max() for plane in picture) <= 940


@pytest.mark.parametrize("pixel_format", PIXEL_FORMATS)
def test_every_format_holds_the_same_luma(source, pixel_format):
    picture = source.picture(3)
    luma = planes(picture, pixel_format)[0]
    shift = {"yuv420p": 2, "nv12": 2, "yuv422p10le": 0, "p210le": -6}[pixel_format]
    expected = picture.luma.astype(int)
    expected = (expected + 2) >> 2 if shift == 2 else expected << -shift
    assert np.array_equal(luma, expected)


def test_two_colours_in_one_plane_stand_in_turns(source):
    picture = source.picture(3)
    _, blue, red = planes(picture, "yuv420p")
    _, both = planes(picture, "nv12")
    assert np.array_equal(both[:, 0::2], blue)
    assert np.array_equal(both[:, 1::2], red)
    _, both = planes(picture, "p210le")
    assert np.array_equal(both[:, 1::2] >> 6, picture.red)
