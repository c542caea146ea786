"""Every workload of photos, in full, on real photographs: the twenty in the package foolbox."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from laptime import registry
from laptime.record import Result, decode

pytestmark = pytest.mark.long
PHOTO_WORKLOADS = [
    name
    for name in registry.names("workloads")
    if registry.load("workloads", name).WORKLOAD.recipe.preparation is not None
]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two class folders of ten, and a broken file among them."""
    spec = find_spec("foolbox")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the package foolbox")
    found = sorted(Path(spec.submodule_search_locations[0], "data").glob("imagenet_*.jpg"))
    assert len(found) == 20
    folder = tmp_path_factory.mktemp("photos")
    for index, path in enumerate(found):
        kind = folder / ("first" if index < 10 else "second")
        kind.mkdir(exist_ok=True)
        shutil.copy(path, kind)
    (folder / "first" / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo at all")
    return folder


def run(*arguments: str, store: Path, limit_bytes: int | None = None) -> list[Result]:
    """What `laptime run` recorded, in the order of time."""

    def limit() -> None:
        import resource

        if limit_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))

    done = subprocess.run(
        [sys.executable, "-m", "laptime", "run", "--engine", "torch", *arguments],
        env={**os.environ, "LAPTIME_STORE": str(store)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 0, done.stderr
    return [decode(path.read_bytes()) for path in sorted(store.glob("*.json"))]


@pytest.mark.parametrize("setup", ["plain", "tuned"])
@pytest.mark.parametrize("name", PHOTO_WORKLOADS)
def test_a_full_run_ends_with_an_accuracy(
    name: str, setup: str, photos: Path, tmp_path: Path
) -> None:
    (result,) = run(
        *(name, "--profile", "full", "--setup", setup, "--data-dir", str(photos)), store=tmp_path
    )
    process, work = result.processes[0], result.work
    assert process.outcome == "ok"
    assert len(process.epochs) == work.epochs
    assert 0 <= process.epochs[-1].evaluation.accuracy <= 1
    assert work.classes == 2
    assert (result.data.train_files or 0) + (result.data.test_files or 0) == 21
    assert result.data.skipped_files == 1
    assert any("own photos (" in each and "of 2 classes" in each for each in work.deviations)
    assert (process.fit is not None) == name.startswith("createml")


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
def test_a_real_out_of_memory_steps_down_the_ladder(photos: Path, tmp_path: Path) -> None:
    """Batches of 64 do not fit into the address space; those that a smaller one makes do."""
    results = run(
        *("catsdogs-cnn", "--data", "synthetic", "--weights", "random"),
        store=tmp_path,
        limit_bytes=2_400_000_000,
    )
    *failed, last = results
    assert failed
    assert all(each.processes[0].outcome == "oom" for each in failed)
    assert last.processes[0].outcome == "ok"
    assert last.work.batch_size < 64
    assert last.work.deviations[0].endswith("memory too short")
