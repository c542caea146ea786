"""A run in MLflow for each result: parameters, metrics with steps and times, tags.

Where: the tracking URI that is given, else the user's MLFLOW_TRACKING_URI, else MLflow's own default,
a file beside. Nothing goes to a network unless that URI says so; MLflow's own reports of its use are
turned off.
"""

from __future__ import annotations

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from laptime.checks import summarized
from laptime.errors import ExportError
from laptime.exporters import Outgoing
from laptime.exporters._course import Moment, began_s, course, facts
from laptime.figures import MEASURED
from laptime.record import Block, Evaluation, Result

TITLE = "runs in MLflow"
MODULES = ("mlflow",)
EXTRA = "mlflow"
ENDING = None
PLACE = ""
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # by itself it tries for minutes where no server is
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
KINDS = ("results",)

EXPERIMENT = "laptime"
_PARAMS, _METRICS = 100, 1000
"""Most of a request, by MLflow's own limits."""
_SUMMARY = (
    "samples_per_s",
    "epoch_s",
    "total_s",
    "step_time_s",
    "test_accuracy",
    "peak_memory_bytes",
)


def export(outgoing: Outgoing, *, place: str) -> str:
    """One run for each result, named by its id, in the experiment 'laptime'."""
    try:
        client = MlflowClient(tracking_uri=place or None)
        known = client.get_experiment_by_name(EXPERIMENT)
    except ImportError as error:  # MLflow without its server has no driver for its own default
        raise ExportError(
            f"{error}; a store in a file needs more: pip install sqlalchemy alembic"
        ) from error
    experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT)
    for result in outgoing.export.results:
        _write(client, experiment, result)
    count = len(outgoing.export.results)
    return f"{count} run{'s' if count != 1 else ''}"


def _write(client: MlflowClient, experiment: str, result: Result) -> None:
    summary = summarized(result)
    tags = {
        "laptime.id": result.id,
        "laptime.version": result.laptime,
        "laptime.outcome": summary.outcome,
        "laptime.flags": " ".join(flag.name for flag in summary.flags),
        "laptime.machine_key": summary.machine_key,
        "mlflow.source.name": "laptime",
    }
    first_s = min(began_s(result, process) for process in result.processes)
    run = client.create_run(
        experiment, start_time=int(first_s * 1000), run_name=result.id, tags=tags
    )
    params = [Param(name, value) for name, value in facts(result).items()]
    metrics, last_s = _metrics(result)
    at = int(last_s * 1000)
    for name in _SUMMARY:
        if (value := getattr(summary, name)) is not None:
            metrics.append(Metric(name, float(value), at, 0))
    for first in range(0, len(params), _PARAMS):
        client.log_batch(run.info.run_id, params=params[first : first + _PARAMS])
    for first in range(0, len(metrics), _METRICS):
        client.log_batch(run.info.run_id, metrics=metrics[first : first + _METRICS])
    status = "FINISHED" if summary.outcome == "ok" else "FAILED"
    client.set_terminated(run.info.run_id, status=status, end_time=at)


def _metrics(result: Result) -> tuple[list[Metric], float]:
    """All of every process, each under names of its own from the second on; and when the last was."""
    found: list[Metric] = []
    last_s = began_s(result, result.processes[0])
    for number, process in enumerate(result.processes, start=1):
        under = "" if number == 1 else f"process-{number}/"
        for moment in course(result, process):
            last_s = max(last_s, moment.ended_s)
            at = int(moment.ended_s * 1000)
            found += [
                Metric(under + name, value, at, moment.steps)
                for name, value in _values(moment).items()
            ]
    return found, last_s


def _values(moment: Moment) -> dict[str, float]:
    what = moment.what
    if isinstance(what, Evaluation):
        return {"validation/loss": what.loss, "validation/accuracy": what.accuracy}
    told = {} if what.loss is None else {"train/loss": what.loss}
    if not isinstance(what, Block):
        told["train/samples_per_s"] = what.samples / what.train_s
    elif what.phase in MEASURED:
        told["train/samples_per_s"] = what.samples / what.wall_s
    return told
