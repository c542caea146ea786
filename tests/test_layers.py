"""The vocabulary counts what real frameworks count."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import layers, registry
from laptime.layers import Network, Sequence, pads
from laptime.optimizers import Adam

PARAMETERS = {
    "mnist-mlp": 101_770,
    "fashion-mnist-mlp": 101_770,
    "mnist-lenet": 1_199_882,
    "cifar10-cnn": 122_570,
    "cifar10-tinyvgg": 5_520,
}


def network(*chain: layers.AnyLayer, shape: layers.Shape = (8, 8, 3)) -> Network:
    return Network(input_shape=shape, body=Sequence(layers=chain))


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_parameters_are_those_that_keras_prints(name: str, parameters: int) -> None:
    assert registry.load("workloads", name).WORKLOAD.network.parameters == parameters


def test_flops_of_tinyvgg_by_hand() -> None:
    by_hand = 2 * (
        30 * 30 * 10 * 27 + 28 * 28 * 10 * 90 + 12 * 12 * 10 * 90 + 10 * 10 * 10 * 90 + 250 * 10
    )
    net = registry.load("workloads", "cifar10-tinyvgg").WORKLOAD.network
    assert net.forward_flops == by_hand
    # Twice more for the gradients, but none passes into the images.
    assert net.training_flops == 3 * by_hand - 2 * 30 * 30 * 10 * 27


def test_a_frozen_part_costs_its_forward_pass_only() -> None:
    frozen = Sequence(layers=(layers.Conv(filters=4),), frozen=True)
    net = network(frozen, layers.Flatten(), layers.Dense(units=2))
    conv, dense = 2 * 6 * 6 * 4 * 27, 2 * 144 * 2
    assert net.training_flops == conv + 2 * dense
    assert net.trainable_parameters == 144 * 2 + 2
    assert net.parameters == net.trainable_parameters + 4 * 27 + 4


def test_bytes_count_each_tensor_once() -> None:
    net = network(layers.Flatten(), layers.Dense(units=2), shape=(2, 2, 1))
    assert net.forward_bytes(batch_size=3) == 4 * (3 * (4 + 2) + 4 * 2 + 2)


def test_a_training_step_moves_each_pass_and_the_update() -> None:
    """The first layer passes no gradient on, so it has two passes; the second has all three."""
    net = network(layers.Flatten(), layers.Dense(units=2), layers.Dense(units=3), shape=(2, 2, 1))
    first, second = 4 * 2 + 2, 2 * 3 + 3
    passes = 2 * (5 * (4 + 2) + first) + 3 * (5 * (2 + 3) + second)
    assert net.training_bytes(batch_size=5) == 4 * (passes + 7 * (first + second))
    assert net.training_bytes(batch_size=5, item_bytes=2) * 2 == net.training_bytes(batch_size=5)


def test_batch_norm_trains_half_of_what_it_keeps() -> None:
    net = network(layers.BatchNorm())
    assert (net.parameters, net.trainable_parameters) == (12, 6)


def test_normalize_keeps_its_statistics_as_weights_that_nothing_trains() -> None:
    norm = layers.Normalize(mean=(1.0, 2.0, 3.0), variance=(4.0, 5.0, 6.0))
    net = network(norm, Sequence(layers=(norm,), frozen=True))
    assert (net.parameters, net.trainable_parameters) == (14, 0)
    assert net.weights()["1_sequence/0_normalize/variance"].values == (4.0, 5.0, 6.0)


def test_squeeze_excite_counts_both_convolutions() -> None:
    net = network(layers.SqueezeExcite(squeezed=2))
    assert net.parameters == 3 * 2 + 2 + 2 * 3 + 3
    assert net.forward_flops == 2 * (3 * 2 + 2 * 3)


def test_a_residual_keeps_its_body_and_shortcut_apart() -> None:
    inner = Sequence(layers=(layers.Conv(filters=5, padding="same"),))
    net = network(layers.Residual(body=inner, shortcut=inner))
    assert [place.path for place in net.placed()] == [
        "0_residual/body/0_conv",
        "0_residual/shortcut/0_conv",
    ]
    assert net.output_shape == (8, 8, 5)


@given(
    size=st.integers(1, 300),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
)
def test_same_padding_is_tensorflows(size: int, kernel: int, stride: int) -> None:
    before, after = pads(size, kernel, stride, "same")
    assert (size + before + after - kernel) // stride + 1 == math.ceil(size / stride)
    assert 0 <= after - before <= 1


def test_a_window_larger_than_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        network(layers.Conv(filters=1, kernel=9)).output_shape  # noqa: B018 - computed when asked


def test_epsilon_after_correction_means_the_same() -> None:
    adam = Adam()
    for step in (1, 2, 1000):
        correction = math.sqrt(1 - adam.beta_2**step)
        assert adam.epsilon_after_correction(step) * correction == pytest.approx(1e-7)


@given(st.integers(1, 64), st.integers(1, 64))
def test_descriptions_differ_exactly_when_networks_do(left: int, right: int) -> None:
    one, two = network(layers.Conv(filters=left)), network(layers.Conv(filters=right))
    assert (one.digest == two.digest) == (left == right)
