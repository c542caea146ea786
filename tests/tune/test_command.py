"""`laptime tune` with real workers of the fake engine, and `--setup tuned` after it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from laptime.cli._times import seconds_of
from laptime.cli._ways import Way, Wish, say_once, ways_of, winners_here
from laptime.engines import Option
from laptime.errors import EXIT_INTERRUPTED, EXIT_WORKLOAD, UnknownNameError, UsageError
from laptime.runner import plan
from laptime.runner.setups import resolve
from laptime.tune import worker
from laptime.tune.winners import Winner

FAKE = ("--engine", "fake", "--device", "fake")
RUN = ("run", "mnist-mlp", *FAKE, "--setup", "tuned", "--data", "synthetic")


@pytest.fixture(autouse=True)
def _alone(alone) -> None:
    """In every test."""
    say_once.cache_clear()


def only(found: list[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    [row] = [row for row in found if wanted.items() <= row.items()]
    return row


def test_rows_ladder_and_winner(document) -> None:
    told = document("tune", "mnist-mlp", *FAKE)
    assert {row["setup"] for row in told["results"]} == {"plain", "tuned"}
    tuned = only(told["results"], setup="tuned")
    assert tuned["ratio_to_plain"] == pytest.approx(2)
    assert (tuned["is_winner"], tuned["outcome"], tuned["device"]) == (True, "ok", "fake")
    assert tuned["learned"] is True
    assert [step["changes"] for step in told["ladder"]] == [[], ["haste=true"]]
    assert told["ladder"][1]["lines"] == {"haste=true": "hurry()"}
    assert told["ladder"][1]["gain"]["rounds"] >= 3
    [winner] = winners_here().read()
    assert (winner.setup, winner.samples_per_s) == ("tuned", pytest.approx(32_000))
    assert winner.options["haste"] is True


def test_what_is_remembered_is_said_and_used(laptime) -> None:
    remember(haste=False)
    code, printed = laptime(*RUN, "--json")
    assert code == 0
    [result] = json.loads(printed)["results"]
    assert result["setup"] == "tuned"
    assert result["samples_per_s"] == pytest.approx(16_000, rel=0.01)


def remember(**changes: Option) -> None:
    """As if this had been found."""
    winner = Winner(
        workload="mnist-mlp",
        batch_size=None,
        engine="fake",
        asked="fake",
        device="fake",
        precision="float32",
        setup="tuned as remembered",
        options=resolve("fake", "tuned", changes),
        samples_per_s=1.0,
        versions={},
        found="2026-11-22",
    )
    winners_here().remember([winner])


def ways(**changes: Any) -> list[Way]:
    wish = Wish(engines=("fake",), device="fake", precision="float32", setup="tuned", changes=())
    return ways_of("mnist-mlp", wish._replace(**changes))


def test_what_was_taken_is_said(capsys) -> None:
    remember(haste=False)
    [way] = ways()
    assert (way.setup, way.options["haste"]) == ("tuned", False)
    assert "tuned: as found by laptime tune on 2026-11-22" in capsys.readouterr().err


def test_a_change_on_the_command_line_comes_last() -> None:
    remember(haste=False)
    assert ways(changes=("haste=true",))[0].options["haste"] is True


@pytest.mark.parametrize(
    "changes", [{"setup": "plain"}, {"device": "crash"}, {"precision": "float32", "setup": None}]
)
def test_what_is_remembered_is_not_used_for_anything_else(changes) -> None:
    remember(pipeline_workers=4)
    assert ways(**changes)[0].options["pipeline_workers"] == 0


def test_without_an_engine_the_best_ones_is_taken(monkeypatch) -> None:
    remember(haste=False)
    monkeypatch.setattr(plan, "choose_engines", lambda names: list(names or ["torch"]))
    monkeypatch.setattr(plan, "ALL", "fake")
    assert ways(engines=())[0].engine == "fake"
    assert ways(engines=(), setup="plain", device="cpu")[0].engine == "torch"


def test_a_winner_with_other_options_is_not_used(capsys) -> None:
    remember(haste=False, gone=1)
    assert ways()[0].options["haste"] is True
    assert "run 'laptime tune mnist-mlp' again" in capsys.readouterr().err


def test_a_damaged_memory_is_told_and_ignored(capsys) -> None:
    remember(haste=False)
    winners_here().path.write_text("{")
    assert ways()[0].options["haste"] is True
    assert "delete it, and tune again" in capsys.readouterr().err


def test_where_nothing_is_remembered_tuned_is_the_engines_own() -> None:
    assert ways()[0].options == resolve("fake", "tuned")


@pytest.mark.parametrize(("device", "outcome"), [("crash", "killed"), ("dull", "did_not_learn")])
def test_a_candidate_that_fails_is_a_row_with_its_reason(laptime, device, outcome) -> None:
    code, printed = laptime("tune", "mnist-mlp", "--engine", "fake", "--device", device, "--json")
    assert code == EXIT_WORKLOAD
    rows = json.loads(printed)["results"]
    assert only(rows, setup="tuned")["outcome"] == outcome
    assert all(row["reason"] for row in rows if row["outcome"] == outcome)
    assert not any(row["is_winner"] for row in rows)
    assert winners_here().read() == ()


def test_a_candidate_that_hangs_is_stopped(document, monkeypatch) -> None:
    monkeypatch.setattr(worker, "VISIT_LIMIT_S", 1.5)
    told = document("tune", "mnist-mlp", "--engine", "fake", "--device", "hang")
    row = only(told["results"], setup="tuned")
    assert row["outcome"] == "timeout"
    assert "no answer within 2 s (train); stopped" in row["reason"]


def test_another_batch_is_other_work(document) -> None:
    told = document("tune", "mnist-mlp", *FAKE, "--batch-size", "64")
    assert {row["batch_size"] for row in told["results"]} == {64}
    assert [winner.batch_size for winner in winners_here().read()] == [64]
    assert ways()[0].options == resolve("fake", "tuned")


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("1h", 3600)])
def test_a_budget_is_understood(text, seconds) -> None:
    assert seconds_of(text, option="--budget") == seconds


@pytest.mark.parametrize("text", ["", "0", "-5m", "soon", "5 d", "1e3"])
def test_a_budget_that_is_no_time_is_refused(text) -> None:
    with pytest.raises(UsageError, match="write for example"):
        seconds_of(text, option="--budget")


def test_what_cannot_be_meant_is_refused(laptime) -> None:
    with pytest.raises(UsageError, match="no precision 'bfloat16'"):
        laptime("tune", "mnist-mlp", *FAKE, "--precision", "bfloat16")
    with pytest.raises(UnknownNameError, match="device of fake"):
        laptime("tune", "mnist-mlp", "--engine", "fake", "--device", "cuda")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_prints_what_is_known_and_ends_with_130(tmp_path) -> None:
    running = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "laptime",
            "tune",
            "mnist-mlp",
            "--engine",
            "fake",
            "--device",
            "fake",
        ],
        env={**os.environ, "LAPTIME_STORE": str(tmp_path / "store"), "LAPTIME_DATA": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert running.stderr
    for line in running.stderr:
        if "plain: 16,000" in line:
            break
    os.killpg(running.pid, signal.SIGINT)
    printed, errors = running.communicate(timeout=30)
    assert running.returncode == EXIT_INTERRUPTED, errors
    assert "Traceback" not in errors
    assert "nothing is" in printed
    assert not (tmp_path / "store" / "tuned").exists()
    assert "32,000" in printed
