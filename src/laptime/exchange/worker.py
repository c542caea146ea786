"""The process of an exporter: `python -m laptime.exchange.worker FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from laptime import registry
from laptime.errors import BrokenLeafError, LaptimeError
from laptime.exchange.sending import ANSWER, JOB, Answer, Job
from laptime.redact import clean
from laptime.runner.isolation import frameworks, hide

if TYPE_CHECKING:
    from laptime.exporters import ExporterModule


def main(folder: Path) -> None:
    """Do the job that lies in a folder, and lay the answer beside it."""
    job = msgspec.json.decode((folder / JOB).read_bytes(), type=Job)
    # TensorBoard's writer imports torch where it finds it: two seconds and a framework, for nothing.
    hide(frameworks() - set(registry.peek("exporters", job.name)["MODULES"]))
    (folder / ANSWER).write_bytes(msgspec.json.encode(_answer(job)))


def _answer(job: Job) -> Answer:
    try:
        module = cast("ExporterModule", registry.load("exporters", job.name))
        return Answer(told=module.export(job.outgoing, place=job.place))
    except BrokenLeafError as error:
        cause = error.__cause__
        return Answer(problem=clean(f"{type(cause).__name__}: {cause}"))
    except LaptimeError as error:
        return Answer(problem=clean(str(error)))
    except Exception as error:  # noqa: BLE001 - whatever a library does becomes one line
        return Answer(problem=clean(f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
