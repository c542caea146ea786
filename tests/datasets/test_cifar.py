"""CIFAR-10 as binary files, as the published archive and as pickles that are never run."""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

from laptime.datasets import Found, _cifar, _opcodes
from laptime.errors import DataError
from tests.datasets.small import (
    binary,
    cifar_archive,
    cifar_batches,
    cifar_published,
    pickled,
)


def write(folder, suffix, pack):
    folder.mkdir(parents=True, exist_ok=True)
    for name, batch in cifar_batches().items():
        (folder / f"{name}{suffix}").write_bytes(pack(batch))
    return folder


def load(path, **more):
    return _cifar.load(cifar_published(**more), Found(str(path), "folder"))


def assert_whole(arrays):
    batches = list(cifar_batches().values())
    assert arrays.train_x.shape == (100, 4, 4, 3)
    assert arrays.train_y.tolist() == [*range(10)] * 10
    labels, planes = batches[5]
    assert np.array_equal(arrays.test_y, labels)
    assert np.array_equal(arrays.test_x[..., 2].reshape(20, 16), planes[:, 32:])
    assert np.array_equal(arrays.train_x[20, :, :, 0].ravel(), batches[1][1][0, :16])


def test_binary_files(tmp_path):
    assert_whole(load(write(tmp_path, ".bin", binary)))


def test_archive_is_read_without_unpacking(tmp_path):
    (tmp_path / _cifar.ARCHIVE).write_bytes(cifar_archive())
    raw = (tmp_path / _cifar.ARCHIVE).read_bytes()
    found = _cifar.find(data_dir=tmp_path)
    assert_whole(load(found.path, archive=raw))
    with pytest.raises(DataError, match="wrong SHA-256"):
        load(found.path)


def test_pickles_of_keras_and_torchvision(home):
    write(home / "data" / _cifar.PICKLED, "", pickled)
    found = _cifar.find(data_dir=None)
    assert found.origin == "torchvision"
    assert_whole(load(found.path))


def test_the_generated_pickles_are_real_pickles():
    labels, planes = cifar_batches()["test_batch"]
    content = pickle.loads(pickled((labels, planes)), encoding="bytes")  # noqa: S301 - made above
    assert np.array_equal(content[b"data"], planes)
    assert content[b"labels"] == labels.tolist()


def test_a_pickle_with_another_checksum_is_not_even_listed(tmp_path, monkeypatch):
    folder = write(tmp_path, "", pickled)
    monkeypatch.setattr(_opcodes, "labels_and_pixels", lambda _: pytest.fail("was listed"))
    (folder / "data_batch_1").write_bytes(pickled(cifar_batches()["data_batch_2"]))
    with pytest.raises(DataError, match="wrong MD5"):
        load(folder)


class Trap:
    def __reduce__(self):
        return Path.touch, (Path("sprung"),)


def test_a_malicious_pickle_is_not_run(home):
    raw = pickle.dumps({"labels": [1, 2], "data": Trap()}, protocol=2)
    _opcodes.labels_and_pixels(raw)
    published = cifar_published()
    published.pickle_md5["data_batch_1"] = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    folder = write(home / "py", "", pickled)
    (folder / "data_batch_1").write_bytes(raw)
    with pytest.raises(DataError, match="laid out differently"):
        _cifar.load(published, Found(str(folder), "folder"))
    assert not (home / "sprung").exists()


@pytest.mark.parametrize("raw", [b"", b"no pickle", pickled(cifar_batches()["test_batch"])[:-1]])
def test_what_is_no_whole_pickle_gives_nothing(raw):
    assert _opcodes.labels_and_pixels(raw) == ([], b"")


def test_a_cut_batch_is_refused(tmp_path):
    folder = write(tmp_path, ".bin", binary)
    (folder / "data_batch_4.bin").write_bytes(b"short")
    with pytest.raises(DataError, match=r"data_batch_4\.bin has 5 bytes and should have 980"):
        load(folder)


@pytest.mark.parametrize("label", [1, 10, 255])
def test_labels_that_cannot_be_are_refused(tmp_path, label):
    folder = write(tmp_path, ".bin", binary)
    raw = bytearray((folder / "test_batch.bin").read_bytes())
    raw[0] = label
    (folder / "test_batch.bin").write_bytes(raw)
    with pytest.raises(DataError, match="labels out of range or not balanced"):
        load(folder)


def test_a_missing_batch_is_named(tmp_path):
    folder = write(tmp_path, ".bin", binary)
    (folder / "data_batch_2.bin").unlink()
    assert _cifar.find(data_dir=folder).origin == "folder"
    with pytest.raises(DataError, match=r"data_batch_2\.bin cannot be read"):
        load(folder)


def test_fetch_unpacks_after_the_checksum_matched(home, server):
    archive = cifar_archive()
    server.files["cifar"] = archive
    published = cifar_published(server.url + "cifar", archive=archive)
    found = _cifar.fetch(published, progress=lambda *_: None)
    assert_whole(_cifar.load(published, found))
    assert found == _cifar.find(data_dir=None)
    assert [path.name for path in Path(found.path).parent.iterdir()] == [_cifar.BINARY]


def test_fetch_of_something_else_leaves_nothing(home, server):
    server.files["cifar"] = b"not the archive"
    with pytest.raises(DataError, match="wrong SHA-256"):
        _cifar.fetch(cifar_published(server.url + "cifar"), progress=lambda *_: None)
    assert list((home / "cache" / "data" / "cifar10").iterdir()) == []
