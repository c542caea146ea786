"""Small photo datasets: empty files where only names count, and leaves of a few classes."""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from laptime.datasets import Twin, _food, _pets


def touch(root: Path, names: Iterable[str]) -> Path:
    """Empty files; a dataset looks at names only."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def classes(root: Path, **counts: int) -> Path:
    """A folder of so many images for each class."""
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        touch(root / name, (f"{number}.jpg" for number in range(count)))
    return root


def shrink_food(monkeypatch) -> None:
    """Food-101 with 8 + 4 images of each dish."""
    monkeypatch.setattr(_food, "TRAIN_EACH", 8)
    monkeypatch.setattr(_food, "TEST_EACH", 4)


def food(root: Path, *, as_json: bool = True) -> Path:
    """Shrunken Food-101 as it was published."""
    for split, numbers in (("train", range(8)), ("test", range(8, 12))):
        lists = {name: [f"{name}/{number}" for number in numbers] for name in _food.CLASSES}
        touch(root / "images", (f"{key}.jpg" for keys in lists.values() for key in keys))
        (root / "meta").mkdir(exist_ok=True)
        lines = "\n".join(key for keys in lists.values() for key in keys)
        text = json.dumps(lists) if as_json else lines
        (root / "meta" / f"{split}{'.json' if as_json else '.txt'}").write_text(text)
    return root


def shrink_pets(monkeypatch) -> None:
    """Dogs vs. Cats with 50 of each."""
    monkeypatch.setattr(_pets, "EACH", 50)


def pets(root: Path, layout: _pets.Layout = _pets.MICROSOFT) -> Path:
    return touch(root, (name.format(number) for name in layout for number in range(50)))


def tar(members: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return packed.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def files(root: Path) -> list[str]:
    """Whatever lies below a folder, folders too."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


class Tiny:
    """A leaf whose twin is small."""

    KIND = "photos"
    TITLE = "Tiny photos"
    SHAPE = (224, 224, 3)
    CLASSES = 3
    TRAIN_COUNT = 30
    TEST_COUNT = 10

    @staticmethod
    def twin() -> Twin:
        return Twin(
            tree="tiny",
            names=("ant", "bee", "fly", "gnat"),
            classes=("ant", "bee", "gnat"),
            first_test=20,
            sizes=((120, 80), (80, 120)),
            mean_bytes=2_000,
        )


class Bigger(Tiny):
    """More of the same tree."""

    TRAIN_COUNT = 36
    TEST_COUNT = 12
