"""What our own loops around Keras must do; `test_keras_tuned.py` runs this file for each backend."""

import importlib
import os

import numpy as np
import pytest
from msgspec.structs import replace

from laptime import layers, registry
from laptime.engines import Job, Unsupported
from laptime.engines._keras_build import Built
from laptime.engines._keras_session import KerasSession, Place
from laptime.initial import initial_weights
from laptime.layers import Activation, Conv, Dense, Flatten, MaxPool, Network, Rescale, Sequence
from laptime.optimizers import Adam
from laptime.pipeline import Batches
from laptime.runner.isolation import hide_others
from laptime.runner.setups import resolve
from laptime.workloads import Recipe

BACKEND = os.environ["KERAS_BACKEND"]
hide_others(f"keras-{BACKEND}")
LoopTrainer = importlib.import_module(f"laptime.engines._keras_{BACKEND}").LoopTrainer
reference = registry.load("engines", "reference")

# Keras on NumPy 2; TensorFlow's warning of gaps in its own generators.
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")

WAYS = {
    "tensorflow": [
        {},
        {"optimizer": "fused", "steps_per_call": 8},
        {"optimizer": "fused", "jit": True, "steps_per_call": 8},
    ],
    "jax": [{}, {"lean": True}, {"steps_per_call": 8}],
    "torch": [
        {},
        {"graph": "traced"},
        {"graph": "traced", "optimizer": "fused", "lean": True, "steps_per_call": 8},
    ],
}[BACKEND]
"""Every option of the loop at least once, but for what a C++ compiler makes: that has a proof of its
own in `tests/conformance/test_sameness_second.py`."""

RELU, SWISH = Activation(function="relu"), Activation(function="swish")
BATCH, COUNT = 4, 38  # so the last batch of an epoch is smaller


def chain(*inner: layers.AnyLayer, shape=(9, 9, 3)) -> Network:
    ends = Rescale(), *inner, Flatten(), Dense(units=5)
    return Network(input_shape=shape, body=Sequence(layers=ends))


SMALL = chain(Conv(filters=4), RELU, MaxPool())


def feed(network: Network, count: int = COUNT) -> Batches:
    generator = np.random.default_rng(3)
    x = generator.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    y = generator.integers(0, 5, count, dtype=np.uint8)
    return Batches(x, y, batch_size=BATCH, shuffle=False, seed=1, now_ns=lambda: 0)


def job(network: Network, *, precision="float32", rate=1e-3, **options) -> Job:
    recipe = Recipe(batch_size=BATCH, epochs=1, shuffle=False, optimizer=Adam(learning_rate=rate))
    return Job(
        network=network,
        recipe=recipe,
        device="cpu",
        precision=precision,
        options=options,
        seed=1,
    )


def start(network: Network = SMALL, *, count: int = COUNT, **given) -> KerasSession:
    place = Place(
        handle="cpu" if BACKEND == "torch" else "cpu:0", name=None, versions={}, options={}
    )
    weights = initial_weights(network, seed=1)
    asked = job(network, **given)
    batches = feed(network, count)
    return KerasSession(asked, weights, batches, trainer=LoopTrainer, place=place)


def yardstick(network: Network):
    weights = initial_weights(network, seed=1)
    return reference.start(job(network), weights=weights, batches=feed(network))


def assert_same_weights(network: Network, one, exact, *, off: float) -> None:
    before, after, expected = initial_weights(network, seed=1), one.weights(), exact.weights()
    for path, weight in expected.items():
        movement = np.linalg.norm(weight - before[path])
        assert np.linalg.norm(after[path] - weight) <= off * movement, path


NETWORKS = {
    "windows": SMALL,
    "a pool that is padded": chain(Conv(filters=4), MaxPool(padding="same")),
    "pools that overlap": chain(MaxPool(size=3, padding="same"), MaxPool(size=3, stride=1)),
    "uneven padding": chain(
        Conv(filters=4, stride=2, padding="same", bias=False),
        layers.DepthwiseConv(kernel=3, stride=2, bias=True),
        shape=(8, 7, 3),
    ),
    "batch-norms, and frozen ones": chain(
        Sequence(layers=(Conv(filters=3), layers.BatchNorm()), frozen=True), layers.BatchNorm()
    ),
    "nothing to stack": chain(),
}


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_one_step_gives_the_weights_of_the_formulas(name: str, way) -> None:
    network = NETWORKS[name]
    one, exact = start(network, **way), yardstick(network)
    one.train(1)
    exact.train(1)
    assert one.sync() == pytest.approx(exact.sync(), rel=1e-6)
    assert_same_weights(network, one, exact, off=3e-4)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_smooth_twin_goes_the_same_way(way) -> None:
    """20 steps: groups, what is left of them, and the smaller batch at the end of an epoch."""
    network = chain(Conv(filters=4), SWISH, layers.AveragePool(), layers.BatchNorm())
    one, exact = start(network, **way), yardstick(network)
    one.train(20)
    exact.train(20)
    assert one.sync() == pytest.approx(exact.sync(), rel=1e-5)
    assert_same_weights(network, one, exact, off=1e-4)
    assert one.samples == 2 * COUNT


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_questions_between_orders_change_nothing(way) -> None:
    one, other = start(**way), start(**way)
    data = feed(SMALL)
    for steps in (1, 12, 3):
        one.train(steps)
        other.train(steps)
        loss, accuracy = other.evaluate(data.x, data.y)
        assert loss > 0
        assert 0 <= accuracy <= 1
        assert other.forward(data.x).shape == (COUNT, 5)
        assert one.sync() == pytest.approx(other.sync(), rel=1e-5)
        assert other.read_back() == pytest.approx(one.read_back(), rel=1e-4)
    assert other.weights().keys() == SMALL.weights().keys()


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_dropout_is_drawn_anew_each_step_by_the_seed(way) -> None:
    """Nothing is learned, and the batch is always the same: only the draw can change the loss."""
    network = chain(layers.Dropout(rate=0.5))
    still = {"count": BATCH, "rate": 0.0}
    one = start(network, **still, **way)
    losses = []
    for _ in range(8):
        one.train(1)
        losses.append(one.sync())
    grouped = start(network, **still, **way)
    grouped.train(8)
    assert len({*losses}) == 8
    assert grouped.sync() == pytest.approx(losses[-1], rel=1e-6)


def test_small_steps_go_together_and_large_ones_do_not() -> None:
    large = chain(Conv(filters=64), Conv(filters=64), Conv(filters=64), shape=(48, 48, 3))
    assert start(chain(), steps_per_call="auto").facts.options["steps_per_call"] == 32
    assert start(large, steps_per_call="auto").facts.options["steps_per_call"] == 1


def test_bfloat16_starts_from_the_same_loss_within_a_per_cent() -> None:
    one, exact = start(precision="bfloat16"), yardstick(SMALL)
    one.train(1)
    exact.train(1)
    assert one.sync() == pytest.approx(exact.sync(), rel=0.01)


def test_float16_needs_fit() -> None:
    built = Built(SMALL)
    with pytest.raises(Unsupported, match="loop=fit"):
        LoopTrainer(built, job(SMALL, precision="float16"), feed(SMALL))


def test_every_setup_tells_what_it_runs_with() -> None:
    """Through the leaf: its own facts must not cover those of the loop."""
    engine = f"keras-{BACKEND}"
    for setup, is_own in (("published", False), ("tuned", True)):
        asked = replace(job(chain()), options=resolve(engine, setup))
        one = registry.load("engines", engine).start(
            asked, weights=initial_weights(chain(), seed=1), batches=feed(chain())
        )
        options = one.facts.options
        assert options["loop"] == ("own" if is_own else "fit")
        assert one.facts.is_wait_known is is_own
        if BACKEND == "torch" and is_own:
            assert options["threads"] == torch_threads() == 1
        one.close()


def torch_threads() -> int:
    return int(importlib.import_module("torch").get_num_threads())
