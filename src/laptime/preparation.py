"""What happens to a photo between its file and the network, in words that every loader obeys.

An image ends as (height, width, 3) levels of 0 to 255 in red, green, blue, eight bits each: an
interpolated level is rounded, as the published loaders' own are once they are shown. What the authors'
loaders do first and last is not the same for all, so each workload states its own.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Augmentation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Random changes of an image, drawn anew for every image and epoch.

    The geometric ones mean what Keras' `ImageDataGenerator` means: one affine warp about the centre
    after the resize, bilinear, with the nearest edge pixel where nothing is. So `shear_degrees` 0.2 is
    a fifth of a degree, which is what `shear_range=0.2` really asks for.
    """

    rotation_degrees: float = 0.0
    """Uniform from minus this to this."""
    width_shift: float = 0.0
    """Share of the width, uniform from minus this to this."""
    height_shift: float = 0.0
    shear_degrees: float = 0.0
    zoom: float = 0.0
    """Both axes by factors of their own, uniform from 1 - this to 1 + this."""
    horizontal_flip: bool = False
    """One image in two."""
    crop: float = 0.0
    """Cut away up to this share of each side, uniform, and scale what is left to the full size."""
    exposure_stops: float = 0.0
    """Brighten or darken by a factor of two to the power of a uniform number up to this."""
    blur_pixels: float = 0.0
    """Gaussian of a standard deviation that is uniform up to this."""
    noise: float = 0.0
    """Gaussian noise of a standard deviation that is uniform up to this, in levels of 255."""

    def __str__(self) -> str:
        """As it stands in a record: 'rotation_degrees=20 zoom=0.2'; only what is switched on."""
        told = msgspec.structs.asdict(self)
        return " ".join(f"{key}={value:g}" for key, value in told.items() if value)


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """From an image file to the network's input."""

    resize: Literal["nearest", "bilinear"]
    """Nearest takes the source pixel under each target pixel's centre (Pillow, Keras' default);
    bilinear joins the four around it without smoothing first (TensorFlow's `tf.image.resize`)."""
    dct: Literal["accurate", "fast"] = "accurate"
    """How JPEG files are decoded: accurate is what Pillow does; fast is the default of TensorFlow's
    `tf.io.decode_jpeg` and `decode_image`, whose levels differ by one on average."""
    augmentation: Augmentation | None = None
    """Of training images only."""


RADECIC = Augmentation(
    rotation_degrees=20,
    width_shift=0.2,
    height_shift=0.2,
    shear_degrees=0.2,
    zoom=0.2,
    horizontal_flip=True,
)
"""What Radecic 2021-11 states for Dogs vs. Cats."""
