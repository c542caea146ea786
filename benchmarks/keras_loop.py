"""A photo workload in Keras' own `fit` on TensorFlow, for a race: `keras_loop.py WORKLOAD`.

Runs in another Python, which needs Keras and TensorFlow and no laptime. Networks, batch and images in
memory are those of `laptime_loop.py`; compile and fit with defaults and the accuracy that the authors
let Keras compute.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from _turns import serve
from keras import layers

MEMORY_BATCHES = 4


def catsdogs_cnn() -> keras.Model:
    block = [layers.Conv2D(32, 3, activation="relu"), layers.MaxPool2D(2, padding="same")]
    again = [layers.Conv2D(32, 3, activation="relu"), layers.MaxPool2D(2, padding="same")]
    head = [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(2)]
    return keras.Sequential(
        [keras.Input((224, 224, 3)), layers.Rescaling(1 / 255), *block, *again, *head]
    )


def catsdogs_vgg16() -> keras.Model:
    base = keras.applications.VGG16(include_top=False, weights=None, input_shape=(224, 224, 3))
    base.trainable = False
    head = [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(2)]
    return keras.Sequential([keras.Input((224, 224, 3)), layers.Rescaling(1 / 255), base, *head])


def food101_efficientnetb0() -> keras.Model:
    base = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(224, 224, 3)
    )
    base.trainable = False
    photos = keras.Input((224, 224, 3))
    pooled = layers.GlobalAveragePooling2D()(base(photos, training=False))
    return keras.Model(photos, layers.Dense(101)(pooled))


NETWORKS: dict[str, tuple[Callable[[], keras.Model], int, int]] = {
    "catsdogs-cnn": (catsdogs_cnn, 64, 2),
    "catsdogs-vgg16": (catsdogs_vgg16, 64, 2),
    "food101-efficientnetb0": (food101_efficientnetb0, 32, 101),
}
"""Workload -> how it is made, batch size, classes."""


def loop(name: str) -> Callable[[int], int]:
    """A function that fits some steps and tells its samples."""
    make, batch_size, classes = NETWORKS[name]
    model = make()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(), loss, metrics=["accuracy"])
    generator = np.random.default_rng(1)
    x = generator.integers(0, 256, (MEMORY_BATCHES * batch_size, 224, 224, 3)).astype(np.float32)
    y = generator.integers(0, classes, len(x))

    def train(steps: int) -> int:
        passes = max(1, round(steps / MEMORY_BATCHES))  # of the same arrays: nothing is copied
        model.fit(x, y, batch_size=batch_size, epochs=passes, shuffle=False, verbose=0)
        return passes * len(x)

    return train


if __name__ == "__main__":
    serve(loop(sys.argv[1]), first=2)
