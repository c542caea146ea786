"""Keras' fit on random images, with laptime's callback."""

import sys

import keras
import numpy as np
from keras.src.utils import is_default

from laptime.watching.keras import LaptimeCallback

# Else Keras reads its metrics from the device at the end of every batch.
assert is_default(LaptimeCallback().on_train_batch_end)
keras.utils.set_random_seed(0)
images, classes = np.random.rand(128, 8).astype("float32"), np.random.randint(0, 3, 128)
network = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])
network.compile(
    optimizer="sgd",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
network.fit(
    images,
    classes,
    batch_size=16,
    epochs=int(sys.argv[1]) if len(sys.argv) > 1 else 3,
    validation_data=(images, classes),
    verbose=0,
    callbacks=[LaptimeCallback(batch_size=16)],
)
