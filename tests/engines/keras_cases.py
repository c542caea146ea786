"""What Keras must do on every backend; `test_keras.py` runs this once for each, in its own process."""

import math
import os
import threading

import numpy as np
import pytest

from laptime import layers, registry
from laptime.engines import Job, Unsupported
from laptime.errors import DataError
from laptime.initial import initial_weights
from laptime.layers import Activation, Conv, Dense, Flatten, MaxPool, Network, Rescale, Sequence
from laptime.pipeline import Batches
from laptime.runner.isolation import hide_others, imported_frameworks
from laptime.runner.setups import resolve
from laptime.workloads import Recipe
from tests.engines.backbones import alive_weights

NAME = f"keras-{os.environ['KERAS_BACKEND']}"
hide_others(NAME)
engine = registry.load("engines", NAME)
reference = registry.load("engines", "reference")

# Keras asks TensorFlow and PyTorch for arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")

RELU = Activation(function="relu")
SMALL = Network(
    input_shape=(9, 9, 3),
    body=Sequence(layers=(Rescale(), Conv(filters=4), RELU, MaxPool(), Flatten(), Dense(units=5))),
)
BATCH, COUNT = 8, 20  # so the last batch of an epoch is smaller


def images(network: Network, count: int = COUNT):
    generator = np.random.default_rng(3)
    x = generator.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    return x, generator.integers(0, min(network.output_shape[-1], 256), count, dtype=np.uint8)


def start(network: Network, *, leaf=engine, name=NAME, precision="float32", feed=None):
    x, y = images(network)
    if feed is None:
        feed = Batches(x, y, batch_size=BATCH, shuffle=False, seed=1, now_ns=lambda: 0)
    setup = next(iter(registry.peek("engines", name)["SETUPS"]))
    job = Job(
        network=network,
        recipe=Recipe(batch_size=BATCH, epochs=1, shuffle=False),
        device="cpu",
        precision=precision,
        options=resolve(name, setup),
        seed=1,
    )
    weights = initial_weights(network, seed=1) | alive_weights(network)
    return leaf.start(job, weights=weights, batches=feed)


@pytest.fixture
def session():
    """`start`, and the end of what it started."""
    started = []

    def begin(network: Network = SMALL, **given):
        started.append(start(network, **given))
        return started[-1]

    yield begin
    for each in started:
        each.close()


def yardstick(network: Network):
    return start(network, leaf=reference, name="reference")


CONV = Conv(filters=3, padding="same")
KINDS = [
    Rescale(scale=(0.5, 2.0, 3.0), offset=1.0),
    layers.Normalize(mean=(1.0, 2.0, 3.0), variance=(4.0, 5.0, 6.0)),
    Conv(filters=4, padding="same", stride=2),
    Sequence(layers=(Conv(filters=4, kernel=1, bias=False), RELU, Activation(function="swish"))),
    layers.DepthwiseConv(stride=2),
    layers.DepthwiseConv(kernel=5, padding="valid", bias=True),
    layers.BatchNorm(),
    MaxPool(size=3, padding="same"),
    layers.AveragePool(padding="same"),
    layers.AveragePool(size=3, padding="same"),
    layers.AveragePool(),
    layers.GlobalAveragePool(),
    layers.Dropout(rate=0.5),
    Sequence(layers=(Flatten(), Dense(units=4))),
    layers.SqueezeExcite(squeezed=2),
    layers.SqueezeExcite(squeezed=2, function="relu"),
    layers.Residual(body=Sequence(layers=(CONV,))),
    layers.Residual(body=Sequence(layers=(RELU, CONV)), shortcut=Sequence(layers=(CONV,))),
    Sequence(layers=(CONV, layers.BatchNorm(), layers.Dropout(rate=0.5)), frozen=True),
    *(Activation(function=f) for f in ("relu6", "sigmoid", "gelu_exact", "gelu_tanh")),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_every_kind_gives_what_its_formula_says(kind, session) -> None:
    network = Network(input_shape=(7, 6, 3), body=Sequence(layers=(Rescale(scale=0.02), kind)))
    started, exact = session(network), yardstick(network)
    x, _ = images(network, 2)
    expected = exact.forward(x)
    assert np.abs(started.forward(x) - expected).max() <= 1e-5 * np.abs(expected).max()
    assert started.facts.parameters == network.parameters
    assert started.forward_flops() == network.forward_flops


@pytest.mark.long
@pytest.mark.parametrize("name", registry.names("workloads"))
def test_every_workload_has_its_parameters_flops_and_weights(name) -> None:
    network = registry.load("workloads", name).WORKLOAD.network
    built = type(start(SMALL)._built)(network)
    weights = initial_weights(network, seed=1)
    built.load(weights)
    assert built.parameters == network.parameters
    assert built.forward_flops() == network.forward_flops
    trained = built.model.trainable_weights
    assert sum(math.prod(each.shape) for each in trained) == network.trainable_parameters
    kept = built.weights()
    assert kept.keys() == weights.keys()
    assert all(np.array_equal(kept[path], weights[path]) for path in weights)


def test_what_is_trained_frozen_and_kept_is_as_described(session) -> None:
    frozen = Sequence(layers=(CONV, layers.BatchNorm(), layers.Dropout(rate=0.5)), frozen=True)
    chain = (Rescale(), frozen, layers.BatchNorm(), Flatten(), Dense(units=5))
    network = Network(input_shape=(5, 5, 3), body=Sequence(layers=chain))
    started, exact = session(network), yardstick(network)
    before = started.weights()
    started.train(1)
    exact.train(1)
    assert started.sync() == pytest.approx(exact.sync(), rel=1e-6)
    after, expected = started.weights(), exact.weights()
    for path, weight in network.weights().items():
        movement = np.linalg.norm(expected[path] - before[path])
        assert np.linalg.norm(after[path] - expected[path]) <= 3e-4 * movement, path
        assert bool(movement) == (weight.trainable or path.startswith("2_batch_norm")), path


def test_the_loss_is_that_of_the_last_step_wherever_an_order_ends(session) -> None:
    """In an epoch, at its end, and after a whole one; with questions between that change nothing."""
    started, other, exact = session(), session(), yardstick(SMALL)
    x, y = images(SMALL)
    other.evaluate(x, y)
    for steps, samples in ((1, 8), (2, 20), (1, 28), (3, 48), (3, 68)):
        for each in (started, other, exact):
            each.train(steps)
        assert other.forward(x).shape == (COUNT, 5)
        loss, accuracy = other.evaluate(x, y)
        assert other.sync() == started.sync() == pytest.approx(exact.sync(), rel=1e-4)
        assert (loss, accuracy) == pytest.approx(exact.evaluate(x, y), rel=1e-4)
        assert started.samples == other.samples == samples
        assert started.read_back() == other.read_back()
    for path, weight in started.weights().items():
        assert np.array_equal(weight, other.weights()[path]), path


def test_dropout_is_drawn_anew_each_step_by_the_seed(session) -> None:
    chain = (Rescale(), Flatten(), layers.Dropout(rate=0.5), Dense(units=5))
    network = Network(input_shape=(9, 9, 3), body=Sequence(layers=chain))
    one, again = session(network), session(network)
    exact = yardstick(Network(input_shape=(9, 9, 3), body=Sequence(layers=chain[:2] + chain[3:])))
    losses = []
    for _ in range(2):
        one.train(1)
        again.train(1)
        losses.append(one.sync())
        assert again.sync() == losses[-1]
    exact.train(1)
    assert losses[0] != pytest.approx(exact.sync(), rel=1e-3)


class Photos:
    """Uneven batches, as where files cannot be read; then none."""

    batch_size, steps_per_epoch = 8, 2

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = iter(sizes)

    def take(self):
        size = next(self._sizes, 0)
        if not size:
            raise DataError("no image can be read; look at the files")
        return images(SMALL, size)


def test_photos_are_trained_on_as_they_come_and_their_end_comes_out(session) -> None:
    started = session(feed=Photos([8, 5, 8, 8, 3, 8, 8, 8]))
    taken = []
    for steps in (1, 2):
        started.train(steps)
        taken.append(started.samples)
    assert taken == [8, 21]
    with pytest.raises(DataError, match="look at the files"):
        started.train(50)
    with pytest.raises(DataError):
        started.train(1)


def test_closing_ends_fit_in_the_middle_of_an_epoch() -> None:
    started = start(SMALL)
    started.train(1)
    assert "fit" in [thread.name for thread in threading.enumerate()]
    started.close()
    started.close()
    assert "fit" not in [thread.name for thread in threading.enumerate()]


def test_bfloat16_starts_from_the_same_loss_within_a_per_cent(session) -> None:
    started, exact = session(precision="bfloat16"), yardstick(SMALL)
    started.train(1)
    exact.train(1)
    assert started.sync() == pytest.approx(exact.sync(), rel=0.01)
    assert started.weights()["1_conv/kernel"].dtype == np.float32


def test_float16_on_a_processor_is_refused() -> None:
    with pytest.raises(Unsupported, match="bfloat16"):
        start(SMALL, precision="float16")


def test_a_network_with_nothing_to_train_gives_its_output(session) -> None:
    body = Sequence(layers=(CONV,), frozen=True)
    started = session(Network(input_shape=(5, 5, 3), body=Sequence(layers=(body,))))
    assert started.forward(np.zeros((2, 5, 5, 3), np.uint8)).shape == (2, 5, 5, 3)
    assert started.sync() is None
    with pytest.raises(Unsupported, match="no weight to train"):
        started.train(1)


def test_the_session_tells_what_really_runs(session) -> None:
    facts = session().facts
    assert facts.options["backend"] == os.environ["KERAS_BACKEND"]
    assert facts.options["jit"] == (facts.options["backend"] == "jax")
    assert {"keras", facts.options["backend"]} <= facts.versions.keys()
    assert set(imported_frameworks()) <= {"keras", "jaxlib", facts.options["backend"]}
    assert "cpu" in [device.key for device in engine.devices()]
