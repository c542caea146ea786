"""PhotoFeed: the same batches for any number of threads, whatever the files are like."""

import contextlib
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.errors import DataError
from laptime.pipeline.decoding import read
from laptime.pipeline.photos import PhotoFeed
from laptime.pipeline.resizing import resize
from laptime.preparation import Augmentation, Preparation
from tests.pipeline import photos

COUNT = 23
ALL = Augmentation(
    rotation_degrees=20,
    width_shift=0.2,
    zoom=0.2,
    horizontal_flip=True,
    crop=0.1,
    exposure_stops=0.5,
    blur_pixels=1,
    noise=4,
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return photos.folder(tmp_path_factory.mktemp("photos"), COUNT)


@contextlib.contextmanager
def feeding(files, *, workers=2, ahead=1, augmentation=None, **options):
    feed = PhotoFeed(
        files,
        np.arange(len(files), dtype=np.uint8),
        size=(16, 12),
        preparation=Preparation(resize="nearest", augmentation=augmentation),
        workers=workers,
        ahead=ahead,
        now_ns=time.perf_counter_ns,
        **{"batch_size": 8, "shuffle": False, "shuffle_buffer": None, "seed": 1} | options,
    )
    with contextlib.closing(feed):
        yield feed


def taken(feed, batches):
    found = [feed.take() for _ in range(batches)]
    return np.concatenate([x for x, _ in found]), np.concatenate([y for _, y in found])


def a_pass(files, **options):
    """Images and labels of the second pass."""
    with feeding(files, **options) as feed:
        taken(feed, feed.steps_per_epoch)
        return taken(feed, feed.steps_per_epoch)


def prepared(path):
    return resize(read(path), (16, 12), method="nearest")


def with_bad(files, tmp_path, *places):
    """The same files, but those at `places` are no images."""
    bad = tmp_path / "bad.jpg"
    return [str(bad.with_stem(f"bad{i}")) if i in places else f for i, f in enumerate(files)]


def test_batches_hold_each_image_in_its_row_with_its_label(files):
    x, y = a_pass(files)
    assert list(y) == list(range(COUNT))
    assert (x == np.stack([prepared(file) for file in files])).all()


@given(
    workers=st.integers(1, 4),
    ahead=st.integers(0, 3),
    buffer=st.none() | st.just(5),
    size=st.integers(1, 30),
)
def test_threads_and_batch_size_change_no_pixel(files, workers, ahead, buffer, size):
    same = {"shuffle": True, "shuffle_buffer": buffer, "augmentation": ALL}
    x, y = a_pass(files, **same, workers=1, ahead=0)
    other_x, other_y = a_pass(files, **same, workers=workers, ahead=ahead, batch_size=size)
    assert (y == other_y).all()
    assert (x == other_x).all()


def test_an_image_is_augmented_alike_whenever_it_comes(files):
    x, y = a_pass(files, augmentation=ALL, shuffle=True)
    in_order, _ = a_pass(files, augmentation=ALL)
    assert (x == in_order[y]).all()


def test_each_pass_and_each_seed_augments_and_orders_anew(files):
    with feeding(files, augmentation=ALL, shuffle=True, batch_size=COUNT) as feed:
        (first, order), (second, other_order) = feed.take(), feed.take()
    seeded, seeded_order = a_pass(files, augmentation=ALL, shuffle=True, seed=2)
    assert list(order) != list(other_order) != list(seeded_order)
    assert (first[np.argsort(order)] != second[np.argsort(other_order)]).any(axis=(1, 2, 3)).all()
    assert (second[np.argsort(other_order)] != seeded[np.argsort(seeded_order)]).any()


@pytest.mark.parametrize("ahead", [0, 1, 4])
@pytest.mark.parametrize("before", [0, 1, 2, 3, 4])
def test_a_restart_begins_at_the_first_image(files, ahead, before):
    with feeding(files, ahead=ahead) as feed:
        for _ in range(before):
            feed.take()
        feed.restart()
        _, y = taken(feed, feed.steps_per_epoch)
    assert list(y) == list(range(COUNT))


@given(before=st.integers(0, 5))
def test_what_a_restart_gives_does_not_depend_on_what_lay_ready(files, before):
    given = []
    for ahead in (0, 3):
        with feeding(files, ahead=ahead, augmentation=ALL, shuffle=True) as feed:
            for _ in range(before):
                feed.take()
            feed.restart()
            given.append(feed.take())
    assert (given[0][0] == given[1][0]).all()
    assert (given[0][1] == given[1][1]).all()


@pytest.mark.parametrize("ahead", [0, 2])
def test_unreadable_files_are_left_out_and_counted_once(files, tmp_path, ahead):
    some = with_bad(files, tmp_path, 0, 9, 22)
    Path(some[9]).write_bytes(b"no image")
    with feeding(some, ahead=ahead) as feed:
        first, labels = taken(feed, feed.steps_per_epoch)
        assert feed.skipped == 3
        taken(feed, feed.steps_per_epoch)
        assert feed.skipped == 3
        assert feed.samples == 2 * (COUNT - 3)
    readable = [each for each in range(COUNT) if each not in (0, 9, 22)]
    assert list(labels) == readable
    assert (first == np.stack([prepared(files[each]) for each in readable])).all()


def test_a_batch_of_nothing_is_passed_over(files, tmp_path):
    with feeding(with_bad(files, tmp_path, *range(8, 16)), ahead=0) as feed:
        assert [len(feed.take()[1]) for _ in range(3)] == [8, 7, 8]


def test_a_pass_of_nothing_is_an_error(files, tmp_path):
    with (
        feeding(with_bad(files, tmp_path, *range(COUNT))) as feed,
        pytest.raises(DataError, match=r"not one of the 23 .* check the folder"),
    ):
        feed.take()


def test_no_file_is_an_error():
    with pytest.raises(DataError), feeding([]):
        pass


def test_a_failure_in_a_worker_reaches_the_taker(files, monkeypatch):
    def fails(*args, **options):
        raise MemoryError

    monkeypatch.setattr("laptime.pipeline.photos.read", fails)
    with feeding(files) as feed, pytest.raises(MemoryError):
        feed.take()


def test_a_batch_that_was_taken_stays_as_it_is(files):
    with feeding(files, ahead=3, augmentation=ALL) as feed:
        kept, _ = feed.take()
        before = kept.copy()
        taken(feed, 9)
    assert (kept == before).all()


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_no_more_is_prepared_than_was_said(files, ahead, monkeypatch):
    decoded = []
    real = read
    monkeypatch.setattr(
        "laptime.pipeline.photos.read",
        lambda path, **options: decoded.append(path) or real(path, **options),
    )
    with feeding(files, ahead=ahead, batch_size=2) as feed:
        feed.take()
        deadline = time.monotonic() + 5
        while len(decoded) < 2 * (1 + ahead) and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.05)
        assert len(decoded) == 2 * (1 + ahead)


def test_waiting_is_counted_and_close_ends_every_thread(files):
    before = threading.active_count()
    with feeding(files, workers=3) as feed:
        feed.take()
        assert feed.waited_ns > 0
    assert threading.active_count() == before
