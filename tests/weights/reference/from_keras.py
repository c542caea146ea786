"""What the real Keras says of EfficientNetB0 and VGG16 without head: names, shapes and answers.

By hand, where Keras with TensorFlow and SciPy is installed (tests do not need them):

    python tests/weights/reference/from_keras.py

It writes beside itself `<model>.json`, how Keras lays the model out in a legacy .h5 file, and
`<model>.npz`, its output for images of 64 and 75 pixels with the weights that `alive.py` draws. Keras
itself reads them, from such a file that takes the place of its download, so that the network is built
exactly as for the published weights.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from unittest import mock

import h5py
import keras
import numpy as np
from keras.src.legacy.saving import legacy_h5_format
from keras.src.utils import file_utils

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import alive  # noqa: E402 - Keras has another environment, without laptime

MODELS = {
    "efficientnetb0": keras.applications.EfficientNetB0,
    "vgg16": keras.applications.VGG16,
}


def draw(model: keras.Model) -> None:
    """Give every weight its number from `alive`."""
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(alive.tensor(plain(layer.name), weight.name, tuple(weight.shape)))


def plain(name: str) -> str:
    """'normalization' for 'normalization_1': Keras numbers what nobody named."""
    return "normalization" if name.startswith("normalization") else name


def main() -> None:
    for key, build in MODELS.items():
        answers = {}
        for size in (64, 75):  # even and odd sizes: padding differs
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "weights.h5"
                blank = build(include_top=False, weights=None, input_shape=(size, size, 3))
                draw(blank)
                with h5py.File(file, "w") as stream:
                    legacy_h5_format.save_weights_to_hdf5_group(stream, blank)
                with h5py.File(file) as stream:
                    layout = {
                        layer: [
                            [name, list(stream[layer][name].shape), str(stream[layer][name].dtype)]
                            for name in map(str, stream[layer].attrs["weight_names"])
                        ]
                        for layer in map(str, stream.attrs["layer_names"])
                    }
                with mock.patch.object(file_utils, "get_file", return_value=str(file)):
                    real = build(include_top=False, weights="imagenet", input_shape=(size, size, 3))
            image = alive.photo(size, seed=size).astype(np.float32)
            answers[str(size)] = real.predict(image, verbose=0)[0]
        facts = {
            "keras": keras.__version__,
            "parameters": real.count_params(),
            "tensors": len(real.weights),
            "layout": layout,
        }
        (HERE / f"{key}.json").write_text(json.dumps(facts, indent=None) + "\n", encoding="utf-8")
        np.savez_compressed(HERE / f"{key}.npz", **answers)


if __name__ == "__main__":
    main()
