"""The order of a pass: the files', any, or what comes out of tf.data's shuffle buffer."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from laptime.pipeline.order import order

COUNTS = st.integers(1, 200)
BUFFERS = st.none() | st.integers(1, 250)


def drawn(count, buffer, *, seed=1, shuffle=True):
    return order(count, shuffle=shuffle, buffer=buffer, generator=np.random.default_rng(seed))


@given(count=COUNTS, buffer=BUFFERS, shuffle=st.booleans())
def test_every_image_comes_once(count, buffer, shuffle):
    assert sorted(drawn(count, buffer, shuffle=shuffle)) == list(range(count))


@given(count=COUNTS, buffer=BUFFERS)
def test_without_shuffling_the_order_is_the_files(count, buffer):
    assert list(drawn(count, buffer, shuffle=False)) == list(range(count))


@given(count=COUNTS, buffer=st.integers(1, 250), seed=st.integers(0, 9))
def test_no_image_leaves_the_buffer_before_it_is_in(count, buffer, seed):
    early = drawn(count, buffer, seed=seed) - np.arange(count)
    assert early.max() < buffer


def test_a_buffer_of_one_changes_nothing():
    assert list(drawn(50, 1)) == list(range(50))


def test_the_first_is_drawn_from_the_whole_buffer_evenly():
    first = [drawn(100, 10, seed=seed)[0] for seed in range(5_000)]
    counts = np.bincount(first, minlength=10)
    assert len(counts) == 10
    assert ((counts - 500) ** 2 / 500).sum() < 27.9  # chi-square of 9 degrees, one in 1,000


def test_an_image_stays_in_the_buffer_as_long_as_chance_says():
    waits = [list(drawn(1_000, 20, seed=seed)).index(19) for seed in range(3_000)]
    assert abs(np.mean(waits) - 19) < 1.2  # geometric; the deviation of the mean is 0.36


def test_a_buffer_for_all_gives_every_order_alike():
    orders = [tuple(drawn(3, buffer, seed=s)) for buffer in (3, None) for s in range(6_000)]
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 6
    assert ((counts - 2_000) ** 2 / 2_000).sum() < 20.5  # chi-square of 5 degrees, one in 1,000
