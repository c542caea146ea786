"""Which trials prove that a workload is the same work; see docs/engines.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec.structs import replace

from laptime import layers
from laptime.layers import AnyLayer, Network, Sequence, Shape
from laptime.runner.trial import Trial
from laptime.workloads import Workload

Kind = Literal["full", "forward", "recipe"]
"""What was compared: all; outputs alone, where nothing is trained; one loss, in another precision."""
Change = Callable[[AnyLayer], list[AnyLayer]]

SMALL_BATCH = 8
LARGE_BATCH = 4
SIDES = (64, 32)
"""Photos of the trials are so high and wide: halved five times, and each time padded as at 224 ..."""
MOST_FLOPS = 1e9
"""... the smaller where a forward pass of one would take more than this."""
SHORT_STEPS = (1, 20)
SMOOTH_STEPS = (20, 100)


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """All that is tried of one workload; None where it has no training to try."""

    whole: Trial
    """The network as it is: its parameters and FLOPs."""
    real: Trial
    """At a small batch and image size, without dropout: one step, and a few."""
    smooth: Trial | None
    """Its smooth twin, whose path through many steps is not chaotic."""
    optimizer: Trial | None
    """One step from zero, whose size shows the optimizer's to the last digits."""
    nodes: dict[str, Trial]
    """Kind of layer -> it alone, at odd sizes."""

    @property
    def kind(self) -> Kind:
        """'forward' where nothing is trained."""
        return "full" if self.smooth else "forward"

    @property
    def recipe(self) -> Trial:
        """All that is tried in another precision: the first loss, or an evaluation without training."""
        return replace(self.real, steps=self.real.steps[:1], forward=not self.real.steps)


def trials_of(workload: Workload) -> Trials:
    """The trials of a workload."""
    network = workload.network
    small = _without_dropout(_resized(network))
    is_trained = network.trainable_parameters > 0
    batch_size = min(workload.recipe.batch_size, _batch_size(network))
    real = Trial(network=small, batch_size=batch_size, steps=SHORT_STEPS if is_trained else ())
    return Trials(
        whole=Trial(network=network, batch_size=1, forward=False),
        real=real,
        smooth=replace(real, network=_smooth(small), steps=SMOOTH_STEPS) if is_trained else None,
        optimizer=OPTIMIZER if is_trained else None,
        nodes={name: NODES[name] for name in NODES if name.partition(" ")[0] in _kinds(network)},
    )


def _batch_size(network: Network) -> int:
    return LARGE_BATCH if _is_large(network) else SMALL_BATCH


def _is_large(network: Network) -> bool:
    return network.input_shape[0] > SIDES[0]


def _resized(network: Network) -> Network:
    if not _is_large(network):
        return network
    channels = network.input_shape[2:]
    large, small = (replace(network, input_shape=(side, side, *channels)) for side in SIDES)
    return small if large.forward_flops > MOST_FLOPS else large


def _without_dropout(network: Network) -> Network:
    """What dropout does cannot be equal, only equally likely; the learning gate sees it."""
    return _changed(network, lambda layer: [] if isinstance(layer, layers.Dropout) else [layer])


def _smooth(network: Network) -> Network:
    """Swish for each relu and average for each max-pool that a gradient passes through."""

    def smooth(layer: AnyLayer) -> list[AnyLayer]:
        match layer:
            case layers.Activation(function="relu" | "relu6"):
                return [replace(layer, function="swish")]
            case layers.MaxPool():
                pool = layers.AveragePool(
                    size=layer.size, stride=layer.stride, padding=layer.padding, name=layer.name
                )
                return [pool]
            case _:
                return [layer]

    return _changed(network, smooth)


def _changed(network: Network, change: Change) -> Network:
    return replace(network, body=_walk(network.body, change))


def _walk(sequence: Sequence, change: Change) -> Sequence:
    """Frozen parts stay as they are: they run as in evaluation, and nothing passes back."""
    if sequence.frozen:
        return sequence
    found: list[AnyLayer] = []
    for layer in sequence.layers:
        match layer:
            case Sequence():
                found.append(_walk(layer, change))
            case layers.Residual():
                found.append(replace(layer, body=_walk(layer.body, change)))
            case _:
                found += change(layer)
    return replace(sequence, layers=tuple(found))


def _kinds(network: Network) -> set[str]:
    return {kind_of(place.layer) for place in network.placed()} | _joins(network.body)


def _joins(sequence: Sequence) -> set[str]:
    found = set()
    for layer in sequence.layers:
        if isinstance(layer, layers.Residual):
            found |= {"residual"} | _joins(layer.body)
        elif isinstance(layer, Sequence):
            found |= ({"frozen"} if layer.frozen else set()) | _joins(layer)
    return found


def kind_of(layer: AnyLayer) -> str:
    """Its name in a description: 'conv', 'max_pool'; an activation's is its function's."""
    if isinstance(layer, layers.Activation):
        return layer.function
    return str(type(layer).__struct_config__.tag)


def _alone(*chain: AnyLayer, shape: Shape = (9, 7, 3)) -> Trial:
    levels = layers.Rescale(scale=1 / 64, offset=-2.0)
    network = Network(input_shape=shape, body=Sequence(layers=(levels, *chain)))
    return Trial(network=network, batch_size=2)


def _trained(*chain: AnyLayer, shape: Shape = (9, 7, 3), zeros: tuple[str, ...] = ()) -> Trial:
    """One step, through a classifier."""
    head = layers.Flatten(), layers.Dense(units=3, name="head")
    return replace(_alone(*chain, *head, shape=shape), steps=(1,), batch_size=8, zeros=zeros)


DROPOUT = "dropout in training"
"""One image through a dropout: what was dropped moves no weight, so the share of it can be counted."""
DROPPED = 0.25

_FROZEN = Sequence(
    layers=(layers.Conv(filters=4), layers.BatchNorm(), layers.Dropout(rate=0.5)), frozen=True
)

NODES: dict[str, Trial] = {
    "rescale per channel": _alone(layers.Rescale(scale=(0.5, 2.0, 3.0), offset=1.0)),
    "normalize": _alone(layers.Normalize(mean=(0.1, 0.2, 0.3), variance=(0.4, 0.5, 2.0))),
    "conv valid": _alone(layers.Conv(filters=4)),
    "conv same stride 2": _alone(layers.Conv(filters=4, stride=2, padding="same")),
    "conv same stride 2 even": _alone(
        layers.Conv(filters=4, stride=2, padding="same"), shape=(8, 6, 3)
    ),
    "conv 1 without bias": _alone(layers.Conv(filters=5, kernel=1, bias=False)),
    "depthwise_conv same stride 2": _alone(layers.DepthwiseConv(stride=2)),
    "depthwise_conv 5 same stride 2 even": _alone(
        layers.DepthwiseConv(kernel=5, stride=2), shape=(8, 6, 3)
    ),
    "depthwise_conv valid": _alone(layers.DepthwiseConv(padding="valid", bias=True)),
    "dense": _alone(layers.Flatten(), layers.Dense(units=5)),
    "batch_norm": _trained(layers.BatchNorm()),
    "max_pool valid": _alone(layers.MaxPool()),
    "max_pool same": _alone(layers.MaxPool(padding="same")),
    "max_pool 3 same": _alone(layers.MaxPool(size=3, padding="same"), shape=(8, 6, 3)),
    # All values that are pooled are equal: which of them gets the gradient?
    "max_pool ties": _trained(
        layers.Conv(filters=4, name="flat"), layers.MaxPool(), zeros=("flat/kernel",)
    ),
    "average_pool valid": _alone(layers.AveragePool()),
    "average_pool same": _alone(layers.AveragePool(padding="same")),
    "average_pool 3 same": _alone(layers.AveragePool(size=3, padding="same"), shape=(8, 6, 3)),
    "global_average_pool": _alone(layers.GlobalAveragePool()),
    "dropout": _alone(layers.Dropout(rate=0.5)),
    DROPOUT: replace(
        _alone(
            layers.Flatten(),
            layers.Dropout(rate=DROPPED),
            layers.Dense(units=2, name="head"),
            shape=(32, 32, 3),
        ),
        batch_size=1,
        steps=(1,),
    ),
    "flatten": _alone(layers.Flatten()),
    "squeeze_excite": _alone(layers.SqueezeExcite(squeezed=2)),
    "residual": _alone(
        layers.Residual(body=Sequence(layers=(layers.Conv(filters=3, padding="same"),)))
    ),
    "frozen": _trained(_FROZEN),
    "relu": _alone(layers.Activation(function="relu")),
    "relu6": _alone(layers.Rescale(scale=5.0), layers.Activation(function="relu6")),
    "swish": _alone(layers.Activation(function="swish")),
    "sigmoid": _alone(layers.Activation(function="sigmoid")),
    "gelu_exact": _alone(layers.Activation(function="gelu_exact")),
    "gelu_tanh": _alone(layers.Activation(function="gelu_tanh")),
}
"""Kind of layer, and what is special, -> it alone."""

OPTIMIZER = Trial(
    network=Network(
        input_shape=(2, 2, 3),
        body=Sequence(layers=(layers.Rescale(), layers.Flatten(), layers.Dense(units=4))),
    ),
    batch_size=SMALL_BATCH,
    steps=(1,),
    zeros=("kernel", "bias"),
)
