"""Tiny networks on which every mistake shows, each in a second on the yardstick.

All start from `initial_weights`. Their input is odd one way and even the other, so that 'same' pads
both evenly and unevenly. All but `RELU` and `TIES` are smooth: training them is not chaotic.
"""

from __future__ import annotations

from laptime.layers import (
    Activation,
    AnyLayer,
    AveragePool,
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
    SqueezeExcite,
)

SWISH = Activation(function="swish")
CLASSES = 5


def network(*chain: AnyLayer) -> Network:
    """On images of 13 x 12."""
    return Network(input_shape=(13, 12, 3), body=Sequence(layers=chain))


def residual(*chain: AnyLayer, shortcut: Sequence | None = None) -> Residual:
    """Around a chain."""
    return Residual(body=Sequence(layers=chain), shortcut=shortcut)


CONVOLUTIONS = network(
    Rescale(),
    Conv(filters=6, stride=2, padding="same"),
    SWISH,
    residual(
        DepthwiseConv(bias=True),
        SWISH,
        SqueezeExcite(squeezed=2),
        Conv(filters=6, kernel=1, bias=False),
    ),
    AveragePool(size=3, padding="same"),
    Flatten(),
    Dense(units=CLASSES),
)

NORMALIZED = network(
    Normalize(mean=(110.0, 120.0, 130.0), variance=(4000.0, 5000.0, 6000.0)),
    Conv(filters=4, padding="same", bias=False),
    BatchNorm(),
    SWISH,
    residual(
        DepthwiseConv(stride=2),
        BatchNorm(),
        shortcut=Sequence(layers=(Conv(filters=4, kernel=1, stride=2, padding="same"),)),
    ),
    GlobalAveragePool(),
    Dense(units=CLASSES),
)

DENSE = network(
    Rescale(scale=1 / 64, offset=-2.0),
    Flatten(),
    Dense(units=16),
    Activation(function="gelu_exact"),
    Dense(units=8, bias=False),
    Activation(function="gelu_tanh"),
    Dense(units=8),
    Activation(function="sigmoid"),
    Dense(units=CLASSES),
)

RELU = network(
    Rescale(),
    Conv(filters=4),
    Activation(function="relu"),
    MaxPool(size=3, padding="same"),
    Conv(filters=4, kernel=2),
    Activation(function="relu6"),
    MaxPool(),
    Flatten(),
    Dense(units=CLASSES),
)

FROZEN = network(
    Rescale(scale=1 / 64, offset=-2.0),
    Sequence(
        frozen=True,
        layers=(
            Conv(filters=8),
            BatchNorm(),
            SWISH,
            residual(Conv(filters=8, padding="same"), Dropout(rate=0.2)),
        ),
    ),
    GlobalAveragePool(),
    Dense(units=CLASSES),
)

# What the convolution says drowns in the 1, in float64 too, so that every window holds equals only;
# the gradient comes through in its full size.
TIES = network(
    Rescale(),
    Conv(filters=4),
    Rescale(scale=1e-18, offset=1.0),
    MaxPool(),
    Rescale(scale=1e18, offset=-1e18),
    Rescale(scale=1.0, offset=1.0),
    Flatten(),
    Dense(units=CLASSES),
)

NETWORKS = {
    "convolutions": CONVOLUTIONS,
    "normalized": NORMALIZED,
    "dense": DENSE,
    "relu": RELU,
    "frozen": FROZEN,
    "ties": TIES,
}
