"""The vocabulary is large enough for the networks to come: EfficientNetB0 and VGG16, as in Keras."""

from laptime.layers import (
    Activation,
    AnyLayer,
    BatchNorm,
    Conv,
    DepthwiseConv,
    MaxPool,
    Network,
    Normalize,
    Rescale,
    Residual,
    Sequence,
    SqueezeExcite,
)

SWISH = Activation(function="swish")
# Kernel, repeats, filters out, expansion, stride: Tan and Le 2019, table 1.
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)


def pointwise(filters: int) -> Conv:
    return Conv(filters=filters, kernel=1, bias=False)


def inverted_bottleneck(
    filters_in: int, *, kernel: int, filters: int, expansion: int, stride: int
) -> AnyLayer:
    wide = filters_in * expansion
    expand = (pointwise(wide), BatchNorm(), SWISH) if expansion > 1 else ()
    body = Sequence(
        layers=(
            *expand,
            DepthwiseConv(kernel=kernel, stride=stride),
            BatchNorm(),
            SWISH,
            SqueezeExcite(squeezed=filters_in // 4),
            pointwise(filters),
            BatchNorm(),
        )
    )
    return Residual(body=body) if stride == 1 and filters_in == filters else body


def efficientnet_b0() -> Network:
    chain: list[AnyLayer] = [
        Rescale(),
        Normalize(mean=(0.485, 0.456, 0.406), variance=(0.0524, 0.0502, 0.0506)),
        Conv(filters=32, stride=2, padding="same", bias=False),
        BatchNorm(),
        SWISH,
    ]
    filters_in = 32
    for kernel, repeats, filters, expansion, stride in STAGES:
        for index in range(repeats):
            block = inverted_bottleneck(
                filters_in,
                kernel=kernel,
                filters=filters,
                expansion=expansion,
                stride=stride if index == 0 else 1,
            )
            chain.append(block)
            filters_in = filters
    chain += [pointwise(1280), BatchNorm(), SWISH]
    return Network(input_shape=(224, 224, 3), body=Sequence(layers=tuple(chain)))


def vgg16() -> Network:
    chain: list[AnyLayer] = []
    for count, filters in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        conv = Conv(filters=filters, padding="same")
        chain += [conv, Activation(function="relu")] * count + [MaxPool()]
    return Network(input_shape=(224, 224, 3), body=Sequence(layers=tuple(chain)))


def test_efficientnet_b0_has_its_published_size() -> None:
    net = efficientnet_b0()
    # Keras prints 4,049,571: its normalisation layer counts 7 numbers that here are constants.
    assert net.parameters == 4_049_571 - 7
    assert net.output_shape == (7, 7, 1280)
    head = 2 * 1280 * 1000  # Tan and Le 2019 count 0.39 billion multiply-adds with it
    assert round((net.forward_flops + head) / 2e9, 2) == 0.39


def test_vgg16_has_its_published_size() -> None:
    net = vgg16()
    assert net.parameters == 14_714_688
    assert net.output_shape == (7, 7, 512)
    assert round(net.forward_flops / 2e9, 1) == 15.3  # of the 15.5 with its dense head
