"""Food-101, its parts, where it may lie and how it is fetched."""

from collections import Counter
from pathlib import Path

import pytest

from laptime import registry
from laptime.datasets import _food, locate, read
from laptime.errors import DataError
from tests.datasets.photos import food, shrink_food, tar
from tests.datasets.small import sha256

NAMES = ("food101", "food101-10pct", "food10", "food10-10pct")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    shrink_food(monkeypatch)


def leaf(name="food101"):
    return registry.load("datasets", name)


def part(name, **changes):
    return leaf(name)._part()._replace(**changes)


def load(root, chosen):
    return _food.load(chosen, _food.find(data_dir=root))


def test_the_four_state_one_download():
    facts = [registry.peek("datasets", name) for name in NAMES]
    for fact in ("DOWNLOAD_BYTES", "MIRRORS", "HOMEPAGE", "SHAPE"):
        assert len({each[fact] for each in facts}) == 1
    assert facts[0]["DOWNLOAD_BYTES"] == _food.ARCHIVE_BYTES


def test_there_are_101_dishes_and_the_ten_are_among_them():
    assert len(_food.CLASSES) == 101
    assert list(_food.CLASSES) == sorted(set(_food.CLASSES))
    assert set(_food.TEN) < set(_food.CLASSES)
    assert len(_food.TEN) == 10


@pytest.mark.parametrize("as_json", [True, False])
def test_the_published_split_is_kept(home, as_json):
    root = food(home / "food-101", as_json=as_json)
    photos = load(home, part("food10", train_each=8, test_each=4, test_count=40))
    assert photos.classes == _food.TEN
    assert len(photos.train_files) == 80
    assert {int(Path(file).stem) for file in photos.train_files} == set(range(8))
    assert {int(Path(file).stem) for file in photos.test_files} == set(range(8, 12))
    assert all(Path(file).is_relative_to(root / "images") for file in photos.test_files)
    labels = [photos.classes.index(Path(file).parent.name) for file in photos.train_files]
    assert labels == photos.train_y.tolist() != sorted(labels)


def test_a_part_is_the_beginning_of_the_whole(home):
    food(home / "food-101")
    whole = load(home, part("food10", train_each=8, test_each=4, test_count=40))
    tenth = load(home, part("food10-10pct", train_each=3, test_each=4, test_count=10))
    assert tenth.test_files == whole.test_files[:10]
    assert Counter(tenth.train_y.tolist()) == dict.fromkeys(range(10), 3)
    for label in range(10):
        mine = [f for f, y in zip(tenth.train_files, tenth.train_y, strict=True) if y == label]
        all_of_it = [f for f, y in zip(whole.train_files, whole.train_y, strict=True) if y == label]
        assert mine == all_of_it[:3]


@pytest.mark.parametrize(
    ("folder", "origin"),
    [
        ("cache/data/food101/food-101", "laptime"),
        ("data/food-101", "torchvision"),
        ("tensorflow_datasets/downloads/extracted/TAR_GZ.x_food-101Q/food-101", "tfds"),
    ],
)
def test_all_four_are_found_where_it_may_lie(home, folder, origin):
    root = food(home / folder)
    for name in NAMES:
        found = locate(leaf(name))
        assert (found.path and Path(found.path).resolve(), found.origin) == (root, origin)


def test_a_missing_image_is_named(home):
    root = food(home / "food-101")
    (root / "images" / "ramen" / "3.jpg").unlink()
    with pytest.raises(DataError, match=r"lacks 1 images .*ramen/3\.jpg.*data fetch food10$"):
        load(home, part("food10", train_each=8, test_each=4))


def test_a_list_that_is_cut_short_is_refused(home):
    root = food(home / "food-101", as_json=False)
    (root / "meta" / "train.txt").write_text("\n".join(f"pizza/{n}" for n in range(7)))
    with pytest.raises(DataError, match=r"train\.txt names 0 images of chicken_curry"):
        load(home, part("food10", train_each=8, test_each=4))


@pytest.mark.parametrize("text", ["{", "[]", '{"pizza": 1}'])
def test_a_list_that_is_none_is_refused(home, text):
    root = food(home / "food-101")
    (root / "meta" / "train.json").write_text(text)
    with pytest.raises(DataError, match=r"train\.json cannot be read"):
        load(home, part("food10", train_each=8, test_each=4))


def test_an_archive_that_was_not_unpacked_is_named(home):
    (home / "food-101.tar.gz").write_bytes(b"")
    with pytest.raises(DataError, match=r"is not unpacked; unpack it there"):
        read(leaf(), locate(leaf(), data_dir=home))


def test_fetch_unpacks_into_the_cache(home, server, monkeypatch):
    food(home / "made" / "food-101")
    members = {
        str(path.relative_to(home / "made")): path.read_bytes()
        for path in (home / "made").rglob("*")
        if path.is_file()
    }
    server.files["food"] = tar({**members, "readme.txt": b"left out"})
    monkeypatch.setattr(_food, "ARCHIVE_SHA256", sha256(server.files["food"]))
    monkeypatch.setattr(leaf(), "MIRRORS", (server.url + "food",))
    found = leaf().fetch(progress=lambda *_: None)
    assert found == locate(leaf("food10"))
    assert [path.name for path in Path(found.path).parent.iterdir()] == ["food-101"]
    chosen = part("food101", train_each=8, test_each=4, test_count=404)
    assert len(_food.load(chosen, found).train_files) == 808
