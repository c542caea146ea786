"""`laptime doctor`: the table, the document, the exit codes, and what is left of an interrupted one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

import laptime.doctor
from laptime.cli import root
from laptime.doctor import Row
from laptime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, UnknownNameError
from tests.plugs import FAKE, HANGS

OK = Row(name="python", outcome="ok", evidence="Python 3.12.7, 64 bits", wall_s=0.01)
WARN = Row(
    name="power",
    outcome="warn",
    evidence="on its battery at 19%",
    fix="Plug it in: on battery it is slower.",
    wall_s=0.01,
)
FAIL = Row(
    name="engines",
    outcome="fail",
    evidence="no framework is installed",
    fix="Install one; PyTorch suits most machines. Others: docs/engines.md.",
    command="pip install 'laptime[torch]' --with-a-line-that-is-longer-than-a-narrow-terminal-is",
    about="all",
    private="/home/anna",
    wall_s=0.01,
)


@pytest.fixture
def found(monkeypatch):
    """Gives the command rows in place of looking."""

    def give(*rows, then=None):
        def examine(case, **_):
            yield from rows
            if then is not None:
                raise then

        monkeypatch.setattr(laptime.doctor, "examine", examine)

    return give


def test_nothing_that_fails_ends_with_0(laptime, found) -> None:
    found(OK, WARN)
    code, text = laptime("doctor")
    assert code == 0
    assert "Python 3.12.7" in text
    assert "1 ok, 1 warn" in text


def test_anything_that_fails_ends_with_3(laptime, found) -> None:
    found(OK, FAIL)
    code, text = laptime("doctor")
    assert code == EXIT_ENVIRONMENT
    assert "FAIL" in text
    assert "(/home/anna)" in text  # the screen is the user's own


@pytest.mark.parametrize("columns", ["40", "100", "200"])
def test_a_line_to_paste_is_never_broken(laptime, found, monkeypatch, columns) -> None:
    found(OK, FAIL)
    monkeypatch.setenv("COLUMNS", columns)
    lines = laptime("doctor")[1].splitlines()
    assert "  " + FAIL.command in lines
    others = [line for line in lines if FAIL.command not in line]
    assert all(len(line) <= int(columns) for line in others)


def test_no_colours_in_a_pipe(laptime, found) -> None:
    found(OK, WARN, FAIL)
    assert "\x1b" not in laptime("doctor")[1]


def test_the_document_has_a_row_for_each(document, found) -> None:
    found(OK, FAIL)
    first, second = document("doctor")["results"]
    assert first["outcome"] == "ok"
    assert (first["fix"], first["command"]) == (None, None)
    assert set(second) == {"name", "about", "outcome", "evidence", "fix", "command", "wall_s"}
    assert second["command"] == FAIL.command


def test_ctrl_c_shows_what_was_found(laptime, found, capsys) -> None:
    found(OK, WARN, then=KeyboardInterrupt())
    code = root.main(["doctor"], standalone_mode=False)
    printed = capsys.readouterr()
    assert code == EXIT_INTERRUPTED
    assert "Python 3.12.7" in printed.out
    assert "what was found is shown" in printed.err


def test_ctrl_c_before_anything_was_found_says_so(laptime, found) -> None:
    found(then=KeyboardInterrupt())
    code, text = laptime("doctor")
    assert code == EXIT_INTERRUPTED
    assert "nothing was looked at" in text


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_while_an_engine_hangs_ends_with_the_whole_document(store, plug_in) -> None:
    """Sent to the whole process group, as a terminal does."""
    plug_in("hanging", HANGS + FAKE.replace("COMPUTES = False", ""))
    running = subprocess.Popen(
        [sys.executable, "-m", "laptime", "doctor", "--engine", "hanging", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A background job of a shell without job control ignores SIGINT, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert running.stderr
    assert "Starting hanging" in running.stderr.readline()
    os.killpg(running.pid, signal.SIGINT)
    printed, errors = running.communicate(timeout=30)
    assert running.returncode == EXIT_INTERRUPTED, errors
    assert "Traceback" not in errors
    names = {row["name"] for row in json.loads(printed)["results"]}
    assert "engines" in names
    assert "compute" not in names


def test_the_fast_part_looks_at_this_machine_and_starts_nothing(document, monkeypatch) -> None:
    from laptime.runner import child

    monkeypatch.setattr(child, "spawn", lambda *_: pytest.fail("started a worker"))
    rows = document("doctor", "--fast")["results"]
    names = {row["name"] for row in rows}
    assert {"python", "engines", "power", "memory", "clock"} <= names
    assert not {"compute", "compiler"} & names


def test_an_engine_is_really_trained(document) -> None:
    """Whole, in real workers: PyTorch on the processor, against float64."""
    rows = document("doctor", "--engine", "torch", "--device", "cpu")["results"]
    [row] = [row for row in rows if row["name"] == "compute"]
    assert (row["about"], row["outcome"]) == ("torch on cpu", "ok"), row


@pytest.mark.parametrize("arguments", [["--engine", "torhc"], ["--device", "cudaa"]])
def test_a_wrong_name_is_refused(laptime, arguments) -> None:
    with pytest.raises(UnknownNameError):
        laptime("doctor", *arguments)
