"""Resizing gives the pixels of Pillow (nearest) and TensorFlow (bilinear)."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from laptime.pipeline.resizing import resize
from tests.pipeline import photos

SIDES = st.integers(1, 1_200)


def each_its_own(height, width):
    """No two pixels of a row or of a column are alike."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.arange(height)[:, None] % 256
    image[..., 1] = np.arange(width) % 256
    image[..., 2] = (np.arange(height)[:, None] // 256) * 16 + np.arange(width) // 256
    return image


@given(height=SIDES, width=SIDES, to=st.tuples(st.integers(1, 400), st.integers(1, 400)))
@example(height=375, width=499, to=(224, 224))
@example(height=224, width=224, to=(224, 224))
@example(height=1, width=1, to=(224, 224))
def test_nearest_is_pillows(height, width, to):
    image = each_its_own(height, width)
    expected = Image.fromarray(image).resize(to[::-1], Image.Resampling.NEAREST)
    assert (resize(image, to, method="nearest") == np.asarray(expected)).all()


@given(sides=st.lists(st.integers(1, 9_000), min_size=20, max_size=20), to=st.integers(1, 600))
def test_nearest_is_pillows_along_a_line_of_any_length(sides, to):
    for side in sides:
        image = each_its_own(side, 1)
        expected = Image.fromarray(image).resize((1, to), Image.Resampling.NEAREST)
        assert (resize(image, (to, 1), method="nearest") == np.asarray(expected)).all()


def test_what_has_the_size_stays():
    image = photos.picture(224, 224)
    assert (resize(image, (224, 224), method="nearest") == image).all()
    assert (resize(image, (224, 224), method="bilinear") == image).all()


def bilinear(image, size):
    """`tf.image.resize(image, size)` in doubles: half-pixel centres, no smoothing, edges repeated."""
    for axis, to in enumerate(size):
        side = image.shape[axis]
        source = (np.arange(to) + 0.5) * side / to - 0.5
        low = np.floor(source).astype(int)
        share = np.expand_dims(source - low, tuple({0, 1, 2} - {axis}))
        below = np.take(image, low.clip(0, side - 1), axis).astype(float)
        above = np.take(image, (low + 1).clip(0, side - 1), axis)
        image = below * (1 - share) + above * share
    return image


@given(height=st.integers(1, 300), width=st.integers(1, 300), seed=st.integers(0, 5))
@example(height=375, width=500, seed=0)
def test_bilinear_is_tensorflows_within_a_level(height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    expected = bilinear(image, (64, 48))
    got = resize(image, (64, 48), method="bilinear")
    assert np.abs(got - np.rint(expected)).max() <= 1
    assert np.abs(got - expected).mean() < 0.35


@pytest.mark.long
def test_the_reference_is_tensorflow():
    tensorflow = pytest.importorskip("tensorflow")
    image = photos.picture(375, 499)
    expected = tensorflow.image.resize(image, (224, 224)).numpy()
    assert np.abs(bilinear(image, (224, 224)) - expected).max() < 0.001


@pytest.mark.parametrize("method", ["nearest", "bilinear"])
def test_the_result_goes_where_it_is_wanted(method):
    batch = np.zeros((2, 10, 12, 3), np.uint8)
    image = photos.picture(31, 33)
    resize(image, (10, 12), method=method, out=batch[1])
    assert (batch[1] == resize(image, (10, 12), method=method)).all()
    assert not batch[0].any()
