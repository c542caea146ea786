"""Whether a loaded backbone computes what it should, asked with two images that anybody can make."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from laptime.errors import DataError
from laptime.weights._known import named
from laptime.weights._recorded import RECORDED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EVERY = 20
"""One feature in so many is recorded."""
TOLERANCE = {"float32": 1e-4, "bfloat16": 0.2, "float16": 0.02}
"""Largest distance from the recorded features, as a share of their length, by precision: several times
what `benchmarks/known_answer.py` measures."""
ALIVE = 1e-4
"""Least distance between the features of the two images, as a share of their length."""


def images() -> NDArray[np.uint8]:
    """The two images (2, 224, 224, 3): smooth waves of whole numbers, alike on every system."""
    import numpy as np

    row, column = np.mgrid[:224, :224]
    steps = np.stack([5 * row + 2 * column, 3 * row - 4 * column, row * column // 32], -1)
    one = abs(steps % 510 - 255)
    return np.stack([one, one.transpose(1, 0, 2)[..., ::-1]]).astype(np.uint8)


def verify(
    key: str,
    forward: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    *,
    precision: str = "float32",
) -> None:
    """Compare the features of two fixed images with recorded ones, where there are any.

    Without recorded ones it only says whether the features are finite and depend on the image.

    Args:
        key: which weights.
        forward: from images (2, 224, 224, 3) to the backbone's output (2, height, width, features),
            or to its mean over the image (2, features), with the scaling that its weights expect.
        precision: what it computes in; a key of `TOLERANCE`.

    Raises:
        DataError: the features are not those of the published network.
    """
    import numpy as np

    title = named(key).title
    features = np.asarray(forward(images()), np.float64)
    if features.ndim == 4:
        features = features.mean((1, 2))
    if not np.isfinite(features).all():
        raise DataError(f"{title} gives features that are no numbers; {_REMEDY}")
    if distance(features[0], features[1]) < ALIVE:
        raise DataError(f"{title} gives the same features for different images; {_REMEDY}")
    if key not in RECORDED:
        return
    recorded = np.array(RECORDED[key])
    picked = features[:, ::EVERY]
    far = distance(picked, recorded) if picked.shape == recorded.shape else float("inf")
    if far > TOLERANCE[precision]:
        raise DataError(
            f"{title} gives other features than were recorded: {far:.2g} of their length away, where "
            f"{precision} may be {TOLERANCE[precision]:g}; {_REMEDY}"
        )


_REMEDY = "delete laptime's cached weights and try again, or run with --weights random"


def distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Euclidean, as a share of the other's length; 0 where both are zero."""
    length = math.sqrt((other**2).sum())
    away = math.sqrt(((one - other) ** 2).sum())
    return away / length if length else (float("inf") if away else 0.0)
