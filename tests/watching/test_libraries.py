"""Real scripts of each library, under `laptime watch` and alone."""

import subprocess
import sys

import msgspec
import pytest

from laptime.checks import summarized
from laptime.passes import NO_FRAMEWORK
from tests.watching.running import SCRIPTS, environment, only_result, watch

LIBRARIES = [
    # script, variables, engine, epochs, steps, samples of a step, knows its waits
    ("loop", {}, "torch", 3, 24, 32, True),
    ("keras_fit", {"KERAS_BACKEND": "jax"}, "keras-jax", 3, 24, 16, False),
    ("keras_fit", {"KERAS_BACKEND": "torch"}, "keras-torch", 3, 24, 16, False),
    ("lightning_fit", {}, "lightning", 3, 18, 16, True),
    ("transformers_train", {}, "transformers", 3, 12, 16, True),
]


@pytest.mark.long
@pytest.mark.parametrize(
    ("script", "variables", "engine", "epochs", "steps", "size", "is_wait_known"),
    LIBRARIES,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_script_tells_what_it_does(
    tmp_path, script, variables, engine, epochs, steps, size, is_wait_known
):
    done = watch(tmp_path, sys.executable, SCRIPTS / f"{script}.py", options=("-q",), **variables)
    assert done.returncode == 0, done.stderr
    assert "counting stopped" not in done.stderr
    result = only_result(tmp_path)
    summary = summarized(result)
    told = summary.script
    assert (summary.engine, summary.device) == (engine, "cpu")
    assert (told.epochs, told.steps, told.samples) == (epochs, steps, steps * size)
    assert (result.work.batch_size, result.work.network) == (size, None)
    assert told.validation_s > 0.005  # three of them
    assert told.train_s > 0
    assert told.train_s + told.validation_s < told.wall_s
    assert told.first_step_s > 0
    assert (told.data_wait_s is not None) == is_wait_known
    assert summary.samples_per_s
    assert summary.versions
    assert {log.sensor for log in result.processes[0].logs} >= {"host"}
    assert not {"unsynchronised", "counting_stopped"} & {flag.name for flag in summary.flags}


def alone(folder, *words):
    return subprocess.run(
        [sys.executable, *map(str, words)],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.long
@pytest.mark.parametrize("script", ["loop", "lightning_fit", "transformers_train"])
def test_a_script_that_nobody_watches_saves_a_result(tmp_path, script):
    done = alone(tmp_path, SCRIPTS / f"{script}.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("laptime: saved") == 1
    result = only_result(tmp_path)
    assert result.processes[0].script.watched == "process"
    assert result.processes[0].blocks


def test_a_loop_without_a_framework_is_doubted_where_there_is_a_graphics_processor(tmp_path):
    code = "import laptime, time\nfor b in laptime.timed([[1, 2]] * 3, epochs=2): time.sleep(.05)"
    done = alone(tmp_path, "-c", code)
    assert done.returncode == 0
    result = only_result(tmp_path)
    assert result.work.workload == "training"
    assert [each.samples for each in result.processes[0].script.passes] == [6, 6]
    assert result.processes[0].script.unsynchronised_reason == NO_FRAMEWORK
    for graphics, is_told in (((), False), (("NVIDIA GeForce RTX 4090",), True)):
        machine = msgspec.structs.replace(result.machine, graphics=graphics)
        flags = summarized(msgspec.structs.replace(result, machine=machine)).flags
        assert ("unsynchronised" in {flag.name for flag in flags}) == is_told


def test_a_store_that_cannot_be_written_leaves_the_training_alone(tmp_path):
    (tmp_path / "file").write_text("")
    code = "import laptime\nfor b in laptime.timed([[1]] * 3): pass\nprint('trained')"
    done = alone(tmp_path / "file" / "store", "-c", code)
    assert (done.returncode, done.stdout) == (0, "trained\n")
    assert "the training goes on" in done.stderr


def test_what_the_loop_raises_is_its_own(tmp_path):
    code = "import laptime\nfor b in laptime.timed([[1]] * 3): raise SystemExit(7)"
    assert alone(tmp_path, "-c", code).returncode == 7
    assert only_result(tmp_path)
