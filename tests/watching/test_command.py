"""A command runs under `laptime watch` as if laptime was not there, and leaves a result."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from laptime.checks import summarized
from laptime.cli.watch import _answer as answer_to
from laptime.errors import StoreError
from laptime.store import Store
from tests.runs import quick
from tests.watching.running import SCRIPTS, WATCH, Terminal, environment, only_result, watch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of Unix")
STUBBORN = SCRIPTS / "stubborn.py"


def test_the_output_is_the_commands_and_the_report_is_on_stderr(tmp_path):
    done = watch(tmp_path, "sh", "-c", "echo out; echo err >&2")
    assert (done.returncode, done.stdout) == (0, "out\n")
    assert done.stderr.startswith("err\n")
    assert "told nothing" in done.stderr
    result = only_result(tmp_path)
    assert result.profile == "watch"
    summary = summarized(result)
    assert summary.outcome == "ok"
    assert summary.script.wall_s > 0
    assert summary.reasons["samples_per_s"].startswith("the script told nothing")


@pytest.mark.parametrize(
    ("line", "code", "outcome"),
    [
        ("exit 3", 3, "error"),
        ("kill -9 $$", 137, "killed"),
        ("kill -TERM $$", 143, "interrupted"),
        ("exit 143", 143, "interrupted"),
    ],
)
def test_the_exit_code_is_that_of_a_shell(tmp_path, line, code, outcome):
    done = watch(tmp_path, "sh", "-c", line, options=("-q",))
    assert done.returncode == code
    assert only_result(tmp_path).processes[0].outcome == outcome


def test_a_command_that_is_not_there_is_127(tmp_path):
    done = watch(tmp_path, "no-such-command-anywhere")
    assert done.returncode == 127
    assert "no command is called" in done.stderr
    assert not list(tmp_path.glob("*.json"))


def test_a_file_that_cannot_be_run_is_126(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("print(1)")
    done = watch(tmp_path / "store", script)
    assert done.returncode == 126
    assert "name its interpreter" in done.stderr


def test_it_reads_stdin(tmp_path):
    done = watch(tmp_path, "cat", options=("-q",), text="a line\n")
    assert done.stdout == "a line\n"


def test_options_after_the_command_are_its_own(tmp_path):
    done = watch(tmp_path, sys.executable, "-c", "import sys; print(sys.argv)", "--name", "x", "-q")
    assert done.stdout == "['-c', '--name', 'x', '-q']\n"


def test_the_answer_goes_to_a_file_of_its_own(tmp_path):
    told = tmp_path / "answer.json"
    done = watch(tmp_path / "store", "echo", "{", options=("-q", "-o", str(told), "--name", "mine"))
    assert done.stdout == "{\n"
    (row,) = json.loads(told.read_text("utf-8"))["results"]
    assert (row["workload"], row["profile"]) == ("mine", "watch")


def test_what_cannot_be_written_is_told_and_changes_no_exit_code(tmp_path):
    told = tmp_path / "nowhere" / "answer.json"
    done = watch(tmp_path / "store", "sh", "-c", "exit 7", options=("-q", "-o", str(told)))
    assert done.returncode == 7
    assert "there is no folder" in done.stderr
    assert "laptime: saved" in done.stderr


def test_a_result_that_is_not_saved_is_not_called_so(tmp_path, capsys):
    class Full(Store):
        def save(self, result):
            raise StoreError("the disk is full")

    told = tmp_path / "answer.json"
    answer_to(quick(), store=Full(tmp_path), json_file=told, is_quiet=True)
    assert capsys.readouterr().err == "laptime: the disk is full\n"
    assert len(json.loads(told.read_text("utf-8"))["results"]) == 1


def test_nothing_private_is_written_down(tmp_path):
    folder = tmp_path / "secret-folder"
    folder.mkdir()
    script = folder / "training.sh"
    script.write_text("exit 0\n")
    watch(tmp_path / "store", "sh", script, "--password", "hunter2", options=("-q",))
    (record,) = (tmp_path / "store").glob("*.json")
    text = record.read_text("utf-8")
    assert '"workload": "training"' in text
    assert not any(word in text for word in ("secret-folder", "hunter2", "password", "training.sh"))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_to_laptime_reaches_the_command(tmp_path, name):
    words = [*WATCH, "-q", "--", sys.executable, str(STUBBORN)]
    with subprocess.Popen(
        words,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # no terminal
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(getattr(signal, name))
        out, _ = process.communicate(timeout=60)
    assert out == f"heard {name}\nheard 1\n"
    assert process.returncode == 1
    assert only_result(tmp_path)


def test_it_has_the_terminal(tmp_path):
    code = (
        "import os, sys; print([s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)]);"
        "print(input('name? '))"
    )
    terminal = Terminal([*WATCH, "-q", "--", sys.executable, "-c", code], environment(tmp_path))
    terminal.until("name? ")
    assert "[True, True, True]" in terminal.text
    terminal.type(b"anna\n")
    assert terminal.end() == 0
    assert "saved" in terminal.text


def test_ctrl_c_reaches_it_once_and_what_was_measured_is_saved(tmp_path):
    terminal = Terminal([*WATCH, "-q", "--", sys.executable, STUBBORN], environment(tmp_path))
    terminal.until("ready")
    terminal.type(b"\x03")
    assert terminal.end() == 1
    assert terminal.text.count("heard SIGINT") == 1
    assert only_result(tmp_path).processes[0].outcome == "interrupted"


def test_ctrl_c_of_a_plain_script_is_130(tmp_path):
    terminal = Terminal(
        [*WATCH, "-q", "--", "sh", "-c", "echo ready; sleep 30"], environment(tmp_path)
    )
    terminal.until("ready")
    terminal.type(b"\x03")
    assert terminal.end() == 130
    assert only_result(tmp_path).processes[0].outcome == "interrupted"


def test_it_stops_and_goes_on_as_a_job(tmp_path):
    """As a shell does it: a group of its own, stopped by SIGTSTP and taken up by SIGCONT."""
    words = [*WATCH, "-q", "--", "sh", "-c", "echo ready; sleep 1; echo done"]
    with subprocess.Popen(
        words, env=environment(tmp_path), stdout=subprocess.PIPE, process_group=0, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGTSTP)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGCONT)
        assert process.communicate(timeout=60)[0] == "done\n"
    assert process.returncode == 0


def test_a_killed_training_keeps_what_it_told(tmp_path):
    code = (
        "import laptime, os, time\n"
        "watch = laptime.Timer('cut', batch_size=4)\n"
        "for step in watch.steps(range(10**6)):\n"
        "    time.sleep(0.02)\n"
        "    if step == 60: os.kill(os.getpid(), 9)\n"
    )
    assert watch(tmp_path, sys.executable, "-c", code, options=("-q",)).returncode == 137
    result = only_result(tmp_path)
    process = result.processes[0]
    assert (result.work.workload, result.work.batch_size) == ("cut", 4)
    assert process.blocks
    assert process.script.signal == 9
    assert process.script.passes[0].steps == sum(block.steps for block in process.blocks)
