"""The user's own training in a report: its columns, and what else there is to say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from laptime import words
from laptime.scripts import Watched
from laptime.summary import Summary

HEADINGS = ("script", "samples/s", "step", "waiting", "whole script")
LEGEND = (
    "±: spread of the epochs or visits, indicative. waiting: share of the training spent waiting for "
    "batches. Unproved work: compared with the same script only, and with nobody's published time."
)


def noun(summary: Summary) -> str:
    """What is counted: laptime's own workloads train on images."""
    return "images" if summary.script is None else "samples"


def cells(summary: Summary) -> Sequence[str]:
    """One row."""
    script = summary.script
    if script is None:
        raise ValueError(f"{summary.id} is of a workload, not of a script")
    return (
        summary.workload,
        words.speed(summary),
        words.step_time(summary),
        words.waited(summary),
        words.duration(script.wall_s),
    )


def sentences(summary: Summary, *, is_alone: bool) -> Iterator[tuple[str, str]]:
    """A label and a sentence for each."""
    name = "" if is_alone else f"{summary.workload}, "
    script = summary.script
    if script is None:
        return
    if told := list(_told(script)):
        yield f"{name}told by {script.teller}", "; ".join(told)
    elif script.teller is None:
        yield f"{name}inside", summary.reasons.get("step_time_s", "")
    used = []
    if script.cpu_s is not None:
        cores = words.number(script.cpu_s / script.wall_s)
        used.append(f"{words.duration(script.cpu_s)} of processor time ({cores} cores)")
    if summary.peak_memory_bytes is not None:
        used.append(f"{words.number(summary.peak_memory_bytes / 1e9)} GB of memory at most")
    if used:
        yield f"{name}used", "; ".join(used)


def _told(script: Watched) -> Iterator[str]:
    """What it said itself, in parts."""
    if script.steps:
        each = f", {script.samples:,} samples" if script.samples else ""
        yield f"{_count(script.epochs, 'epoch')}, {_count(script.steps, 'step')}{each}"
    if script.train_s is not None:
        yield f"{words.duration(script.train_s)} in training"
    if script.validation_s is not None:
        yield f"{words.duration(script.validation_s)} in validation"
    if script.first_step_s is not None:
        yield f"first step {words.duration(script.first_step_s)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
