"""Writes keras.npz: what Keras' own augmentation does with fixed parameters, and what it draws.

Needs Keras 3, scipy and Pillow, which laptime does not; run by hand where they are:

    python tests/pipeline/make_keras_reference.py
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator

SIDE = 32
DRAWN = 1_000
NAMES = ("theta", "tx", "ty", "shear", "zx", "zy", "flip_horizontal")
SETS = (
    (20.0, 0.0, 0.0, 0.0, 1.0, 1.0, False),
    (0.0, 6.4, -3.3, 0.0, 1.0, 1.0, False),
    (0.0, 0.0, 0.0, 12.0, 1.0, 1.0, False),
    (0.0, 0.0, 0.0, 0.0, 0.8, 1.2, False),
    (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, True),
    (-13.0, 4.1, 2.2, 0.2, 0.93, 1.11, False),
    (17.5, -5.9, 1.7, -0.15, 1.19, 0.82, True),
    (-20.0, 6.4, 6.4, 10.0, 1.2, 1.2, True),
)


def photo() -> np.ndarray:
    """Colours whose power falls with the square of the frequency, as in photographs."""
    generator = np.random.default_rng(5)
    waves = np.fft.fft2(generator.standard_normal((SIDE, SIDE, 3)), axes=(0, 1))
    steps = np.fft.fftfreq(SIDE) * SIDE
    waves /= 1 + np.hypot(steps[:, None], steps[None, :])[..., None]
    levels = np.fft.ifft2(waves, axes=(0, 1)).real
    return np.rint(128 + 60 * levels / levels.std()).clip(0, 255).astype(np.uint8)


def main() -> None:
    image = photo()
    plain = ImageDataGenerator(data_format="channels_last")
    images = [
        plain.apply_transform(image.astype(np.float32), dict(zip(NAMES, each, strict=True)))
        for each in SETS
    ]
    drawing = ImageDataGenerator(
        rotation_range=20,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
    )
    np.random.seed(42)
    drawn = [drawing.get_random_transform((SIDE, SIDE, 3)) for _ in range(DRAWN)]
    np.savez_compressed(
        Path(__file__).with_name("keras.npz"),
        keras=keras.__version__,
        image=image,
        names=np.array(NAMES),
        sets=np.array(SETS, np.float64),
        images_by_256=np.rint(np.array(images) * 256).astype(np.uint16),
        drawn=np.array([[each[name] for name in NAMES] for each in drawn], np.float32),
    )


if __name__ == "__main__":
    main()
