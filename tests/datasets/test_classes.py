"""Photos of the user's, in a folder for each class."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import registry
from laptime.datasets import Found, _classes, _photos, locate, read
from laptime.errors import DataError
from tests.datasets.photos import classes, pets, shrink_pets, touch


@pytest.fixture
def leaf():
    return registry.load("datasets", "cats-dogs")


def names(paths):
    return ["/".join(Path(path).parts[-2:]) for path in paths]


def test_class_folders_stand_in_for_any_photo_dataset(home, leaf):
    root = classes(home / "mine", ant=10, bee=5)
    found = locate(leaf, data_dir=root)
    assert found == Found(str(root), "folder", "classes")
    photos = read(leaf, found)
    assert photos.classes == ("ant", "bee")
    assert Counter(photos.train_y.tolist()) == {0: 8, 1: 4}
    assert Counter(photos.test_y.tolist()) == {0: 2, 1: 1}
    for files, labels in ((photos.train_files, photos.train_y), (photos.test_files, photos.test_y)):
        assert [photos.classes.index(Path(file).parent.name) for file in files] == labels.tolist()


def test_they_never_stand_in_for_arrays_or_come_from_a_variable(home, leaf, monkeypatch):
    root = classes(home / "mine", ant=2, bee=2)
    assert locate(registry.load("datasets", "mnist"), data_dir=root) is None
    monkeypatch.setenv("LAPTIME_DATA", str(root))
    assert locate(leaf) is None


def test_the_published_files_win_over_class_folders(home, leaf, monkeypatch):
    shrink_pets(monkeypatch)
    root = pets(classes(home / "mine", ant=2, bee=2) / "PetImages").parent
    assert locate(leaf, data_dir=root) == Found(str(root / "PetImages"), "folder")


def test_class_folders_that_were_named_win_over_published_files_elsewhere(home, leaf, monkeypatch):
    shrink_pets(monkeypatch)
    pets(home / "cache" / "data" / "cats-dogs" / "PetImages")
    root = classes(home / "mine", ant=2, bee=2)
    assert locate(leaf, data_dir=root).layout == "classes"
    assert locate(leaf, data_dir=home).origin == "laptime"


def test_the_split_is_the_same_wherever_the_folder_lies(home):
    first, second = (classes(home / where, ant=9, bee=30) for where in "ab")
    one, two = _classes.load(first), _classes.load(second)
    assert names(one.train_files) == names(two.train_files)
    assert names(one.test_files)[:3] == ["ant/7.jpg", "bee/18.jpg", "bee/1.jpg"]


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(2, 30), min_size=2))
def test_every_class_is_on_both_sides(tmp_path_factory, counts):
    photos = _classes.load(classes(tmp_path_factory.mktemp("root"), **counts))
    assert len(photos.train_files) + len(photos.test_files) == sum(counts.values())
    assert not set(photos.train_files) & set(photos.test_files)
    assert set(photos.train_y.tolist()) == set(photos.test_y.tolist()) == set(range(len(counts)))


@pytest.mark.parametrize("second", ["test", "val", "Validation"])
def test_a_split_of_the_users_own_is_kept(home, leaf, second):
    classes(home / "mine" / "train", ant=3, bee=4)
    classes(home / "mine" / second, ant=1, bee=1)
    photos = read(leaf, locate(leaf, data_dir=home / "mine"))
    assert len(photos.train_files) == 7
    assert sorted(names(photos.test_files)) == ["ant/0.jpg", "bee/0.jpg"]


def test_a_split_with_other_classes_is_refused(home):
    classes(home / "mine" / "train", ant=3, bee=4)
    classes(home / "mine" / "val", ant=1, wasp=1)
    with pytest.raises(DataError, match=r"differ in their classes \(bee, wasp\)"):
        _classes.load(home / "mine")


def test_what_is_no_image_does_not_count(home):
    root = classes(home / "mine", ant=2, bee=2)
    touch(root, ["ant/.a.jpg", "ant/notes.txt", "__MACOSX/a.jpg", ".git/a.png", "readme.jpg"])
    touch(root, ["bee/a.PNG", "bee/b.JPEG", "bee/c.webp", "bee/d.tiff"])
    (root / "bee" / "folder.jpg").mkdir()
    (root / "bee" / "link.jpg").symlink_to(root / "ant" / "0.jpg")
    photos = _classes.load(root)
    assert photos.classes == ("ant", "bee")
    assert Counter(names(photos.train_files + photos.test_files)) == Counter(
        ["ant/0.jpg", "ant/1.jpg"]
        + [f"bee/{name}" for name in ("0.jpg", "1.jpg", "a.PNG", "b.JPEG", "c.webp", "d.tiff")]
        + ["bee/link.jpg"]
    )


def test_an_umlaut_is_ranked_as_one_letter_however_it_is_written():
    letters = "\N{LATIN SMALL LETTER A WITH DIAERESIS}", "a\N{COMBINING DIAERESIS}"
    composed, split = (_photos.Photo(f"k{letter}se/1.jpg", "", 0) for letter in letters)
    assert _photos.rank(composed) == _photos.rank(split)


def test_an_empty_class_folder_is_named(home, leaf):
    root = classes(home / "mine", ant=3, bee=0)
    with pytest.raises(DataError, match=r"class folder .*bee holds no image; put"):
        read(leaf, locate(leaf, data_dir=root))


def test_a_class_of_one_image_is_named(home):
    with pytest.raises(DataError, match=r"bee holds one image; two are needed"):
        _classes.load(classes(home / "mine", ant=3, bee=1))


def test_one_class_is_not_enough(home, leaf):
    root = classes(home / "mine", ant=3)
    with pytest.raises(DataError, match=r"only one class \(ant\); put the images"):
        read(leaf, locate(leaf, data_dir=root))


def test_more_classes_than_a_label_can_tell_are_refused(home):
    root = classes(home / "mine", **{f"c{number}": 2 for number in range(257)})
    with pytest.raises(DataError, match="257 class folders; laptime takes 256"):
        _classes.load(root)


def test_folders_without_images_are_no_classes(home, leaf):
    touch(home / "mine", ["a/b/c.jpg", "notes/x.txt", "top.jpg"])
    assert locate(leaf, data_dir=home / "mine") is None
    touch(home / "mine", ["holiday/c.jpg"])  # one folder of photos among other things
    assert locate(leaf, data_dir=home / "mine") is None
    with pytest.raises(DataError, match="no class folders; put the images"):
        _classes.load(home / "mine" / "notes")


def test_a_folder_without_permission_is_named(home, leaf, monkeypatch):
    root = classes(home / "mine", ant=3, bee=3)
    real = os.scandir

    def scandir(path):
        if Path(path).name == "bee":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(DataError, match=r"bee cannot be opened \(Permission denied\); allow"):
        read(leaf, locate(leaf, data_dir=root))
