"""PyTorch does what the description says, plain and tuned alike."""

import math

import numpy as np
import pytest

from laptime import layers, registry
from laptime.engines import Job, Unsupported
from laptime.initial import initial_weights
from laptime.layers import Activation, Conv, Dense, Flatten, MaxPool, Network, Rescale, Sequence
from laptime.optimizers import Adam
from laptime.pipeline import Batches
from laptime.runner.setups import resolve
from laptime.workloads import Recipe
from tests.engines.backbones import alive_weights

pytest.importorskip("torch", reason="needs the extra 'torch'")
engine = registry.load("engines", "torch")

SMALL = Network(
    input_shape=(12, 12, 3),
    body=Sequence(
        layers=(
            Rescale(),
            Conv(filters=4),
            Activation(function="relu"),
            MaxPool(),
            Flatten(),
            Dense(units=5),
        )
    ),
)
SHAPES = [(8, 8, 3), (9, 7, 3)]


def session(
    network: Network,
    setup: str = "plain",
    *,
    precision: str = "float32",
    batch: int = 16,
    adam: Adam | None = None,
):
    generator = np.random.default_rng(3)
    count = 64 if network.input_shape[0] < 100 else 4 * batch
    x = generator.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    y = generator.integers(0, min(network.output_shape[0], 256), count, dtype=np.uint8)
    batches = Batches(x, y, batch_size=batch, shuffle=False, seed=1, now_ns=lambda: 0)
    job = Job(
        network=network,
        recipe=Recipe(batch_size=batch, epochs=1, shuffle=False, optimizer=adam or Adam()),
        device="cpu",
        precision=precision,
        options=resolve("torch", setup),
        seed=1,
    )
    weights = initial_weights(network, seed=1) | alive_weights(network)
    return engine.start(job, weights=weights, batches=batches), weights, (x, y)


@pytest.mark.parametrize("setup", ["plain", "tuned"])
def test_weights_go_in_and_come_back_unchanged(setup: str) -> None:
    started, weights, _ = session(SMALL, setup)
    assert started.weights().keys() == weights.keys()
    for path, weight in started.weights().items():
        assert np.array_equal(weight, weights[path]), path


def test_the_first_loss_is_numpys_own() -> None:
    """Forward pass and loss by hand, in float64."""
    started, weights, (x, y) = session(SMALL)
    kernel, bias = weights["1_conv/kernel"].astype(float), weights["1_conv/bias"]
    images = x[:16] / 255
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), (1, 2))
    conv = np.einsum("bijchw,hwcf->bijf", windows, kernel) + bias
    pooled = np.maximum(conv, 0).reshape(16, 5, 2, 5, 2, 4).max((2, 4))
    logits = pooled.reshape(16, -1) @ weights["5_dense/kernel"] + weights["5_dense/bias"]
    picked = logits[np.arange(16), y[:16]]
    loss = float((np.log(np.exp(logits).sum(1)) - picked).mean())
    started.train(1)
    assert started.sync() == pytest.approx(loss, rel=1e-6)


@pytest.mark.parametrize("setup", ["plain", "tuned"])
def test_adam_adds_epsilon_where_keras_does(setup: str) -> None:
    """After one step every weight has moved by rate * g / (|g| + epsilon / sqrt(1 - b2))."""
    chain = (Rescale(scale=1e-9), Flatten(), Dense(units=2))  # so small that epsilon decides
    network = Network(input_shape=(1, 1, 2), body=Sequence(layers=chain))
    started, before, (x, y) = session(network, setup, batch=64)
    images, labels = x.reshape(64, 2) * 1e-9, np.eye(2)[y]
    logits = images @ before["2_dense/kernel"]
    shares = np.exp(logits)
    shares /= shares.sum(1, keepdims=True)
    gradient = images.T @ (shares - labels) / 64
    started.train(1)
    moved = before["2_dense/kernel"] - started.weights()["2_dense/kernel"]
    expected = 1e-3 * gradient / (np.abs(gradient) + 1e-7 / math.sqrt(1 - 0.999))
    unlike = 1e-3 * gradient / (np.abs(gradient) + 1e-7)
    assert np.allclose(moved, expected, rtol=1e-2, atol=1.2e-7)  # half a float32's last digit
    assert not np.allclose(moved, unlike, rtol=0.5, atol=1.2e-7)


@pytest.mark.parametrize("name", registry.names("workloads"))
def test_tuned_is_the_same_work_as_plain(name: str) -> None:
    """First loss, and every weight after one step, with dropout off; see SAMENESS in the docs."""
    network = registry.load("workloads", name).WORKLOAD.network
    chain = tuple(layer for layer in network.body.layers if not isinstance(layer, layers.Dropout))
    network = Network(input_shape=network.input_shape, body=Sequence(layers=chain))
    batch = 16 if network.input_shape[0] < 100 else 2
    # A frozen backbone of dozens of layers is rewritten: each rounds anew. Adam's first step is the
    # sign of a gradient, except where that is as small as epsilon; a larger epsilon keeps that from
    # turning a last digit into a whole step, and shows a gradient's size besides.
    is_deep = network.trainable_parameters < network.parameters
    adam = Adam(epsilon=1e-3) if is_deep else Adam()
    plain, weights, (x, _) = session(network, batch=batch, adam=adam)
    tuned, _, _ = session(network, "tuned", batch=batch, adam=adam)
    if not network.trainable_parameters:
        one, other = plain.forward(x[:2]), tuned.forward(x[:2])
        assert np.linalg.norm(one - other) < 1e-4 * np.linalg.norm(one)
        return
    plain.train(1)
    tuned.train(1)
    assert tuned.sync() == pytest.approx(plain.sync(), rel=1e-5 if is_deep else 1e-6)
    one, other = plain.weights(), tuned.weights()
    for path, weight in one.items():
        movement = np.linalg.norm(weight - weights[path])
        limit = 3e-5 if is_deep else 3e-4
        assert np.linalg.norm(weight - other[path]) <= limit * movement, path


@pytest.mark.parametrize("name", registry.names("workloads"))
def test_flops_are_those_that_pytorch_counts(name: str) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    network = registry.load("workloads", name).WORKLOAD.network
    started, _, _ = session(network, batch=1)
    assert started.forward_flops() == network.forward_flops
    if not network.trainable_parameters:
        return
    with FlopCounterMode(display=False) as training:
        started.train(1)
    assert training.get_total_flops() == network.training_flops


LAYERS = [
    Conv(filters=4, padding="same", stride=2),
    Conv(filters=4, kernel=1, bias=False),
    layers.DepthwiseConv(stride=2),
    layers.DepthwiseConv(kernel=5, padding="valid", bias=True),
    layers.BatchNorm(),
    MaxPool(padding="same"),
    MaxPool(size=3, stride=2, padding="same"),
    layers.AveragePool(size=3, stride=2, padding="same"),
    layers.AveragePool(),
    layers.GlobalAveragePool(),
    layers.Normalize(mean=(1.0, 2.0, 3.0), variance=(4.0, 5.0, 6.0)),
    layers.SqueezeExcite(squeezed=2),
    layers.Residual(body=Sequence(layers=(Conv(filters=3, padding="same"),))),
    Sequence(layers=(Conv(filters=4),), frozen=True),
    *(Activation(function=f) for f in ("relu6", "swish", "sigmoid", "gelu_exact", "gelu_tanh")),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_every_layer_builds_with_its_shape_and_parameters(layer, shape) -> None:
    network = Network(
        input_shape=shape, body=Sequence(layers=(Rescale(), layer, Flatten(), Dense(units=3)))
    )
    started, _, (x, y) = session(network)
    assert started.facts.parameters == network.parameters
    before = started.weights()
    started.train(2)
    assert math.isfinite(started.sync())
    after = started.weights()
    for path, weight in network.weights().items():
        moved = not np.array_equal(before[path], after[path])
        is_statistic = path.endswith(("moving_mean", "moving_variance"))
        assert moved == (weight.trainable or is_statistic), path
    loss, accuracy = started.evaluate(x, y)
    assert math.isfinite(loss)
    assert 0 <= accuracy <= 1


def test_nothing_is_overwritten_that_somebody_else_needs() -> None:
    """A body that begins with an activation shares its input with the shortcut."""
    inner = Sequence(layers=(Activation(function="relu"), Conv(filters=3, padding="same")))
    chain = (Rescale(scale=1 / 255, offset=-0.5), layers.Residual(body=inner), Flatten())
    network = Network(input_shape=(6, 6, 3), body=Sequence(layers=(*chain, Dense(units=3))))
    plain, _, (x, y) = session(network)
    tuned, _, _ = session(network, "tuned")
    assert tuned.evaluate(x, y)[0] == pytest.approx(plain.evaluate(x, y)[0], rel=1e-6)


def test_average_pool_does_not_count_padding() -> None:
    pool = layers.AveragePool(size=3, stride=2, padding="same")
    network = Network(input_shape=(4, 4, 1), body=Sequence(layers=(pool, Flatten())))
    built = engine.Built(network)
    ones = engine.torch.ones(1, 1, 4, 4)
    assert engine.torch.allclose(built.module(ones), engine.torch.ones(1, 4))


def test_batch_norm_keeps_the_biased_variance_by_keras_momentum() -> None:
    network = Network(input_shape=(4, 4, 1), body=Sequence(layers=(layers.BatchNorm(),)))
    built = engine.Built(network)
    built.load(initial_weights(network, seed=1))
    x = engine.torch.randn(2, 1, 4, 4, generator=engine.torch.Generator().manual_seed(1))
    built.module.train()
    built.module(x)
    kept = built.weights()["0_batch_norm/moving_variance"]
    assert kept[0] == pytest.approx(0.99 + 0.01 * float(x.var(correction=0)), rel=1e-6)


def test_float16_on_a_processor_is_refused() -> None:
    with pytest.raises(Unsupported, match="bfloat16"):
        session(SMALL, precision="float16")


def test_bfloat16_starts_from_the_same_loss_within_a_per_cent() -> None:
    one, _, _ = session(SMALL)
    other, _, _ = session(SMALL, precision="bfloat16")
    one.train(1)
    other.train(1)
    assert other.sync() == pytest.approx(one.sync(), rel=0.01)


def test_devices_were_computed_on() -> None:
    assert "cpu" in [device.key for device in engine.devices()]
