"""Random changes of images that mean what Keras' `ImageDataGenerator` means.

All that moves pixels is one affine warp. The model is `keras.src.legacy.preprocessing.image` of
Keras 3: `get_random_transform` draws, `apply_affine_transform` and `flip_axis` apply. On two points
Keras does not do what its own names say, and this does: its `height_shift_range` moves along the width
(and the other way round), and it turns an image that is not square about a point beside its centre.
Neither shows where images are square and both shifts the same.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from laptime.preparation import Augmentation

Floats = NDArray[np.float64]


class Draws(NamedTuple):
    """What was drawn for each image of a pass: arrays (count,)."""

    rotation_degrees: Floats
    shift_x: Floats
    """Share of the width; the image moves left where it is above 0."""
    shift_y: Floats
    shear_degrees: Floats
    zoom_x: Floats
    """Below 1 the image is enlarged."""
    zoom_y: Floats
    flip: NDArray[np.bool_]
    crop_left: Floats
    """Share of the width."""
    crop_right: Floats
    crop_top: Floats
    crop_bottom: Floats
    exposure_stops: Floats
    blur_pixels: Floats
    noise: Floats
    """Standard deviation in levels."""


def draw(wanted: Augmentation, count: int, generator: np.random.Generator) -> Draws:
    """Parameters for `count` images.

    Those of an image depend on its position alone: neither on how many follow it nor on what else is
    switched on.
    """
    unit = generator.random((count, len(Draws._fields))).T
    both = 2 * unit - 1  # -1 to 1
    return Draws(
        rotation_degrees=wanted.rotation_degrees * both[0],
        shift_x=wanted.width_shift * both[1],
        shift_y=wanted.height_shift * both[2],
        shear_degrees=wanted.shear_degrees * both[3],
        zoom_x=1 + wanted.zoom * both[4],
        zoom_y=1 + wanted.zoom * both[5],
        flip=(unit[6] < 0.5) & wanted.horizontal_flip,
        crop_left=wanted.crop * unit[7],
        crop_right=wanted.crop * unit[8],
        crop_top=wanted.crop * unit[9],
        crop_bottom=wanted.crop * unit[10],
        exposure_stops=wanted.exposure_stops * both[11],
        blur_pixels=wanted.blur_pixels * unit[12],
        noise=wanted.noise * unit[13],
    )


def matrices(draws: Draws, size: tuple[int, int]) -> Floats:
    """Where each pixel comes from, (count, 2, 3): source (x, y) = matrix @ (x, y, 1) of the result.

    Read from the right: flip, cut, then Keras' zoom, shear, shift and rotation about the centre.

    Args:
        draws: arrays (count,).
        size: (height, width) in pixels.
    """
    height, width = size
    turn, lean = np.deg2rad(draws.rotation_degrees), np.deg2rad(draws.shear_degrees)
    middle = _affine(len(turn), x=(width - 1) / 2, y=(height - 1) / 2)
    back = _affine(len(turn), x=-(width - 1) / 2, y=-(height - 1) / 2)
    rotation = _affine(
        len(turn), xx=np.cos(turn), xy=-np.sin(turn), yx=np.sin(turn), yy=np.cos(turn)
    )
    shift = _affine(len(turn), x=draws.shift_x * width, y=draws.shift_y * height)
    shear = _affine(len(turn), xy=-np.sin(lean), yy=np.cos(lean))
    zoom = _affine(len(turn), xx=draws.zoom_x, yy=draws.zoom_y)
    kept_x = 1 - draws.crop_left - draws.crop_right
    kept_y = 1 - draws.crop_top - draws.crop_bottom
    # Pixel centres lie half a pixel inside the edge that the share is counted from.
    cut = _affine(
        len(turn),
        xx=kept_x,
        x=draws.crop_left * width + (kept_x - 1) / 2,
        yy=kept_y,
        y=draws.crop_top * height + (kept_y - 1) / 2,
    )
    flip = _affine(len(turn), xx=np.where(draws.flip, -1, 1), x=np.where(draws.flip, width - 1, 0))
    whole = middle @ rotation @ shift @ shear @ zoom @ back @ cut @ flip
    return whole[:, :2]


def _affine(
    count: int,
    *,
    xx: Floats | float = 1.0,
    xy: Floats | float = 0.0,
    x: Floats | float = 0.0,
    yx: Floats | float = 0.0,
    yy: Floats | float = 1.0,
    y: Floats | float = 0.0,
) -> Floats:
    """Matrices (count, 3, 3) that give x' = xx x + xy y + x and y' = yx x + yy y + y."""
    made = np.zeros((count, 3, 3))
    made[:, 0, 0], made[:, 0, 1], made[:, 0, 2] = xx, xy, x
    made[:, 1, 0], made[:, 1, 1], made[:, 1, 2] = yx, yy, y
    made[:, 2, 2] = 1
    return made


def warp(
    image: NDArray[np.uint8], matrix: Floats, *, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """An image (height, width, 3) through a matrix (2, 3): bilinear, with the edge where nothing is."""
    warped = cv2.warpAffine(
        image,
        matrix,
        (image.shape[1], image.shape[0]),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
        hint=cv2.ALGO_HINT_ACCURATE,  # some Arm builds would compute in 16 bits
    )
    return cast("NDArray[np.uint8]", warped)


def recolour(image: NDArray[np.uint8], *, exposure_stops: float, blur_pixels: float) -> None:
    """Blur, then brighten or darken, in place; 0 leaves each out. Levels stay within 0 to 255."""
    if blur_pixels:
        cv2.GaussianBlur(image, (0, 0), blur_pixels, dst=image, borderType=cv2.BORDER_REPLICATE)
    if exposure_stops:
        cv2.convertScaleAbs(image, dst=image, alpha=2.0**exposure_stops)


def add_noise(image: NDArray[np.uint8], *, levels: float, generator: np.random.Generator) -> None:
    """Gaussian noise of this standard deviation, in place, for each colour of a pixel by itself."""
    noisy = generator.standard_normal(image.shape, dtype=np.float32)
    noisy *= levels
    noisy += image
    image[...] = np.rint(noisy).clip(0, 255)
