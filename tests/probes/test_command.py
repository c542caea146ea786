"""`laptime probe`: the table, the document, the exit codes, and what is left of an interrupted one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from laptime.cli import root
from laptime.errors import (
    EXIT_INTERRUPTED,
    EXIT_WORKLOAD,
    EnvironmentUnfitError,
    UsageError,
)
from laptime.probes import measure, scores
from laptime.probes.record import missing_row
from laptime.probes.saved import load_all
from tests.cli.conftest import document, laptime, store
from tests.plugs import FAKE, HANGS, plug_in
from tests.probes.samples import all_rows, probe

__all__ = ["document", "laptime", "plug_in", "store"]

FAILED = missing_row(
    kind="copy",
    engine="mlx",
    device="cpu",
    precision="float32",
    threads="all",
    outcome="killed",
    message="ended by SIGSEGV",
)


@pytest.fixture
def found(monkeypatch):
    """Gives the command a probe in place of making one."""
    monkeypatch.setattr(scores, "reference", lambda: probe(all_rows()))

    def give(made):
        monkeypatch.setattr(measure, "measure", lambda *_, **__: made)

    return give


@pytest.mark.parametrize("columns", ["40", "100", "200"])
def test_the_table_has_every_kind_and_the_scores(laptime, found, monkeypatch, columns) -> None:
    found(probe(all_rows(faster=2.0)))
    monkeypatch.setenv("COLUMNS", columns)
    code, text = laptime("probe")
    assert code == 0
    for word in ("matrix product", "softmax", "JPEG decoding", "GFLOP/s", "images/s"):
        assert word in text
    assert "multi core: 2,000" in text
    assert all(len(line) <= int(columns) for line in text.splitlines())


def test_the_document(document, found) -> None:
    found(probe(all_rows(), environment={"OPENBLAS_CORETYPE": "Haswell"}))
    told = document("probe")
    assert told["scores"]["single_core"]["score"] == pytest.approx(1000)
    assert told["machine"]["cores_logical"]
    assert [flag["name"] for flag in told["flags"]] == ["environment_override"]
    first = told["results"][0]
    assert {"kind", "engine", "device", "precision", "threads", "gflop_per_s"} <= set(first)
    assert (first["gb_per_s"], first["trials"]) == (None, 2)


def test_it_is_saved_beside_the_results(laptime, found, store) -> None:
    made = probe(all_rows())
    found(made)
    laptime("probe")
    assert load_all(store) == ([made], [])
    assert store.load_all() == ([], [])


def test_a_kernel_that_failed_ends_with_4(laptime, found) -> None:
    found(probe([*all_rows(), FAILED]))
    code, text = laptime("probe")
    assert code == EXIT_WORKLOAD
    assert "ended by SIGSEGV" in text


def test_ctrl_c_shows_what_was_measured(laptime, found, capsys) -> None:
    found(probe(all_rows()[:2], outcome="interrupted"))
    code = root.main(["probe"], standalone_mode=False)
    printed = capsys.readouterr()
    assert code == EXIT_INTERRUPTED
    assert "matrix product" in printed.out
    assert "no scores" in printed.out
    assert "what was measured is shown" in printed.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_while_an_engine_hangs_ends_with_the_whole_document(store, plug_in) -> None:
    """Sent to the whole process group, as a terminal does."""
    plug_in("hanging", HANGS + FAKE)
    running = subprocess.Popen(
        [
            sys.executable,
            *["-m", "laptime", "probe", "--json", "--engine", "hanging", "--device", "fake"],
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A background job of a shell without job control ignores SIGINT, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert running.stderr
    while "Probing hanging" not in running.stderr.readline():
        assert running.poll() is None
    os.killpg(running.pid, signal.SIGINT)
    printed, errors = running.communicate(timeout=30)
    assert running.returncode == EXIT_INTERRUPTED, errors
    assert "Traceback" not in errors
    assert json.loads(printed)["results"] == []
    assert not [path for path in store.folder.iterdir() if path.suffix != ".json"]


def test_without_the_frozen_machine_nothing_is_measured(laptime, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(scores, "REFERENCE", tmp_path / "reference.json")
    monkeypatch.setattr(measure, "measure", lambda *_, **__: pytest.fail("it measured"))
    scores.reference.cache_clear()
    with pytest.raises(EnvironmentUnfitError, match=r"reference\.json"):
        laptime("probe")
    scores.reference.cache_clear()


@pytest.mark.parametrize("arguments", [["--engine", "torhc"], ["--device", "cudaa"]])
def test_a_wrong_name_is_refused(laptime, found, arguments) -> None:
    with pytest.raises(UsageError):
        laptime("probe", *arguments)
