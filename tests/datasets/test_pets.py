"""Dogs vs. Cats in all its layouts."""

from collections import Counter
from pathlib import Path

import pytest

from laptime import registry
from laptime.datasets import _pets, locate, read
from laptime.errors import DataError
from tests.datasets.photos import pets, shrink_pets, touch


@pytest.fixture(autouse=True)
def small(monkeypatch):
    shrink_pets(monkeypatch)


@pytest.fixture
def leaf():
    return registry.load("datasets", "cats-dogs")


def load(found):
    return _pets.load(found, train_count=80, test_count=10)


@pytest.mark.parametrize("layout", _pets.LAYOUTS)
def test_every_layout_is_found_and_split_alike(home, leaf, layout):
    found = locate(leaf, data_dir=pets(home / "mine", layout))
    photos = load(found)
    assert found.layout == "dataset"
    assert photos.classes == ("cat", "dog")
    assert Counter(photos.train_y.tolist()) == {0: 40, 1: 40}
    assert Counter(photos.test_y.tolist()) == {0: 5, 1: 5}
    numbers = [int(Path(file).stem.rpartition(".")[2]) for file in photos.test_files]
    assert numbers == [24, 47, 15, 49, 6, 15, 45, 7, 3, 27]


@pytest.mark.parametrize("folder", ["PetImages", "train", "dogs-vs-cats/train", "cats-dogs"])
def test_subfolders_of_the_users_folder_are_searched(home, leaf, folder):
    layout = _pets.KAGGLE if "train" in folder else _pets.MICROSOFT
    root = pets(home / "mine" / folder, layout)
    assert locate(leaf, data_dir=home / "mine").path == str(root)


def test_what_is_no_photo_does_not_count(home, leaf):
    root = touch(pets(home / "PetImages"), ["Cat/Thumbs.db", "Cat/copy.jpg", "Dog/.7.jpg"])
    assert len(load(locate(leaf, data_dir=root.parent)).train_files) == 80


def test_a_missing_photo_is_told(home, leaf):
    root = pets(home / "PetImages")
    (root / "Dog" / "30.jpg").unlink()
    with pytest.raises(DataError, match="49 photos of class dog and should hold 50; replace"):
        load(locate(leaf, data_dir=root))


def test_a_part_of_it_is_not_passed_over(home, leaf):
    root = touch(home / "PetImages", ["Cat/0.jpg", "Dog/0.jpg"])
    with pytest.raises(DataError, match=r"lacks photos of Dogs vs\. Cats"):
        load(locate(leaf, data_dir=root))
    (home / "elsewhere").mkdir()
    (home / "elsewhere" / _pets.ARCHIVE).touch()
    with pytest.raises(DataError, match="is not unpacked"):
        load(locate(leaf, data_dir=home / "elsewhere"))


def test_folders_of_the_same_names_with_other_photos_are_the_users_own(home, leaf):
    """As the article's author has them: a part of the dataset in train, another in validation."""
    layout = next(each for each in _pets.LAYOUTS if each.cat == "cats/cat.{}.jpg")
    root = pets(home / "mine" / "train", layout)
    (root / "cats" / "cat.9.jpg").unlink()
    assert locate(leaf, data_dir=root).layout == "classes"
    touch(home / "mine" / "validation", ["cats/cat.9.jpg", "dogs/dog.50.jpg"])
    photos = read(leaf, locate(leaf, data_dir=home / "mine"))
    assert (len(photos.train_files), len(photos.test_files)) == (99, 2)
