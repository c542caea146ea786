"""Augmentation means what Keras' `ImageDataGenerator` means; keras.npz holds what that did and drew."""

from pathlib import Path

import numpy as np
import pytest

from laptime.pipeline.augmenting import Draws, add_noise, draw, matrices, recolour, warp
from laptime.pipeline.resizing import resize
from laptime.preparation import Augmentation
from tests.pipeline import photos

KERAS = dict(np.load(Path(__file__).with_name("keras.npz")))
ARTICLE = Augmentation(
    rotation_degrees=20,
    width_shift=0.2,
    height_shift=0.2,
    shear_degrees=0.2,
    zoom=0.2,
    horizontal_flip=True,
)
ALL = Augmentation(
    rotation_degrees=20,
    width_shift=0.2,
    height_shift=0.2,
    shear_degrees=5,
    zoom=0.2,
    horizontal_flip=True,
    crop=0.1,
    exposure_stops=0.5,
    blur_pixels=1.5,
    noise=8,
)


def still(**changed):
    """Draws of one image that change nothing but what is named."""
    values = dict.fromkeys(Draws._fields, 0.0) | {"zoom_x": 1.0, "zoom_y": 1.0, "flip": False}
    return Draws(**{name: np.array([value]) for name, value in (values | changed).items()})


def warped(image, **changed):
    return warp(image, matrices(still(**changed), image.shape[:2])[0])


def drawn(count, wanted=ARTICLE, seed=1):
    return draw(wanted, count, np.random.default_rng(seed))


def as_keras_draws(draws, side):
    """Columns theta, tx, ty, shear, zx, zy in Keras' units."""
    return np.stack([
        draws.rotation_degrees,
        draws.shift_x * side,
        draws.shift_y * side,
        draws.shear_degrees,
        draws.zoom_x,
        draws.zoom_y,
    ])  # fmt: skip


# With fixed parameters


@pytest.mark.parametrize("each", range(len(KERAS["sets"])))
def test_a_fixed_change_gives_keras_pixels_rounded(each):
    image, expected = KERAS["image"], KERAS["images_by_256"][each] / 256
    turn, x, y, shear, zoom_x, zoom_y, flip = KERAS["sets"][each]
    got = warped(
        image,
        rotation_degrees=turn,
        shift_x=x / image.shape[1],
        shift_y=y / image.shape[0],
        shear_degrees=shear,
        zoom_x=zoom_x,
        zoom_y=zoom_y,
        flip=bool(flip),
    )
    assert np.abs(got - expected).max() < 0.51
    assert np.abs(got - expected).mean() < 0.3


def test_nothing_changes_nothing():
    image = photos.picture(41, 52)
    assert (warped(image) == image).all()


def test_a_flip_and_half_a_turn_are_exact_in_an_image_that_is_not_square():
    image = photos.picture(41, 52)
    assert (warped(image, flip=True) == image[:, ::-1]).all()
    assert (warped(image, rotation_degrees=180) == image[::-1, ::-1]).all()


def test_a_shift_goes_along_its_own_axis_and_repeats_the_edge():
    image = photos.picture(40, 50)
    left, up = warped(image, shift_x=0.2), warped(image, shift_y=0.2)
    assert (left[:, :40] == image[:, 10:]).all()
    assert (left[:, 40:] == image[:, -1:]).all()
    assert (up[:32] == image[8:]).all()


def test_a_cut_scales_what_is_left_to_the_full_size():
    image = photos.picture(40, 50)
    got = warped(image, crop_left=0.2, crop_right=0.4, crop_top=0.5)
    expected = resize(image[20:, 10:30], (40, 50), method="bilinear")
    inner = (slice(1, -1), slice(2, -2))  # at its ends the warp still sees what was cut away
    assert np.abs(got[inner].astype(int) - expected[inner]).max() <= 1


# What is drawn


@pytest.mark.parametrize("column", range(6))
def test_the_draws_are_spread_as_keras_draws_are(column):
    ours = np.sort(as_keras_draws(drawn(10_000), 32)[column])
    keras = np.sort(KERAS["drawn"][:, column])
    places = np.concatenate([ours, keras])
    apart = np.searchsorted(ours, places) / len(ours) - np.searchsorted(keras, places) / len(keras)
    # Kolmogorov-Smirnov: one pair of equal distributions in 1,000 is further apart.
    assert np.abs(apart).max() < 1.95 * np.sqrt(1 / len(ours) + 1 / len(keras))


def test_the_draws_are_uniform_over_the_whole_range():
    ends = {
        "rotation_degrees": (-20, 20),
        "shift_x": (-0.2, 0.2),
        "shift_y": (-0.2, 0.2),
        "shear_degrees": (-5, 5),
        "zoom_x": (0.8, 1.2),
        "zoom_y": (0.8, 1.2),
        "crop_left": (0, 0.1),
        "crop_right": (0, 0.1),
        "crop_top": (0, 0.1),
        "crop_bottom": (0, 0.1),
        "exposure_stops": (-0.5, 0.5),
        "blur_pixels": (0, 1.5),
        "noise": (0, 8),
    }
    draws = drawn(10_000, ALL)
    assert set(ends) == set(Draws._fields) - {"flip"}
    for name, (low, high) in ends.items():
        unit = np.sort((getattr(draws, name) - low) / (high - low))
        assert unit[0] >= 0
        assert unit[-1] <= 1
        assert np.abs(unit - np.arange(10_000) / 10_000).max() < 1.95 / 100, name


def test_half_are_flipped_and_every_draw_is_its_own():
    draws = drawn(10_000, ALL)
    assert 4_800 < draws.flip.sum() < 5_200
    related = np.corrcoef(np.stack([*draws]).astype(float))
    assert np.abs(related - np.eye(len(related))).max() < 0.05


def test_what_is_off_stays_off_and_changes_nothing_else():
    some, alone = drawn(100), drawn(100, Augmentation(zoom=0.2))
    assert (some.zoom_x == alone.zoom_x).all()
    assert not alone.flip.any()
    assert not alone.rotation_degrees.any()
    assert not np.stack(some[7:]).any()


def test_the_draws_of_an_image_do_not_depend_on_how_many_follow():
    few, many = drawn(5, ALL), drawn(50, ALL)
    assert all((a == b[:5]).all() for a, b in zip(few, many, strict=True))


# Colours


def recoloured(image, *, exposure_stops=0.0, blur_pixels=0.0):
    changed = image.copy()
    recolour(changed, exposure_stops=exposure_stops, blur_pixels=blur_pixels)
    return changed


def test_a_stop_doubles_the_levels_and_white_stays_white():
    image = photos.picture(20, 20)
    assert (recoloured(image) == image).all()
    assert (recoloured(image, exposure_stops=1) == np.minimum(2 * image.astype(int), 255)).all()
    assert (recoloured(image, exposure_stops=-1) == np.rint(image / 2)).all()


def test_blur_spreads_a_point_by_its_deviation():
    image = np.zeros((41, 41, 3), np.uint8)
    image[20, 20] = 255
    wide = np.full((41, 41, 3), 40, np.uint8)
    wide[:, 20:] = 200
    edge = np.diff(recoloured(wide, blur_pixels=2.0)[20, :, 0].astype(float))
    places = np.arange(40) + 0.5
    middle = (edge * places).sum() / edge.sum()
    assert np.sqrt((edge * (places - middle) ** 2).sum() / edge.sum()) == pytest.approx(2, abs=0.1)
    assert recoloured(image, blur_pixels=1.0)[20, 20, 0] < 60


def test_noise_has_its_deviation_and_stays_within_the_levels():
    image = np.full((100, 100, 3), 128, np.uint8)
    add_noise(image, levels=8.0, generator=np.random.default_rng(1))
    assert image.std() == pytest.approx(8, rel=0.03)
    assert image.mean() == pytest.approx(128, abs=0.2)
    dark = np.zeros((100, 100, 3), np.uint8)
    add_noise(dark, levels=8.0, generator=np.random.default_rng(1))
    assert dark.max() < 60
