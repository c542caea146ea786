"""Synthetic twins: the same bytes everywhere, balanced, shuffled, learned but not at once."""

import hashlib
import tracemalloc

import numpy as np
import pytest

from laptime.datasets import _synthetic


def twin(seed=0, **more):
    given = {"shape": (28, 28, 1), "classes": 10, "train_count": 3_000, "test_count": 1_000}
    return _synthetic.twin(seed=seed, **(given | more))


@pytest.mark.parametrize(
    ("seed", "digest"),
    [(0, "0618df7961c4df0c"), (1, "16c710890e22a084")],
)
def test_a_seed_gives_the_same_bytes_on_every_machine(seed, digest):
    arrays = twin(seed, shape=(32, 32, 3))
    assert hashlib.sha256(b"".join(part.tobytes() for part in arrays)).hexdigest()[:16] == digest


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (7, 50, 2)])
def test_shapes_types_and_balance(shape):
    arrays = twin(shape=shape)
    assert arrays.train_x.shape == (3_000, *shape)
    assert arrays.test_x.shape == (1_000, *shape)
    assert {part.dtype for part in arrays} == {np.dtype(np.uint8)}
    assert np.bincount(arrays.train_y).tolist() == [300] * 10
    assert np.bincount(arrays.test_y).tolist() == [100] * 10


def test_every_batch_of_the_unshuffled_order_holds_most_classes():
    batches = twin().train_y[: 93 * 32].reshape(93, 32)
    assert min(len(set(batch.tolist())) for batch in batches) >= 6


def test_images_are_all_different():
    images = twin().train_x.reshape(3_000, -1)
    assert len({image.tobytes() for image in images}) == 3_000


def accuracy_of_a_linear_layer(arrays, *, steps):
    """Softmax regression, plain gradient descent, batches of 32 in their order."""
    train, test = (part.reshape(len(part), -1) / 255 for part in (arrays.train_x, arrays.test_x))
    weights = np.zeros((train.shape[1], 10))
    for step in range(steps):
        rows = slice(step * 32, step * 32 + 32)
        scores = np.exp(train[rows] @ weights)
        error = scores / scores.sum(axis=1, keepdims=True) - np.eye(10)[arrays.train_y[rows]]
        weights -= 0.05 / 32 * train[rows].T @ error
    return ((test @ weights).argmax(axis=1) == arrays.test_y).mean()


@pytest.mark.parametrize("seed", range(3))
def test_it_is_learned_but_not_in_ten_steps(seed):
    arrays = twin(seed, train_count=9_600)
    assert accuracy_of_a_linear_layer(arrays, steps=10) < 0.6
    assert accuracy_of_a_linear_layer(arrays, steps=300) > 0.9


def test_memory_stays_near_the_arrays():
    tracemalloc.start()
    arrays = twin(shape=(32, 32, 3), train_count=10_000, test_count=2_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # the tables of patterns and noise are the same for any count: about 25 MB
    assert peak < arrays.train_x.nbytes + arrays.test_x.nbytes + 40e6
