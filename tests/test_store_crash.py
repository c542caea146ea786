"""Writers that are killed, that meet each other, and that run out of disk: for real."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laptime.errors import StoreError
from laptime.store import Store
from tests.samples import make_result

UNSHARE = shutil.which("unshare")
SAVER = """
import sys
from pathlib import Path
from laptime.store import Store
from tests.samples import make_process, make_result
store, name = Store(Path(sys.argv[1])), sys.argv[2]
store.save(make_result(id=name))
print("ready", flush=True)
for turn in range(int(sys.argv[3])):
    processes = tuple(make_process(seed=seed) for seed in range(1 + turn % 5))
    store.save(make_result(id=name, processes=processes))
"""
ROOT = Path(__file__).parents[1]


def saver(folder, name, turns):
    command = [sys.executable, "-c", SAVER, str(folder), name, str(turns)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


@pytest.mark.skipif(UNSHARE is None, reason="needs a file system of its own")
def test_a_disk_that_is_really_full(tmp_path):
    code = (
        "import sys; from pathlib import Path; from laptime.store import Store\n"
        "from laptime.errors import StoreError; from tests.samples import *\n"
        "s = Store(Path(sys.argv[1])); s.save(make_result()); n = 0\n"
        "for n in range(200):\n"
        "    try: s.save(make_result(processes=tuple(make_process(seed=i) for i in range(n))))\n"
        "    except StoreError as e: print(e); break\n"
        "print(n, len(s.load('latest').processes), [p.name for p in s.folder.iterdir()])\n"
    )
    script = 'mount -t tmpfs -o size=96k tmpfs "$1" && exec "$2" -c "$3" "$1"'
    inner = ["sh", "-c", script, "sh", str(tmp_path), sys.executable, code]
    done = subprocess.run(
        [UNSHARE, "-rm", *inner], check=False, cwd=ROOT, capture_output=True, text=True
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this system lets nobody mount")
    message, state = done.stdout.splitlines()
    assert "the disk is full; free some space" in message
    tried, kept, names = state.split(maxsplit=2)
    assert int(kept) == int(tried) - 1
    assert names == f"['{make_result().id}.json']"


def test_a_killed_writer_leaves_only_whole_records(tmp_path):
    for delay_s in (0.05, 0.11, 0.17):
        child = saver(tmp_path, "20260101-000000-x-0001", 100_000)
        child.stdout.readline()
        time.sleep(delay_s)
        child.kill()
        child.communicate()
        found, problems = Store(tmp_path).load_all()
        assert problems == []
        assert len(found) == 1


def test_two_writers_of_one_result_do_not_mix(tmp_path):
    children = [saver(tmp_path, "20260101-000000-x-0001", 60) for _ in range(2)]
    for child in children:
        child.stdout.readline()
    while any(child.poll() is None for child in children):
        found, problems = Store(tmp_path).load_all()
        assert problems == []
        assert all(1 <= len(result.processes) <= 5 for result in found)
    assert [child.communicate() and child.returncode for child in children] == [0, 0]
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_a_limit_on_file_size_is_a_store_error(tmp_path):
    shelf = Store(tmp_path)
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    shelf.check_writable()
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(StoreError, match="file too large"):
            shelf.save(make_result())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(shelf.folder.iterdir()) == []
