"""MLX does what the description says, plain and tuned alike."""

import importlib.util
import math
import sys

import numpy as np
import pytest

from laptime import layers, registry
from laptime.engines import Job, Unsupported
from laptime.initial import initial_weights
from laptime.layers import Activation, Conv, Dense, Flatten, MaxPool, Network, Rescale, Sequence
from laptime.optimizers import Adam
from laptime.pipeline import Batches
from laptime.workloads import Recipe

mx = pytest.importorskip("mlx.core", reason="needs the extra 'mlx'")
engine = registry.load("engines", "mlx")

SMALL = (Rescale(), Conv(filters=4), Activation(function="relu"), MaxPool(), Flatten())
DEEP = (
    Rescale(scale=1 / 127.5, offset=-1.0),
    Conv(filters=6, stride=2, padding="same", bias=False),
    layers.BatchNorm(),
    Activation(function="swish"),
    layers.Residual(
        body=Sequence(layers=(layers.DepthwiseConv(), layers.SqueezeExcite(squeezed=2)))
    ),
    layers.AveragePool(size=3, padding="same"),
    layers.GlobalAveragePool(),
)
SETUPS = pytest.mark.parametrize("setup", ["plain", "tuned"])
WORKLOADS = pytest.mark.parametrize("name", registry.names("workloads"))


def net(*chain, shape=(12, 12, 3)):
    return Network(input_shape=shape, body=Sequence(layers=chain))


def session(network, setup="plain", *, precision="float32", batch=16, adam=None, count=64):
    generator = np.random.default_rng(3)
    x = generator.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    y = generator.integers(0, network.output_shape[0], count, dtype=np.uint8)
    batches = Batches(x, y, batch_size=batch, shuffle=False, seed=1, now_ns=lambda: 0)
    recipe = Recipe(batch_size=batch, epochs=1, shuffle=False, optimizer=adam or Adam())
    options = {name: values[0] for name, values in engine.OPTIONS.items()} | engine.SETUPS[setup]
    job = Job(
        network=network, recipe=recipe, device="cpu", precision=precision, options=options, seed=1
    )
    weights = weights_of(network)
    return engine.start(job, weights=weights, batches=batches), weights, (x, y)


def weights_of(network):
    """Nothing at its start value: every bias, gamma and statistic must count."""
    generator = np.random.default_rng(5)
    return {
        path: (weight + generator.uniform(0.1, 0.4, weight.shape)).astype(np.float32)
        if weight.ndim == 1
        else weight
        for path, weight in initial_weights(network, seed=1).items()
    }


LAYERS = [
    *(Conv(filters=4, stride=s, padding=p) for s in (1, 2) for p in ("same", "valid")),
    Conv(filters=4, kernel=1, bias=False),
    layers.DepthwiseConv(),
    layers.DepthwiseConv(stride=2),
    layers.DepthwiseConv(kernel=5, stride=2, padding="valid", bias=True),
    layers.BatchNorm(),
    *(MaxPool(size=s, padding=p) for s in (2, 3) for p in ("same", "valid")),
    MaxPool(size=2, stride=3),
    *(layers.AveragePool(size=s, padding=p) for s in (2, 3) for p in ("same", "valid")),
    layers.GlobalAveragePool(),
    Flatten(),
    Rescale(scale=(0.1, 0.2, 0.3), offset=0.5),
    layers.Normalize(mean=(1.0, 2.0, 3.0), variance=(4.0, 5.0, 6.0)),
    *(layers.SqueezeExcite(squeezed=2, function=f) for f in ("swish", "relu")),
    layers.Residual(body=Sequence(layers=(Conv(filters=3, padding="same"),))),
    layers.Residual(
        body=Sequence(layers=(Conv(filters=4, padding="same", stride=2),)),
        shortcut=Sequence(layers=(Conv(filters=4, kernel=1, stride=2),)),
    ),
    *(
        Activation(function=f)
        for f in ("relu", "relu6", "swish", "sigmoid", "gelu_exact", "gelu_tanh")
    ),
]


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize("shape", [(8, 8, 3), (9, 7, 3)])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_every_layer_and_its_gradient_are_pytorchs(layer, shape, training) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
    network = net(layer, shape=shape)
    weights = weights_of(network)
    ours, other = engine.Built(network), registry.load("engines", "torch").Built(network)
    ours.load(weights)
    other.load(weights)
    ours.module.train(training)
    other.module.train(training)
    images = np.random.default_rng(2).normal(1, 3, (2, *shape)).astype(np.float32)
    theirs = torch.from_numpy(images).permute(0, 3, 1, 2).requires_grad_()
    expected = other.module(theirs)
    last = expected.permute(0, 2, 3, 1) if expected.dim() == 4 else expected
    factor = np.random.default_rng(4).normal(size=last.shape).astype(np.float32)
    (last * torch.from_numpy(factor)).sum().backward()
    x = mx.array(images)
    assert np.array(ours.module(x)) == pytest.approx(last.detach().numpy(), rel=1e-5, abs=1e-5)
    gradient = np.array(mx.grad(lambda x: (ours.module(x) * mx.array(factor)).sum())(x))
    back = theirs.grad.permute(0, 2, 3, 1).numpy()
    assert gradient == pytest.approx(back, rel=1e-4, abs=1e-5)


@WORKLOADS
def test_parameters_and_flops_are_counted_in_the_module(name: str) -> None:
    network = registry.load("workloads", name).WORKLOAD.network
    built = engine.Built(network)
    assert built.parameters == network.parameters
    assert built.forward_flops() == network.forward_flops


@SETUPS
def test_weights_go_in_and_come_back_unchanged(setup: str) -> None:
    started, weights, _ = session(net(*DEEP, Dense(units=3)), setup)
    assert started.weights().keys() == weights.keys()
    for path, weight in started.weights().items():
        assert np.array_equal(weight, weights[path]), path
        assert weight.flags.c_contiguous


def test_the_loss_is_the_mean_over_the_last_batch_alone() -> None:
    started, _, (x, y) = session(net(*SMALL, Dense(units=5)), adam=Adam(learning_rate=0.0))
    assert started.sync() is None  # no step yet
    started.train(3)
    logits = started.forward(x[32:48]).astype(float)
    loss = np.log(np.exp(logits).sum(1)) - logits[np.arange(16), y[32:48]]
    assert started.sync() == pytest.approx(loss.mean(), rel=1e-6)


@SETUPS
def test_adam_is_keras_own(setup: str) -> None:
    """Three steps by hand, in float64; gradients so small that the place of epsilon decides."""
    network = net(Rescale(scale=1e-9), Flatten(), Dense(units=2, bias=False), shape=(1, 1, 2))
    started, before, (x, y) = session(network, setup, batch=64)
    kernel = before["2_dense/kernel"].astype(float)
    images, labels = x.reshape(64, 2) * 1e-9, np.eye(2)[y]
    mean, square, adam = np.zeros((2, 2)), np.zeros((2, 2)), Adam()
    for step in (1, 2, 3):
        shares = np.exp(images @ kernel)
        gradient = images.T @ (shares / shares.sum(1, keepdims=True) - labels) / 64
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        kernel -= adam.step_size(step) * mean / (np.sqrt(square) + 1e-7)
    started.train(3)
    moved = started.weights()["2_dense/kernel"] - before["2_dense/kernel"]
    expected = kernel - before["2_dense/kernel"]
    assert moved == pytest.approx(expected, rel=1e-3, abs=2e-7)  # a float32's last digits
    assert np.abs(expected).max() > 1e-5


# Long the first time on a machine: for the processor, every fused kernel is compiled by g++, and kept.
@pytest.mark.parametrize("chain", [SMALL, pytest.param(DEEP, marks=pytest.mark.long)])
def test_tuned_is_the_same_work_as_plain(chain) -> None:
    network = net(*chain, Dense(units=5), shape=(13, 11, 3))
    (plain, before, _), (tuned, _, _) = session(network), session(network, "tuned")
    for steps in (1, 2):  # the batch-norm's statistics of every step, too
        plain.train(steps)
        tuned.train(steps)
        assert tuned.sync() == pytest.approx(plain.sync(), rel=1e-6)
    one, other = plain.weights(), tuned.weights()
    for path, weight in one.items():
        movement = np.linalg.norm(weight - before[path])
        assert np.linalg.norm(weight - other[path]) <= 3e-4 * movement, path


@SETUPS
def test_training_lowers_the_loss_and_an_epoch_ends_with_what_is_left(setup: str) -> None:
    started, _, (x, y) = session(net(*SMALL, Dense(units=3)), setup, batch=24, count=40)
    before, _ = started.evaluate(x, y)
    started.train(31)
    assert math.isfinite(started.sync())
    assert started.samples == 15 * 40 + 24
    after, accuracy = started.evaluate(x, y)
    assert after < 0.9 * before
    assert accuracy > 0.5
    assert math.isfinite(started.read_back())


@SETUPS
def test_dropout_is_random_in_every_step_and_seeded(setup: str) -> None:
    network = net(*SMALL, layers.Dropout(rate=0.5), Dense(units=5))

    def losses():
        started, _, _ = session(network, setup, count=16, adam=Adam(learning_rate=0.0))
        found = []
        for _ in range(3):  # the same batch, and nothing is learned
            started.train(1)
            found.append(started.sync())
        return found

    first = losses()
    assert len(set(first)) == 3
    assert losses() == first


@SETUPS
def test_a_frozen_part_runs_as_in_evaluation_and_is_not_trained(setup: str) -> None:
    part = Sequence(
        layers=(Conv(filters=4), layers.BatchNorm(), layers.Dropout(rate=0.5)), frozen=True
    )
    still = net(Rescale(), Conv(filters=3), part, Flatten(), Dense(units=3))
    started, before, (x, y) = session(still, setup, count=16)
    expected = started.evaluate(x, y)[0]
    started.train(1)
    assert started.sync() == pytest.approx(expected, rel=1e-6)
    after = started.weights()
    changed = {path for path in before if not np.array_equal(before[path], after[path])}
    assert changed == {path for path, weight in still.weights().items() if weight.trainable}


def test_batch_norm_keeps_the_biased_variance_by_keras_momentum() -> None:
    built = engine.Built(net(layers.BatchNorm(), shape=(4, 4, 1)))
    x = np.random.default_rng(1).normal(100, 1, (2, 4, 4, 1)).astype(np.float32)
    built.module.train()
    built.module(mx.array(x))
    kept = built.weights()
    variance = x.astype(float).var()
    assert kept["0_batch_norm/moving_variance"] == pytest.approx(0.99 + 0.01 * variance, rel=1e-5)
    assert kept["0_batch_norm/moving_mean"] == pytest.approx(0.01 * x.mean(), rel=1e-5)


def test_the_first_of_equal_pixels_gets_the_gradient() -> None:
    pool = engine.Built(net(MaxPool(size=3, stride=1, padding="same"), shape=(2, 3, 1))).module
    gradient = mx.grad(lambda x: pool(x).sum())(mx.ones((1, 2, 3, 1)))
    assert gradient.reshape(2, 3).tolist() == [[4, 2, 0], [0, 0, 0]]


def test_bfloat16_is_mixed_and_starts_from_the_same_loss_within_a_per_cent() -> None:
    network = net(*DEEP, Dense(units=3))
    one, _, _ = session(network)
    other, _, _ = session(network, precision="bfloat16")
    one.train(1)
    other.train(1)
    assert other.sync() == pytest.approx(one.sync(), rel=0.01)
    assert other.sync() != one.sync()
    arrays = [array for _, array in engine.tree_flatten(other._net.parameters())]
    assert {array.dtype for array in arrays} == {mx.float32}


def test_float16_is_refused() -> None:
    with pytest.raises(Unsupported, match="bfloat16"):
        session(net(*SMALL), precision="float16")


def test_without_weights_to_train_there_is_output_alone() -> None:
    started, _, (x, _) = session(net(Rescale(), layers.GlobalAveragePool()))
    assert started.forward(x[:2]) == pytest.approx(x[:2].mean((1, 2)) / 255, rel=1e-5)
    with pytest.raises(Unsupported, match="no weight to train"):
        started.train(1)


def test_devices_were_computed_on() -> None:
    assert "cpu" in [device.key for device in engine.devices()]


def test_mlx_without_a_backend_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mlx.core", None)
    spec = importlib.util.spec_from_file_location("no_backend", engine.__file__)
    with pytest.raises(ImportError, match=r"pip install 'mlx\[cpu\]'"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
