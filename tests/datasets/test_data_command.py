"""`laptime data`."""

import gzip
import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from laptime import download, registry
from laptime.cli.data import command
from laptime.errors import DataError, UnknownNameError
from tests.datasets.photos import classes
from tests.datasets.small import COUNTS, SHAPE, idx_contents, idx_files, write_idx


@pytest.fixture
def tiny(monkeypatch, server):
    """MNIST, made tiny and served from the loopback."""
    server.files |= {f"{file}.gz": gzip.compress(raw) for file, raw in idx_contents().items()}
    mnist = registry.load("datasets", "mnist")
    monkeypatch.setattr(mnist, "SHAPE", SHAPE)
    monkeypatch.setattr(mnist, "TRAIN_COUNT", COUNTS[0])
    monkeypatch.setattr(mnist, "TEST_COUNT", COUNTS[1])
    monkeypatch.setattr(mnist, "MIRRORS", (server.url,))
    monkeypatch.setattr(mnist, "SHA256", idx_files().sha256)
    return server


def run(*arguments):
    return CliRunner().invoke(command, arguments, catch_exceptions=True)


def test_list_shows_every_dataset(home):
    answer = run("list")
    assert answer.exit_code == 0
    for name in registry.names("datasets"):
        assert f"laptime data fetch {name}" in answer.stdout


def test_list_as_json_is_one_document_without_paths(home):
    write_idx(home / "mine" / "mnist")
    answer = run("list", "--json", "--data-dir", str(home / "mine"))
    results = {row["name"]: row for row in json.loads(answer.stdout)["results"]}
    assert list(results) == registry.names("datasets")
    assert results["mnist"]["origin"] == "folder"
    assert results["cifar10"]["found"] is False
    assert str(home) not in answer.stdout


def test_fetch_downloads_once(tiny):
    first, second = run("fetch", "mnist"), run("fetch", "mnist", "--json")
    assert first.stdout.startswith("mnist: fetched (laptime: ")
    assert first.stdout.endswith("0 MB)\n")
    assert re.search(r"^mnist: downloading 12 MB \(\d.* free\)$", first.stderr, re.MULTILINE)
    assert "train-images-idx3-ubyte" in first.stderr
    document = json.loads(second.stdout)
    assert document.pop("laptime")
    size = sum(map(len, idx_contents().values()))
    row = {"name": "mnist", "status": "already there", "origin": "laptime", "disk_bytes": size}
    assert document == {"results": [row]}
    assert len(tiny.ranges_asked) == 4


def test_fetch_replaces_a_damaged_cache(tiny, home):
    folder = write_idx(home / "cache" / "data" / "mnist")
    (folder / "train-labels-idx1-ubyte").write_bytes(b"damaged")
    answer = run("fetch", "mnist", "--json")
    assert json.loads(answer.stdout)["results"][0]["status"] == "fetched"
    assert len(tiny.ranges_asked) == 1


def test_fetch_does_not_hide_a_damaged_folder_of_the_user(tiny, home):
    folder = write_idx(home / "mine")
    (folder / "train-labels-idx1-ubyte").unlink()
    answer = run("fetch", "mnist", "--data-dir", str(folder))
    assert isinstance(answer.exception, DataError)
    assert answer.stdout == ""


def test_photos_of_the_users_are_verified_by_listing(home):
    root = classes(home / "mine", ant=2, bee=0)
    assert "holds no image" in str(run("fetch", "food101", "--data-dir", str(root)).exception)
    (root / "bee").rmdir()
    classes(root, wasp=2)
    answer = run("fetch", "food101", "--data-dir", str(root))
    assert answer.stdout == f"food101: already there (folder: {root}, 0 MB)\n"


def test_a_disk_that_is_too_small_is_told_before_the_download(home, monkeypatch):
    monkeypatch.setattr(download, "free_bytes", lambda _: 3_000_000_000)
    answer = run("fetch", "food10")
    assert answer.stderr == "food10: downloading 5.0 GB (3.0 GB free)\n"
    assert "needs 10.0 GB and 3.0 GB are free" in str(answer.exception)


def test_a_wrong_name_is_an_error_of_use():
    assert isinstance(run("fetch", "mnits").exception, UnknownNameError)


def test_importing_the_command_loads_nothing_heavy():
    code = "import sys, laptime.cli.data; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "rich", "requests", "pooch", "platformdirs"} & set(loaded)
