"""The files of a photo twin: which they are, that all or none are written, and what is on them."""

import errno
import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st

from laptime import datasets, download, registry
from laptime.datasets import Need, _draw, _twins, read, twin_need, write_twin
from laptime.errors import DataError
from tests.datasets.photos import Bigger, Tiny, files

PHOTOS = [
    name
    for name in registry.names("datasets")
    if registry.peek("datasets", name).get("KIND") == "photos"
]


def root(home):
    return home / "cache" / "data" / "twins" / str(_twins.VERSION) / "tiny" / "images"


def content(home):
    return {path.relative_to(root(home)): path.read_bytes() for path in root(home).rglob("*.jpg")}


# Which files


def test_it_fits_the_constants_in_full(home):
    write_twin(Tiny)
    photos = read(Tiny, None)
    assert photos.classes == ("ant", "bee", "gnat")
    assert np.bincount(photos.train_y).tolist() == [10, 10, 10]
    assert np.bincount(photos.test_y).tolist() == [4, 3, 3]
    assert photos.train_y.dtype == np.uint8
    labels = [photos.classes.index(Path(file).parent.name) for file in photos.train_files]
    assert labels == photos.train_y.tolist() != sorted(labels)
    assert len(content(home)) == 40


@given(st.sampled_from(PHOTOS), st.integers(0, 3000))
def test_a_subset_is_small_enough_and_holds_every_class(name, subset):
    module = registry.load("datasets", name)
    train, test = _twins._counts(module, subset)
    assert train + test <= subset
    assert train <= module.TRAIN_COUNT
    assert test <= module.TEST_COUNT
    if subset >= 2 * module.CLASSES:
        assert min(train, test) >= module.CLASSES
    if subset >= 5 * module.CLASSES and train < module.TRAIN_COUNT:
        assert test == subset // 5


def test_quick_is_what_the_issue_allows():
    assert datasets.QUICK_FILES <= 2048


def test_a_bigger_one_adds_to_a_smaller_one(home):
    write_twin(Tiny, subset=12)
    few = content(home)
    assert twin_need(Tiny) == Need(28, 28 * (2000 + _twins.SLACK))
    write_twin(Tiny)
    assert few.items() < content(home).items()
    assert twin_need(Tiny) == Need(0, 0)
    assert twin_need(Bigger).files == 8
    write_twin(Bigger)
    assert len(read(Bigger, None).train_files) == 36


def test_what_is_there_is_not_written_again(home, monkeypatch):
    write_twin(Tiny, subset=12)
    monkeypatch.setattr(_draw, "Artist", lambda _: pytest.fail("drawn again"))
    write_twin(Tiny, subset=12)


def test_reading_what_was_not_written_is_an_error(home):
    with pytest.raises(DataError, match=r"12 files of the synthetic twin of Tiny photos .* run"):
        read(Tiny, None, subset=12)


def test_arrays_have_nothing_to_write(home):
    mnist = registry.load("datasets", "mnist")
    assert twin_need(mnist) == Need(0, 0)
    write_twin(mnist)
    assert files(home) == []


def test_progress_ends_with_the_need(home):
    calls = []
    write_twin(Tiny, progress=lambda *call: calls.append(call))
    whole = 40 * (2000 + _twins.SLACK)
    assert calls[-1] == (whole, whole, "the synthetic twin of Tiny photos (40 JPEG files)")
    assert [done for done, _, _ in calls] == sorted(done for done, _, _ in calls)


# All or nothing


def after(calls, function, failure):
    """`function`, which fails from that call on."""
    counter = iter(range(10**9))

    def wrapped(*args, **kwargs):
        if next(counter) >= calls:
            raise failure
        return function(*args, **kwargs)

    return wrapped


@pytest.mark.parametrize("begun", [0, 12])
@pytest.mark.parametrize("target", ["write", "replace", "mkdir"])
def test_a_disk_that_fills_leaves_what_was_there_before(home, monkeypatch, begun, target):
    if begun:
        write_twin(Tiny, subset=begun)
    before = files(home / "cache" / "data") if begun else []
    failure = OSError(errno.ENOSPC, "No space left on device")
    owner, name = {
        "write": (Path, "write_bytes"), "replace": (os, "replace"), "mkdir": (Path, "mkdir"),
    }[target]  # fmt: skip
    monkeypatch.setattr(owner, name, after(2, getattr(owner, name), failure))
    with pytest.raises(DataError, match=r"disk is full .* 0 MB were needed.*LAPTIME_CACHE"):
        write_twin(Tiny)
    monkeypatch.undo()
    left = [path for path in (home / "cache").rglob("*") if path.is_file()]
    assert len(left) == begun
    assert not begun or files(home / "cache" / "data") == before


def test_ctrl_c_leaves_nothing(home):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_twin(Tiny, progress=stop)
    assert not root(home).parent.exists()
    assert threading.active_count() == 1


def test_ctrl_c_while_files_are_moved_leaves_nothing(home, monkeypatch):
    monkeypatch.setattr(os, "replace", after(5, os.replace, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_twin(Tiny)
    assert not root(home).parent.exists()


def test_too_little_room_is_told_before_anything_is_written(home, monkeypatch):
    monkeypatch.setattr(download, "free_bytes", lambda _: 100)
    with pytest.raises(DataError, match=r"\(40 JPEG files\) needs 0 MB and 0 MB are free"):
        write_twin(Tiny)
    assert files(home) == []


def test_a_cache_that_cannot_be_made_is_told(home):
    (home / "cache").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="LAPTIME_CACHE"):
        write_twin(Tiny)


def test_two_at_once_do_not_harm_each_other(home):
    failed = []

    def work(module):
        try:
            write_twin(module)
            read(module, None)
        except DataError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(module,)) for module in (Tiny, Bigger) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [path.name for path in root(home).parent.iterdir()] == ["images"]


def test_what_a_killed_run_left_is_taken_away_in_time(home):
    fresh, old = (root(home).parent / f"writing-{age}" for age in ("fresh", "old"))
    for folder in (fresh, old):
        (folder / "ant").mkdir(parents=True)
    os.utime(old, (0, time.time() - 2 * _twins.STALE_S))
    write_twin(Tiny, subset=12)
    assert fresh.exists()
    assert not old.exists()


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to mount")
def test_a_real_disk_that_fills_is_left_empty(home, monkeypatch):
    disk = home / "small"
    disk.mkdir()
    mount = [shutil.which("mount"), "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount here")
    try:
        monkeypatch.setenv("LAPTIME_CACHE", str(disk))
        cats_dogs = registry.load("datasets", "cats-dogs")
        with pytest.raises(DataError, match=r"needs 22 MB and 2 MB are free"):
            write_twin(cats_dogs, subset=640)
        monkeypatch.setattr(download, "free_bytes", lambda _: 10**12)
        with pytest.raises(DataError, match=r"disk is full .*; 22 MB were needed"):
            write_twin(cats_dogs, subset=640)
        assert [path for path in disk.rglob("*") if path.is_file()] == []
    finally:
        subprocess.run([shutil.which("umount"), str(disk)], check=True)


# What is on them


@pytest.fixture(scope="module", params=["food101", "cats-dogs"])
def twin(request):
    return registry.load("datasets", request.param).twin()


def test_the_pixels_are_the_same_on_every_machine():
    artist = _draw.Artist(Tiny.twin())
    pixels = b"".join(artist.pixels("bee", number).tobytes() for number in range(4))
    assert hashlib.sha256(pixels).hexdigest()[:16] == "d8cb410546dbc081"


def test_files_are_as_large_as_the_published_ones(twin):
    artist = _draw.Artist(twin)
    sizes = [len(artist.jpeg(twin.names[n % len(twin.names)], n)) for n in range(400)]
    assert np.mean(sizes) == pytest.approx(twin.mean_bytes, rel=0.1)
    assert 0.35 < np.std(np.log(sizes)) < 0.6


def test_they_are_baseline_jpegs_of_the_stated_sizes(twin):
    artist = _draw.Artist(twin)
    headers = [
        simplejpeg.decode_jpeg_header(artist.jpeg(twin.names[0], number)) for number in range(300)
    ]
    assert {header[2:] for header in headers} == {("YCbCr", "420")}
    assert {(width, height) for height, width, *_ in headers} == set(twin.sizes)
    mean = np.mean([width * height for height, width, *_ in headers])
    assert mean == pytest.approx(np.mean([w * h for w, h in twin.sizes]), rel=0.05)


def test_the_lognormal_has_the_stated_mean_and_spread():
    assert np.mean(_draw.FACTORS) == 100
    assert np.std(np.log(_draw.FACTORS)) == pytest.approx(0.4, abs=0.02)


def test_the_strength_follows_the_table():
    for strength, density in _draw.STRENGTHS:
        assert _draw.strength_for(density) == strength
    assert _draw.strength_for(0) == 0
    assert _draw.strength_for(10**6) == _draw.STRENGTHS[-1][0]


def seen(artist, names, numbers):
    """Small pictures as a network sees them after augmentation, and their classes."""
    random = np.random.default_rng(3)
    pictures, labels = [], []
    for label, name in enumerate(names):
        for number in numbers:
            small = cv2.resize(artist.pixels(name, number), (16, 16), interpolation=cv2.INTER_AREA)
            turn = cv2.getRotationMatrix2D((7.5, 7.5), random.uniform(-20, 20), 1)
            turn[:, 2] += random.uniform(-3.2, 3.2, 2)
            warped = cv2.warpAffine(small, turn, (16, 16), borderMode=cv2.BORDER_REPLICATE)
            pictures.append(warped[:, :: random.choice([-1, 1])].ravel() / 255)
            labels.append(label)
    return np.array(pictures), np.array(labels)


def test_augmented_it_is_learned_but_not_by_the_mean_colour_alone():
    twin = registry.load("datasets", "food10").twin()
    artist = _draw.Artist(twin)
    (train, y), (test, truth) = (seen(artist, twin.classes, n) for n in (range(40), range(90, 100)))
    assert accuracy(train, y, test, truth) > 0.8
    colours = (part.reshape(-1, 256, 3).mean(axis=1) for part in (train, test))
    assert accuracy(next(colours), y, next(colours), truth) < 0.75


def accuracy(train, y, test, truth):
    """Of a ridge regression on one column for each class."""
    train, test = (np.column_stack([part, np.ones(len(part))]) for part in (train, test))
    wanted = np.eye(y.max() + 1)[y]
    weights = np.linalg.solve(train.T @ train + 0.1 * np.eye(train.shape[1]), train.T @ wanted)
    return ((test @ weights).argmax(axis=1) == truth).mean()


def test_every_class_is_drawn_and_no_two_files_are_alike():
    twin = registry.load("datasets", "cats-dogs").twin()
    artist = _draw.Artist(twin)
    drawn = Counter(artist.jpeg(name, n) for name in twin.classes for n in range(100))
    assert max(drawn.values()) == 1
