"""Batches: every image once an epoch, in order or in a new order."""

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from laptime.pipeline import Batches


def batches(count: int, size: int, *, shuffle: bool, seed: int = 1) -> Batches:
    x = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    return Batches(
        x,
        np.arange(count, dtype=np.uint8),
        batch_size=size,
        shuffle=shuffle,
        seed=seed,
        now_ns=time.perf_counter_ns,
    )


@given(count=st.integers(1, 100), size=st.integers(1, 40), shuffle=st.booleans())
def test_an_epoch_gives_every_image_once(count: int, size: int, shuffle: bool) -> None:
    feed = batches(count, size, shuffle=shuffle)
    for _ in range(2):
        taken = [feed.take() for _ in range(feed.steps_per_epoch)]
        labels = np.concatenate([y for _, y in taken])
        assert sorted(labels) == list(range(count))
        assert all((x.ravel() == y).all() for x, y in taken)
    assert feed.samples == 2 * count


def test_without_shuffling_the_order_is_the_files() -> None:
    feed = batches(10, 4, shuffle=False)
    assert [list(feed.take()[1]) for _ in range(3)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_each_epoch_has_a_new_order_and_each_seed_its_own() -> None:
    feed, same, other = (batches(50, 50, shuffle=True, seed=seed) for seed in (1, 1, 2))
    first, second = list(feed.take()[1]), list(feed.take()[1])
    assert first != second
    assert first == list(same.take()[1])
    assert first != list(other.take()[1])


def test_waiting_is_counted() -> None:
    feed = batches(10, 4, shuffle=True)
    feed.take()
    assert feed.waited_ns > 0
