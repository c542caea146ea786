"""Archives that are damaged, malicious or too large leave nothing behind."""

import errno
import shutil
from pathlib import Path

import pytest

from laptime import download
from laptime.datasets import _archive
from laptime.errors import DataError
from tests.datasets.photos import files, tar, zipped
from tests.datasets.small import sha256

GOOD = {"top/a.jpg": b"a" * 5000, "top/sub/b.jpg": b"b" * 100, "other/c.jpg": b"c"}
PACKERS = {"x.tar.gz": tar, "x.zip": zipped}


@pytest.fixture(params=PACKERS)
def packed(request, tmp_path):
    """A function that packs members into an archive of either kind."""

    def pack(members):
        path = tmp_path / "folder" / request.param
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(PACKERS[request.param](members))
        return path

    return pack


def unpack(archive):
    return _archive.unpack(archive, archive.parent, top="top", progress=lambda *_: None)


def test_one_folder_of_it_is_unpacked_and_the_archive_goes(packed):
    archive = packed(GOOD)
    assert files(unpack(archive)) == ["a.jpg", "sub", "sub/b.jpg"]
    assert files(archive.parent) == ["top", "top/a.jpg", "top/sub", "top/sub/b.jpg"]


def test_progress_ends_at_the_whole(packed):
    archive, calls = packed(GOOD), []
    _archive.unpack(archive, archive.parent, top="top", progress=lambda *call: calls.append(call))
    assert [done for done, _, _ in calls] == sorted(done for done, _, _ in calls)
    assert {label for _, _, label in calls} == {"unpacking top"}


@pytest.mark.parametrize("name", ["top/../../out.jpg", "../top/out.jpg", "/top/out.jpg"])
def test_nothing_lands_outside(packed, tmp_path, name):
    archive = packed({**GOOD, name: b"out"})
    before = files(archive.parent)
    try:
        unpack(archive)
    except DataError as error:
        assert "cannot be unpacked" in str(error)  # noqa: PT017 - leaving it out is right too
        assert files(archive.parent) == before
    assert not list(tmp_path.glob("**/out.jpg"))
    assert not Path("/top").exists()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.7])
def test_a_damaged_archive_leaves_nothing(packed, share):
    archive = packed({name: bytes(range(256)) * 9 for name in GOOD})
    raw = archive.read_bytes()
    archive.write_bytes(raw[: int(share * len(raw))])
    before = files(archive.parent)
    with pytest.raises(DataError, match=r"cannot be unpacked \(.*delete it and run laptime data"):
        unpack(archive)
    assert files(archive.parent) == before


def test_an_archive_of_something_else_is_refused(packed):
    with pytest.raises(DataError, match="no folder top in it"):
        unpack(packed({"other/c.jpg": b"c"}))


def test_a_full_disk_leaves_nothing(packed, monkeypatch):
    archive = packed(GOOD)
    before = files(archive.parent)

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    monkeypatch.setattr("tarfile.copyfileobj", full)
    with pytest.raises(DataError, match="disk is full"):
        unpack(archive)
    assert files(archive.parent) == before


def published(server, content, size=1000):
    server.files["x.zip"] = content
    return _archive.Published(
        title="X", file="x.zip", urls=(server.url + "x.zip",), sha256=sha256(content),
        bytes=size, top="top",
    )  # fmt: skip


def test_room_is_asked_for_first(home, server):
    wanted = published(server, zipped(GOOD), size=10**18)
    with pytest.raises(DataError, match=r"X \(1,000,000,000\.0 GB to download, as much unp.* free"):
        _archive.fetch(wanted, home / "cache" / "x", lambda *_: None)
    assert server.ranges_asked == []
    assert not (home / "cache").exists()


def test_an_archive_that_was_put_there_is_not_downloaded(home, server, monkeypatch):
    content = zipped(GOOD)
    (home / "x").mkdir()
    (home / "x" / "x.zip").write_bytes(content)
    wanted = published(server, content, size=1000)
    monkeypatch.setattr(download, "free_bytes", lambda _: 1500)  # enough for one copy, not for two
    assert _archive.fetch(wanted, home / "x", lambda *_: None) == home / "x" / "top"
    assert server.ranges_asked == []


def test_a_wrong_download_is_not_opened(home, server):
    wanted = published(server, zipped(GOOD))
    server.files["x.zip"] = zipped({"top/evil.jpg": b""})
    with pytest.raises(DataError, match=r"wrong SHA-256.*unpack it into a folder named"):
        _archive.fetch(wanted, home / "x", lambda *_: None)
    assert files(home / "x") == []


def test_sizes_are_told_in_the_unit_that_fits():
    assert [download.gigabytes(n) for n in (12_345_678, 4_996_278_331)] == ["12 MB", "5.0 GB"]
