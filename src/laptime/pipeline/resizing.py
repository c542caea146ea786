"""To the network's size, with the pixels of the loader that is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import cv2

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_METHODS = {
    # Pillow's nearest, pixel by pixel. INTER_NEAREST takes other ones: it has no pixel centres.
    "nearest": cv2.INTER_NEAREST_EXACT,
    # Half a pixel for the centres and no smoothing, as TensorFlow does.
    "bilinear": cv2.INTER_LINEAR,
}


def resize(
    image: NDArray[np.uint8],
    size: tuple[int, int],
    *,
    method: Literal["nearest", "bilinear"],
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """An image (height, width, 3) at another size (height, width), into `out` if there is one.

    'nearest' equals `PIL.Image.resize(..., NEAREST)`. 'bilinear' is within one level of
    `tf.image.resize(..., antialias=False)` once that is rounded.
    """
    height, width = size
    resized = cv2.resize(image, (width, height), dst=out, interpolation=_METHODS[method])
    return cast("NDArray[np.uint8]", resized)
