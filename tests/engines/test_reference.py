"""The yardstick holds to its own formulas: by differences, by hand, and by PyTorch in float64."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import layers, registry
from laptime.engines import Job, Unsupported
from laptime.initial import initial_weights
from laptime.layers import Activation, Dense, Flatten, Network, Rescale, Sequence
from laptime.optimizers import Adam
from laptime.pipeline import Batches
from laptime.workloads import Recipe
from tests.proof.reduced import NETWORKS

engine = registry.load("engines", "reference")
from laptime.engines._reference_build import Built  # noqa: E402 - leaves come from the registry

CONV = layers.Conv(filters=2, padding="same")
LAYERS = [
    Rescale(scale=(0.5, 2.0, 3.0), offset=1.0),
    layers.Normalize(mean=(1.0, 2.0, 3.0), variance=(4.0, 5.0, 6.0)),
    layers.Conv(filters=4),
    layers.Conv(filters=4, stride=2, padding="same"),
    layers.Conv(filters=4, kernel=1, bias=False),
    layers.DepthwiseConv(stride=2),
    layers.DepthwiseConv(kernel=5, padding="valid", bias=True),
    layers.BatchNorm(),
    layers.MaxPool(size=3, padding="same"),
    layers.AveragePool(size=3, padding="same"),
    layers.GlobalAveragePool(),
    layers.Dropout(rate=0.4),
    Sequence(layers=(Flatten(), Dense(units=4))),
    Sequence(layers=(Flatten(), Dense(units=4, bias=False))),
    layers.SqueezeExcite(squeezed=2),
    layers.SqueezeExcite(squeezed=2, function="relu"),
    layers.Residual(body=Sequence(layers=(layers.Conv(filters=3, padding="same"),))),
    layers.Residual(body=Sequence(layers=(CONV,)), shortcut=Sequence(layers=(CONV,))),
    Sequence(layers=(layers.BatchNorm(), CONV), frozen=True),
    *(Activation(function=f) for f in ("relu", "relu6", "swish", "sigmoid")),
    *(Activation(function=f) for f in ("gelu_exact", "gelu_tanh")),
]


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="needs the extra 'torch'")


def one_layer(layer, shape=(7, 6, 3)) -> Network:
    return Network(input_shape=shape, body=Sequence(layers=(layer,)))


def random_weights(network: Network, generator) -> dict[str, np.ndarray]:
    """Above zero, as variances must be."""
    weights = network.weights().items()
    return {path: generator.uniform(0.2, 1.2, weight.shape) for path, weight in weights}


def session(network: Network, *, count: int = 64, precision: str = "float32"):
    generator = np.random.default_rng(3)
    x = generator.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    y = generator.integers(0, network.output_shape[0], count, dtype=np.uint8)
    job = Job(
        network=network,
        recipe=Recipe(batch_size=8, epochs=1, shuffle=False),
        device="cpu",
        precision=precision,
        options={},
        seed=1,
    )
    weights = initial_weights(network, seed=1)
    batches = Batches(x, y, batch_size=8, shuffle=False, seed=1, now_ns=lambda: 0)
    return engine.start(job, weights=weights, batches=batches), weights, (x, y)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_the_way_back_is_the_slope_of_the_way_forward(layer) -> None:
    """Along random directions of the input and all trained weights at once, by central differences."""
    network, generator = one_layer(layer), np.random.default_rng(5)
    weights = random_weights(network, generator)
    x = generator.normal(0, 3, (4, *network.input_shape))
    built = Built(network, weights, seed=1)
    y, back = built.body.forward(x, training=True)
    wanted, step = generator.normal(size=y.shape), 1e-6
    dx, towards = generator.normal(size=x.shape), random_weights(network, generator)
    slope = (back(wanted) * dx).sum()
    slope += sum((built.gradients[path] * towards[path]).sum() for path in built.trained)

    def along(distance: float) -> float:
        moved = {p: w + distance * towards[p] * (p in built.trained) for p, w in weights.items()}
        again = Built(network, moved, seed=1)
        return float((again.body.forward(x + distance * dx, training=True)[0] * wanted).sum())

    assert slope == pytest.approx((along(step) - along(-step)) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_output_and_gradients_are_those_of_pytorch_in_float64(name: str, torch) -> None:
    registry.load("engines", "torch")
    from laptime.engines import _torch_build

    network, generator = NETWORKS[name], np.random.default_rng(4)
    weights = {
        path: np.asarray(weight + generator.uniform(0, 0.1, weight.shape), np.float32)
        for path, weight in initial_weights(network, seed=1).items()
    }
    x = generator.integers(0, 256, (6, *network.input_shape)).astype(float)
    built, theirs = Built(network, weights, seed=1), _torch_build.Built(network)
    theirs.load(weights)
    module = theirs.module.double().train()
    y, back = built.body.forward(x, training=True)
    other = module(torch.from_numpy(x).permute(0, 3, 1, 2))
    assert np.allclose(y, other.detach().numpy(), rtol=1e-9, atol=1e-12)

    wanted = generator.normal(size=y.shape)
    back(wanted)
    other.backward(torch.from_numpy(wanted))
    for parameter in module.parameters():  # so that gradients come back by path, in Keras' layout
        if parameter.grad is not None:
            parameter.data = parameter.grad
    expected = theirs.weights()
    for path in built.trained:
        scale = np.abs(expected[path]).max()
        assert scale > 1e-9
        assert np.allclose(built.gradients[path], expected[path], rtol=1e-6, atol=1e-6 * scale)
    for path in built.weights.keys() - built.trained.keys():  # moving statistics among them
        assert np.allclose(built.weights[path], expected[path], rtol=1e-6), path


@given(gradients=st.lists(st.floats(-10, 10), min_size=1, max_size=8))
def test_the_optimizer_is_pytorchs_with_keras_epsilon_and_step_size(gradients, torch) -> None:
    adam, weight = Adam(), np.array([0.5])
    ours = engine.Optimizer(adam, {"w": weight})
    other = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    theirs = torch.optim.Adam([other], betas=(adam.beta_1, adam.beta_2))
    for step, gradient in enumerate(gradients, 1):
        ours.step({"w": np.array([gradient])})
        group = theirs.param_groups[0]
        group["lr"], group["eps"] = adam.rate(step), adam.epsilon_after_correction(step)
        other.grad = torch.tensor([gradient], dtype=torch.float64)
        theirs.step()
    assert weight[0] == pytest.approx(other.item(), abs=1e-12)


def test_the_loss_is_the_mean_over_the_batch_and_cannot_overflow() -> None:
    logits, y = np.array([[0.0, math.log(3)], [2000.0, 0.0]]), np.array([0, 0], np.uint8)
    loss, gradient = engine.cross_entropy(logits, y)
    assert loss == pytest.approx(math.log(4) / 2)
    assert gradient == pytest.approx(np.array([[-0.375, 0.375], [0, 0]]))


def test_batch_norm_keeps_the_biased_variance_by_keras_momentum() -> None:
    network = one_layer(layers.BatchNorm())
    built = Built(network, initial_weights(network, seed=1), seed=1)
    x = np.random.default_rng(1).normal(3, 2, (2, 7, 6, 3))
    y, _ = built.body.forward(x, training=True)
    normal = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-3)
    assert y == pytest.approx(normal)
    kept = built.weights
    assert kept["0_batch_norm/moving_mean"] == pytest.approx(0.01 * x.mean((0, 1, 2)))
    assert kept["0_batch_norm/moving_variance"] == pytest.approx(0.99 + 0.01 * x.var((0, 1, 2)))


def test_max_pool_gives_its_gradient_to_the_first_of_equals() -> None:
    built = Built(one_layer(layers.MaxPool(), (2, 4, 1)), {}, seed=1)
    x = np.array([[3.0, 1, 1, 2], [3, 3, 2, 2]]).reshape(1, 2, 4, 1)
    y, back = built.body.forward(x, training=True)
    assert y.ravel().tolist() == [3, 2]
    assert back(np.array([[[[5.0], [7.0]]]])).ravel().tolist() == [5, 0, 0, 7, 0, 0, 0, 0]


def test_padding_neither_wins_nor_counts() -> None:
    for kind in (layers.MaxPool, layers.AveragePool):
        built = Built(one_layer(kind(size=3, padding="same"), (4, 5, 1)), {}, seed=1)
        y, _ = built.body.forward(-np.ones((1, 4, 5, 1)), training=False)
        assert y.tolist() == (-np.ones((1, 2, 3, 1))).tolist()


def test_same_pads_after_the_image_as_tensorflow() -> None:
    layer = layers.Conv(filters=1, stride=2, padding="same", bias=False)
    built = Built(one_layer(layer, (4, 4, 1)), {"0_conv/kernel": np.ones((3, 3, 1, 1))}, seed=1)
    y, _ = built.body.forward(np.ones((1, 4, 4, 1)), training=False)
    assert y.ravel().tolist() == [9, 6, 6, 4]


def test_dropout_draws_anew_every_step_from_the_seed_alone() -> None:
    network, ones = one_layer(layers.Dropout(rate=0.25), (50, 50, 1)), np.ones((2, 50, 50, 1))
    one, other = (Built(network, {}, seed=7).body for _ in range(2))
    first, second = (one.forward(ones, training=True)[0] for _ in range(2))
    assert set(np.unique(first)) == {0, 1 / 0.75}
    assert first.mean() == pytest.approx(1, abs=0.04)  # five standard errors
    assert not np.array_equal(first, second)
    assert np.array_equal(first, other.forward(ones, training=True)[0])
    assert np.array_equal(one.forward(ones, training=False)[0], ones)


def test_a_frozen_part_runs_as_in_evaluation_and_stays_as_it_is() -> None:
    started, weights, (x, y) = session(NETWORKS["frozen"])
    before, _ = started.evaluate(x[:8], y[:8])
    started.train(1)
    assert started.sync() == pytest.approx(before, rel=1e-12)
    moved = {path for path, each in started.weights().items() if (each != weights[path]).any()}
    assert moved == {"3_dense/kernel", "3_dense/bias"}


def test_the_way_back_ends_at_the_first_trained_weight() -> None:
    """Nothing is computed for a frozen part before it, but everything for one after it."""
    network = NETWORKS["frozen"]
    built = Built(network, initial_weights(network, seed=1), seed=1)
    y, back = built.body.forward(np.ones((2, *network.input_shape)), training=True)
    back(y)
    assert built.gradients.keys() == built.trained.keys()


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_and_flops_are_those_of_the_description(name: str) -> None:
    network = NETWORKS[name]
    started, _, _ = session(network)
    assert started.facts.parameters == network.parameters
    assert started.forward_flops() == network.forward_flops


def test_weights_go_in_and_come_back_unchanged() -> None:
    started, weights, _ = session(NETWORKS["normalized"])
    found = started.weights()
    assert found.keys() == weights.keys() == started.exact_weights().keys()
    assert all(np.array_equal(found[path], weights[path]) for path in weights)
    assert {each.dtype for each in found.values()} == {np.dtype(np.float32)}


def test_the_loss_is_that_of_the_last_step_alone() -> None:
    started, _, (x, y) = session(NETWORKS["dense"])
    assert started.sync() is None
    started.train(1)
    expected, _ = started.evaluate(x[8:16], y[8:16])
    started.train(1)
    assert started.sync() == pytest.approx(expected, rel=1e-12)
    assert started.samples == 16
    number = started.read_back()
    started.train(1)
    assert started.read_back() != number


def test_it_learns_what_it_is_shown() -> None:
    started, _, (x, y) = session(NETWORKS["relu"], count=8)  # the same batch again and again
    started.train(300)
    loss, accuracy = started.evaluate(x, y)
    assert loss < 0.5
    assert accuracy == 1


def test_evaluation_weighs_every_image_alike() -> None:
    started, _, (x, y) = session(NETWORKS["convolutions"])
    loss, accuracy = started.evaluate(x[:11], y[:11])  # batches of 8 and 3
    logits = started.exact_forward(x[:11])
    assert loss == pytest.approx(engine.cross_entropy(logits, y[:11])[0])
    assert accuracy == (logits.argmax(1) == y[:11]).mean()
    assert np.array_equal(started.forward(x[:11]), logits.astype(np.float32))


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(Unsupported, match="float32"):
        session(NETWORKS["dense"], precision="bfloat16")
    started, _, _ = session(one_layer(Flatten()))
    with pytest.raises(Unsupported, match="no weight to train"):
        started.train(1)


def test_it_is_told_apart_from_the_engines_that_are_timed() -> None:
    assert registry.peek("engines", "reference")["YARDSTICK"] is True
    assert [device.key for device in engine.devices()] == list(engine.DEVICES)
