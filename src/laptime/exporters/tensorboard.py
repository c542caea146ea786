"""Event files for TensorBoard: loss, accuracy and speed over steps and over time."""

from __future__ import annotations

from pathlib import Path

from tensorboardX import SummaryWriter

from laptime.exporters import Outgoing
from laptime.exporters._course import began_s, course, facts
from laptime.figures import MEASURED
from laptime.record import Block, Evaluation, Process, Result

TITLE = "event files for TensorBoard"
MODULES = ("tensorboardX",)
EXTRA = "tensorboard"
ENDING = None
PLACE = "runs"
ENVIRONMENT: dict[str, str] = {}
KINDS = ("results",)


def export(outgoing: Outgoing, *, place: str) -> str:
    """A folder for each process: `<place>/<id of the result>/process-1`."""
    count = 0
    for result in outgoing.export.results:
        for number, process in enumerate(result.processes, start=1):
            folder = Path(place) / result.id / f"process-{number}"
            for old in folder.glob("events.out.tfevents.*"):  # exported before: the same again
                old.unlink()
            _write(result, process, folder)
            count += 1
    return f"{count} run{'s' if count != 1 else ''}"


def _write(result: Result, process: Process, folder: Path) -> None:
    with SummaryWriter(str(folder)) as writer:
        table = [f"| {_safe(name)} | {_safe(value)} |" for name, value in facts(result).items()]
        text = "\n".join(["| name | value |", "|---|---|", *table])
        writer.add_text("setup", text, 0, walltime=began_s(result, process))
        for moment in course(result, process):
            what, at = moment.what, moment.ended_s
            if isinstance(what, Evaluation):
                writer.add_scalar("validation/loss", what.loss, moment.steps, at)
                writer.add_scalar("validation/accuracy", what.accuracy, moment.steps, at)
                continue
            if what.loss is not None:
                writer.add_scalar("train/loss", what.loss, moment.steps, at)
            wall_s = what.wall_s if isinstance(what, Block) else what.train_s
            if not isinstance(what, Block) or what.phase in MEASURED:
                writer.add_scalar("train/samples_per_s", what.samples / wall_s, moment.steps, at)


def _safe(text: str) -> str:
    """TensorBoard renders it as Markdown."""
    return "".join(f"&#{ord(c)};" if c in "|<>&[]()*_`\\#!~" else c for c in text)
