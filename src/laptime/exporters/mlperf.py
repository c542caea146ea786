"""Log lines as MLPerf's tools read them: a run for each process, in a namespace of its own.

Keys and layout are those of https://github.com/mlcommons/logging (`mlperf_logging/mllog/constants.py`
and `mllog.py`). It is MLPerf's way of writing, not a submission to MLPerf: no workload here is one of
its benchmarks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laptime import words
from laptime.exporters import Outgoing
from laptime.exporters._course import Moment, began_s, course
from laptime.figures import MEASURED
from laptime.record import Block, Epoch, Process, Result

TITLE = "MLPerf's log lines (no submission)"
MODULES = ()
EXTRA = None
ENDING = ".log"
PLACE = None
ENVIRONMENT: dict[str, str] = {}
KINDS = ("results",)

_OPTIMIZER = re.compile(r"(\w+)\(([\d.e-]+)")
_POINT, _START, _END = "POINT_IN_TIME", "INTERVAL_START", "INTERVAL_END"
Event = tuple[float, str, str, Any, dict[str, Any]]


def export(outgoing: Outgoing, *, place: str) -> str:
    """One line for each event."""
    lines = [
        _line(event, namespace=f"{result.id}/{number}")
        for result in outgoing.export.results
        for number, process in enumerate(result.processes, start=1)
        for event in _events(result, process)
    ]
    Path(place).write_text("".join(lines), encoding="utf-8")
    return f"{len(lines)} lines"


def _line(event: Event, *, namespace: str) -> str:
    time_s, kind, key, value, metadata = event
    fields = {
        "namespace": namespace,
        "time_ms": int(time_s * 1000),
        "event_type": kind,
        "key": key,
        "value": value,
        "metadata": metadata,
    }
    return f":::MLLOG {json.dumps(fields)}\n"


def _events(result: Result, process: Process) -> Iterator[Event]:
    born_s = began_s(result, process)
    yield born_s, _START, "init_start", None, {}
    for key, value in _facts(result, process):
        yield born_s, _POINT, key, value, {}
    moments = list(course(result, process))
    first_s = moments[0].began_s if moments else born_s
    yield first_s, _END, "init_stop", None, {}
    yield first_s, _START, "run_start", None, {}
    for moment in moments:
        yield from _of_moment(moment)
    last_s = moments[-1].ended_s if moments else born_s
    status = "success" if process.outcome == "ok" else "aborted"
    yield last_s, _END, "run_stop", None, {"status": status, "outcome": process.outcome}


def _facts(result: Result, process: Process) -> Iterator[tuple[str, Any]]:
    work = result.work
    yield "submission_benchmark", work.workload
    yield "submission_division", "open"
    yield "submission_status", "research"
    yield "submission_platform", words.machine(result.machine)
    known = {
        "seed": process.seed,
        "global_batch_size": work.batch_size,
        "train_samples": work.train_count,
        "eval_samples": work.validation_count,
    }  # of a training of one's own most is not
    yield from ((key, value) for key, value in known.items() if value is not None)
    if optimizer := _OPTIMIZER.match(work.optimizer or ""):
        yield "opt_name", optimizer[1]
        yield "opt_base_learning_rate", float(optimizer[2])


def _of_moment(moment: Moment) -> Iterator[Event]:
    what = moment.what
    if isinstance(what, Block):
        at = {"samples_count": moment.samples - what.samples, "phase": what.phase}
        yield moment.began_s, _START, "block_start", None, at
        yield moment.ended_s, _END, "block_stop", None, at | {"samples_count": moment.samples}
        if what.phase in MEASURED:
            speed = {"throughput": what.samples / what.wall_s}
            yield moment.ended_s, _POINT, "tracked_stats", speed, {"step": moment.steps}
    elif isinstance(what, Epoch):
        at = {"epoch_num": what.index}
        yield moment.began_s, _START, "epoch_start", None, at
        yield moment.ended_s, _END, "epoch_stop", None, at
    else:
        at = {"samples_count": moment.samples, "step": moment.steps}
        yield moment.began_s, _START, "eval_start", None, at
        yield moment.ended_s, _POINT, "eval_accuracy", what.accuracy, at
        yield moment.ended_s, _END, "eval_stop", None, at
