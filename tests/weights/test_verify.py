"""A backbone is asked with two fixed images."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from laptime import weights
from laptime.errors import DataError
from laptime.weights import _answers


def test_the_images_never_change() -> None:
    """Other images would make every recorded answer wrong."""
    images = _answers.images()
    assert images.shape == (2, 224, 224, 3)
    assert images.dtype == np.uint8
    assert hashlib.sha256(images.tobytes()).hexdigest()[:16] == "8c1f433643a5392f"
    assert (images.min(), images.max()) == (0, 255)


def test_recorded_features_pass_whether_averaged_or_not() -> None:
    (key,) = _answers.RECORDED
    features = np.repeat(np.array(_answers.RECORDED[key]), _answers.EVERY, axis=1)
    weights.verify(key, lambda _: features)
    weights.verify(key, lambda _: np.broadcast_to(features[:, None, None], (2, 7, 7, 1280)))


@pytest.mark.parametrize("precision", weights.TOLERANCE)
def test_features_a_tolerance_away_do_not_pass(precision: str) -> None:
    (key,) = _answers.RECORDED
    features = np.repeat(np.array(_answers.RECORDED[key]), _answers.EVERY, axis=1)
    tolerance = weights.TOLERANCE[precision]
    weights.verify(key, lambda _: features * (1 + 0.9 * tolerance), precision=precision)
    with pytest.raises(DataError, match="other features"):
        weights.verify(key, lambda _: features * (1 + 1.1 * tolerance), precision=precision)


def test_features_of_another_length_do_not_pass() -> None:
    (key,) = _answers.RECORDED
    with pytest.raises(DataError, match="other features"):
        weights.verify(key, means)


def means(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Depends on the image: its mean by channel."""
    return images.mean((1, 2), dtype=np.float32)


def dead(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.ones((len(images), 7, 7, 512), np.float32)


def silent(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.zeros((len(images), 512), np.float32)


def broken(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.full((len(images), 512), np.nan, np.float32)


def test_without_a_record_features_must_depend_on_the_image() -> None:
    weights.verify("vgg16", means)
    for forward in (dead, silent):
        with pytest.raises(DataError, match="same features"):
            weights.verify("vgg16", forward)
    with pytest.raises(DataError, match="no numbers"):
        weights.verify("vgg16", broken)
