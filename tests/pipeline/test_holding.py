"""A feed that is held gives one batch again and again, and goes on afterwards as if nothing was."""

from pathlib import Path

import numpy as np

from laptime.pipeline import Batches
from laptime.pipeline.photos import PhotoFeed
from laptime.preparation import Preparation
from tests.pipeline import photos


def arrays(count: int = 10) -> Batches:
    x = np.arange(count, dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Batches(x, x[:, 0, 0, 0], batch_size=4, shuffle=False, seed=1, now_ns=lambda: 0)


def test_the_next_whole_batch_is_held_and_counted() -> None:
    feed = arrays()
    feed.take()
    feed.take()
    feed.hold(True)  # 8 and 9 would be a short batch, so it is passed over
    held = [feed.take() for _ in range(3)]
    assert all(y.tolist() == [0, 1, 2, 3] for _, y in held)
    before = feed.samples
    feed.take()
    assert feed.samples == before + 4
    feed.hold(False)
    assert feed.take()[1].tolist() == [4, 5, 6, 7]


def test_what_is_held_is_a_copy() -> None:
    feed = arrays()
    feed.hold(True)
    feed.x[:] = 255
    assert feed.take()[0].ravel().tolist() == [0, 1, 2, 3]


def test_photos_are_not_decoded_meanwhile(tmp_path: Path) -> None:
    files = photos.folder(tmp_path, 8)
    ticks = iter(range(1_000_000))
    feed = PhotoFeed(
        files,
        np.arange(8, dtype=np.uint8),
        size=(16, 16),
        preparation=Preparation(resize="nearest"),
        batch_size=4,
        shuffle=False,
        shuffle_buffer=None,
        seed=1,
        now_ns=lambda: next(ticks),
        workers=1,
        ahead=2,
    )
    feed.hold(True)
    waited_ns = feed.waited_ns
    held = [feed.take()[0] for _ in range(5)]
    assert all(np.array_equal(held[0], x) for x in held)
    assert feed.waited_ns == waited_ns
    feed.hold(False)
    assert not np.array_equal(feed.take()[0], held[0])
    assert feed.waited_ns > waited_ns
    feed.close()
