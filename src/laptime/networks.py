"""Networks, and pieces of networks, that several workloads share."""

from __future__ import annotations

from laptime.layers import (
    Activation,
    Conv,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Network,
    Rescale,
    Sequence,
    Shape,
)

RELU = Activation(function="relu")


def mlp(*, input_shape: Shape, classes: int) -> Network:
    """TensorFlow's beginner quickstart: one hidden layer of 128 with dropout 0.2."""
    return Network(
        input_shape=input_shape,
        body=Sequence(
            layers=(
                Rescale(),
                Flatten(),
                Dense(units=128),
                RELU,
                Dropout(rate=0.2),
                Dense(units=classes),
            )
        ),
    )


def tinyvgg(*, input_shape: Shape, classes: int) -> Network:
    """The CNN Explainer's TinyVGG: twice two 3x3 convolutions of 10 filters and a max-pool."""
    block = (Conv(filters=10), RELU, Conv(filters=10), RELU, MaxPool())
    return Network(
        input_shape=input_shape,
        body=Sequence(layers=(Rescale(), *block, *block, Flatten(), Dense(units=classes))),
    )
