"""Downloads from a server on the loopback that misbehaves in every way a mirror may."""

import errno
import gzip

import pytest

from laptime import download
from laptime.datasets import _mnist
from laptime.errors import DataError
from tests.datasets.small import idx_contents, idx_files, sha256

CONTENT = bytes(range(256)) * 8_000  # 2 MB: several chunks


def wanted(home, *urls, **more):
    given = {"sha256": sha256(CONTENT), "limit": 2 * len(CONTENT)} | more
    return download.Wanted(file="big", urls=urls, folder=home / "cache", **given)


def fetch(home, *urls, **more):
    calls = []
    path = download.fetch(wanted(home, *urls, **more), progress=lambda *call: calls.append(call))
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["big"]
    return calls


def test_a_whole_download_reports_its_progress(home, server):
    server.files["big"] = CONTENT
    calls = fetch(home, server.url + "big")
    assert calls[-1] == (len(CONTENT), len(CONTENT), "big")
    assert [done for done, _, _ in calls] == sorted({done for done, _, _ in calls})


def test_a_verified_file_is_not_asked_for_again(home, server):
    server.files["big"] = CONTENT
    fetch(home, server.url + "big")
    fetch(home, server.url + "big")
    assert len(server.ranges_asked) == 1


def test_a_damaged_file_is_replaced(home, server):
    server.files["big"] = CONTENT
    (home / "cache").mkdir()
    (home / "cache" / "big").write_bytes(b"damaged")
    fetch(home, server.url + "big")


def test_a_cut_connection_goes_on_where_it_broke(home, server):
    server.files["big"], server.cuts = CONTENT, [1_000_000, 500_000]
    fetch(home, server.url + "big")
    first, *later = server.ranges_asked
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in later]
    assert first is None
    assert starts == sorted(starts)
    assert starts[0] > 1_000_000 - download.CHUNK


def interrupt(home, server):
    """A download that the user stops halfway."""
    server.files["big"] = CONTENT

    def stop(done, _total, _label):
        if done > 1_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch(wanted(home, server.url + "big"), progress=stop)
    assert not (home / "cache" / "big").exists()


def test_a_later_run_resumes(home, server):
    interrupt(home, server)
    fetch(home, server.url + "big")
    assert server.ranges_asked[0] is None
    assert server.ranges_asked[1].startswith("bytes=1")


def test_a_changed_file_starts_over(home, server):
    interrupt(home, server)
    server.etag = '"v2"'
    assert fetch(home, server.url + "big")[0][0] < 1_000_000


def test_a_server_without_ranges_starts_over(home, server):
    interrupt(home, server)
    server.ranges = False
    assert fetch(home, server.url + "big")[0][0] < 1_000_000


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_proof_of_the_same_version_nothing_is_resumed(home, server, etag):
    server.etag = etag
    interrupt(home, server)
    fetch(home, server.url + "big")
    assert server.ranges_asked == [None, None]


def test_a_part_that_was_complete_is_not_downloaded_again(home, server):
    interrupt(home, server)
    part = next((home / "cache").glob("*.part"))
    part.write_bytes(CONTENT)
    assert fetch(home, server.url + "big") == []


def test_a_part_that_is_too_long_starts_over(home, server):
    interrupt(home, server)
    part = next((home / "cache").glob("*.part"))
    part.write_bytes(CONTENT + b"more")
    fetch(home, server.url + "big")


def test_the_next_mirror_is_tried(home, server):
    server.files |= {"wrong": CONTENT[:-1] + b"?", "big": CONTENT}
    fetch(home, *(server.url + name for name in ("absent", "wrong", "big")))


def test_failure_says_what_was_tried_and_what_to_do(home, server):
    server.files |= {"wrong": b"?", "endless": CONTENT * 3}
    urls = [server.url + name for name in ("absent", "wrong", "endless")]
    with pytest.raises(DataError) as caught:
        fetch(home, *urls)
    message = str(caught.value)
    for part in ("HTTP 404", "wrong SHA-256", "far more", urls[0], "--data-dir", "synthetic"):
        assert part in message
    assert "\n" not in message
    assert not (home / "cache" / "big").exists()


def test_no_network_is_told(home, server):
    closed = "http://127.0.0.1:1/big"
    with pytest.raises(DataError, match="no connection"):
        fetch(home, closed, closed)


def test_a_full_disk_is_named(home, server, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "_save", full)
    server.files["big"] = CONTENT
    with pytest.raises(DataError, match="disk is full"):
        fetch(home, server.url + "big")


def test_a_cache_that_cannot_be_made_is_named(home, server):
    (home / "cache").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="LAPTIME_CACHE"):
        fetch(home, server.url + "big")


def test_idx_files_are_unpacked_and_verified(home, server):
    server.files |= {f"{file}.gz": gzip.compress(raw) for file, raw in idx_contents().items()}
    files = idx_files(server.url)
    found = _mnist.fetch(files, progress=lambda *_: None)
    assert found.origin == "laptime"
    assert found == _mnist.find(files, data_dir=None)
    assert _mnist.load(files, found).train_x.shape == (12, 5, 4, 1)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8bno gzip", b"<html>not here</html>"])
def test_a_page_instead_of_the_file_is_refused(home, server, content):
    server.files |= {f"{file}.gz": content for file in idx_contents()}
    with pytest.raises(DataError, match="could not be downloaded"):
        _mnist.fetch(idx_files(server.url), progress=lambda *_: None)
    assert _mnist.find(idx_files(), data_dir=None) is None
