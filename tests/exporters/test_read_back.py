"""What was written is read back by the programs that it was written for."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from laptime import registry
from laptime.checks import summarized
from laptime.exchange.envelope import export_of
from laptime.exchange.incoming import read_file
from laptime.exchange.sending import Way, send
from laptime.exporters import Outgoing
from tests.runs import failed, full, quick, repeated

RESULTS = [
    quick(),
    full(id="20261122-001906-b"),
    failed(id="20261122-001907-c"),
    repeated(id="20261122-001908-d"),
]
FULL = RESULTS[1]
# 2026-11-22T00:19:05Z, when it was begun.
CREATED_S = 1_795_306_745


@pytest.fixture
def sent(tmp_path, monkeypatch):
    """Exports by name; gives the place."""
    monkeypatch.chdir(tmp_path)

    def call(name, results=RESULTS, *, rows="results", place=None):
        place = place or str(tmp_path / "out")
        send(Way(name, place), Outgoing(export=export_of(results), rows=rows))
        return place

    return call


def test_json_is_imported_as_it_was(sent):
    assert [found.record for found in read_file(sent("json"))] == RESULTS


def test_csv_has_a_row_for_each_result(sent):
    with Path(sent("csv")).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [result.id for result in RESULTS]
    assert [float(row["samples_per_s"] or 0) for row in rows] == [
        summarized(result).samples_per_s or 0 for result in RESULTS
    ]
    assert rows[1]["total_is_estimate"] == "false"
    assert rows[2]["message"] == "out of memory"


def test_a_spreadsheet_computes_nothing_of_others(sent):
    evil = quick(machine=replace(quick().machine, chip="=HYPERLINK(1)"))
    text = Path(sent("csv", [evil])).read_text("utf-8")
    assert ",'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text


def test_parquet_keeps_types_and_what_is_not_known(sent):
    table = pq.read_table(sent("parquet"))
    assert table.column("samples_per_s").to_pylist()[2] is None
    assert table.column("total_is_estimate").to_pylist() == [True, False, None, True]
    assert {str(table.schema.field(name).type) for name in ("batch_size", "epochs")} == {"int64"}
    assert table.column("id").to_pylist() == [result.id for result in RESULTS]


def test_blocks_are_rows_too(sent):
    table = pq.read_table(sent("parquet", rows="blocks"))
    count = sum(len(process.blocks) for result in RESULTS for process in result.processes)
    assert table.num_rows == count
    assert set(table.column("phase").to_pylist()) == {"measured"}


LINE = re.compile(r":::MLLOG ({.*})")
"""As https://github.com/mlcommons/logging finds its lines: a token, a space, and JSON (mlp_parser)."""


def events_of(place):
    """(time, key, value, metadata) of every line, as that parser reads them."""
    lines = Path(place).read_text("utf-8").splitlines()
    found = [json.loads(LINE.fullmatch(line)[1]) for line in lines]
    return [(float(e["time_ms"]), e["key"], e["value"], e["metadata"]) for e in found]


def test_mlperf_reads_its_lines(sent):
    lines = events_of(sent("mlperf", [FULL]))
    keys = [key for _, key, _, _ in lines]
    assert keys[0] == "init_start"
    assert keys[-1] == "run_stop"
    assert [keys.count(k) for k in ("run_start", "run_stop", "init_stop")] == [1, 1, 1]
    assert keys.count("epoch_start") == keys.count("epoch_stop") == len(FULL.processes[0].epochs)
    values = {key: value for _, key, value, _ in lines}
    assert values["global_batch_size"] == FULL.work.batch_size
    assert (values["opt_name"], values["eval_accuracy"]) == ("adam", 0.5)
    assert lines[-1][3]["status"] == "success"
    times = [time for time, *_ in lines]
    assert times == sorted(times)
    assert times[0] == CREATED_S * 1000
    epochs = [metadata["epoch_num"] for _, key, _, metadata in lines if key == "epoch_start"]
    assert epochs == [1, 2, 3]


def test_a_failed_run_is_aborted_for_mlperf(sent):
    lines = events_of(sent("mlperf", [RESULTS[2]]))
    assert lines[-1][3] == {"status": "aborted", "outcome": "oom"}


READ_EVENTS = """
import sys, struct, json
from pathlib import Path
from tensorboardX.proto.event_pb2 import Event
for path in sorted(Path(sys.argv[1]).rglob("events.out.tfevents.*")):
    data, at = path.read_bytes(), 0
    while at < len(data):  # TFRecord: length, its checksum, the event, its checksum
        (length,) = struct.unpack("<Q", data[at : at + 8])
        event = Event.FromString(data[at + 12 : at + 12 + length])
        at += 16 + length
        for value in event.summary.value:
            shown = value.simple_value if value.HasField("simple_value") else "text"
            print(json.dumps([value.tag, event.step, event.wall_time, shown, path.parent.name]))
"""


def test_tensorboard_reads_its_events(sent):
    place = sent("tensorboard", [FULL, RESULTS[3]])
    sent("tensorboard", [FULL, RESULTS[3]])  # again: the same, not twice
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ_EVENTS, place],
        capture_output=True,
        text=True,
        check=True,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    accuracy = [e for e in events if e[0] == "validation/accuracy" and e[4] == "process-1"]
    assert [step for _, step, *_ in accuracy][:3] == [100, 200, 300]
    speeds = [e for e in events if e[0] == "train/samples_per_s"]
    assert speeds[1][3] == pytest.approx(200.0)
    assert all(CREATED_S <= e[2] < CREATED_S + 100 for e in events)
    assert {e[4] for e in events} == {f"process-{n}" for n in range(1, 6)}
    assert any(e[0].startswith("setup") and e[3] == "text" for e in events)


READ_RUNS = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
experiment = client.get_experiment_by_name("laptime").experiment_id
for run in client.search_runs([experiment]):
    history = client.get_metric_history(run.info.run_id, "validation/accuracy")
    print(json.dumps({
        "name": run.info.run_name, "status": run.info.status, "start": run.info.start_time,
        "params": run.data.params, "metrics": run.data.metrics, "tags": run.data.tags,
        "user": run.info.user_id, "steps": [m.step for m in history],
    }))
"""


def test_mlflow_reads_its_runs(sent, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("USER", "annabel")
    monkeypatch.setenv("LOGNAME", "annabel")
    place = sent("mlflow", [FULL, RESULTS[2]], place="sqlite:///runs.db")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ_RUNS, place],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    runs = {run["name"]: run for run in map(json.loads, done.stdout.splitlines())}
    run = runs[FULL.id]
    assert (run["status"], runs[RESULTS[2].id]["status"]) == ("FINISHED", "FAILED")
    assert run["params"]["engine"] == "torch"
    assert run["params"]["batch_size"] == str(FULL.work.batch_size)
    assert run["metrics"]["samples_per_s"] == pytest.approx(summarized(FULL).samples_per_s)
    assert run["steps"] == [100, 200, 300]
    assert run["start"] == CREATED_S * 1000
    assert "annabel" not in done.stdout


@pytest.mark.parametrize("name", registry.names("exporters"))
def test_no_exporter_imports_a_framework(name):
    """All are hidden from it; so it works where none is installed, and starts in no time."""
    code = (
        "import sys; from laptime import registry; from laptime.runner.isolation import *;"
        f"hide(frameworks()); registry.load('exporters', {name!r}); print(imported_frameworks())"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "()\n"
