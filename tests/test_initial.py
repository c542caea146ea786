"""Every engine starts from the same weights."""

import math

import numpy as np

from laptime import registry
from laptime.initial import fans, initial_weights
from laptime.layers import Dense, Network, Normalize, Sequence

NETWORK = registry.load("workloads", "mnist-lenet").WORKLOAD.network


def test_the_draw_depends_on_the_seed_alone() -> None:
    one, again, other = (initial_weights(NETWORK, seed=seed) for seed in (1, 1, 2))
    kernel = "8_dense/kernel"
    assert np.array_equal(one[kernel], again[kernel])
    assert not np.array_equal(one[kernel], other[kernel])


def test_kernels_are_glorot_uniform_and_biases_zero() -> None:
    weights = initial_weights(NETWORK, seed=1)
    dense = weights["8_dense/kernel"]
    limit = math.sqrt(6 / (9216 + 128))
    assert dense.shape == (9216, 128)
    assert dense.dtype == np.float32
    assert np.abs(dense).max() <= limit
    assert np.isclose(dense.std(), limit / math.sqrt(3), rtol=0.01)
    assert not weights["8_dense/bias"].any()


def test_fans_count_the_receptive_field() -> None:
    assert fans((3, 3, 32, 64)) == (288, 576)
    assert fans((784, 128)) == (784, 128)


def test_the_first_numbers_never_change() -> None:
    """A changed draw would silently change every learning figure."""
    first = initial_weights(NETWORK, seed=1)["1_conv/kernel"].ravel()[:3]
    assert np.allclose(first, [0.0033605, 0.1280522, -0.1011539], atol=2e-6), first


def test_given_values_start_as_given_and_draw_nothing() -> None:
    norm = Normalize(mean=(1.0, 2.0), variance=(3.0, 4.0))
    with_norm, without = (
        Network(input_shape=(2,), body=Sequence(layers=(*first, Dense(name="last", units=3))))
        for first in ((norm,), ())
    )
    weights = initial_weights(with_norm, seed=1)
    assert weights["0_normalize/mean"].tolist() == [1, 2]
    assert weights["0_normalize/variance"].tolist() == [3, 4]
    assert weights["0_normalize/count"].shape == ()
    kernel = initial_weights(without, seed=1)["last/kernel"]
    assert np.array_equal(weights["last/kernel"], kernel)
