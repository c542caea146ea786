"""The columns of tables, one row for each result or each block; units are the ends of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from laptime import words
from laptime.checks import summarized
from laptime.exporters import Outgoing
from laptime.record import Result
from laptime.summary import Summary

Value = str | int | float | bool | None
Kind = type[str] | type[int] | type[float] | type[bool]


class Column(NamedTuple):
    """One column of a table of results."""

    kind: Kind
    value: Callable[[Result, Summary], Value]


def _of_summary(kind: Kind, *names: str) -> dict[str, Column]:
    def reading(name: str) -> Callable[[Result, Summary], Value]:
        return lambda _, summary: getattr(summary, name)

    return {name: Column(kind, reading(name)) for name in names}


def _of_machine(kind: Kind, *names: str) -> dict[str, Column]:
    def reading(name: str) -> Callable[[Result, Summary], Value]:
        return lambda result, _: getattr(result.machine, name)

    return {f"machine_{name}": Column(kind, reading(name)) for name in names}


def _versions(versions: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {version}" for name, version in versions.items())


def _energy(name: str) -> Callable[[Result, Summary], Value]:
    """Of the first place, measured ones first."""
    return lambda _, summary: getattr(summary.energy[0], name) if summary.energy else None


RESULTS: dict[str, Column] = {
    **_of_summary(str, "id", "created", "workload", "engine"),
    "versions": Column(str, lambda _, summary: _versions(summary.versions)),
    **_of_summary(str, "device", "device_name", "precision", "setup", "profile", "data"),
    **_of_summary(str, "outcome", "message"),
    **_of_summary(int, "batch_size", "epochs", "processes", "visits"),
    **_of_summary(float, "samples_per_s", "samples_per_s_low", "samples_per_s_high", "spread"),
    **_of_summary(float, "step_time_s", "epoch_s", "first_epoch_s", "validation_s"),
    **_of_summary(float, "startup_s", "fit_s", "total_s", "total_low_s", "total_high_s"),
    **_of_summary(bool, "total_is_estimate", "learned"),
    **_of_summary(float, "test_accuracy"),
    **_of_summary(int, "test_samples"),
    **_of_summary(float, "cores_used", "data_wait_share"),
    **_of_summary(int, "peak_memory_bytes"),
    "limit": Column(str, lambda _, summary: summary.limit.name if summary.limit else None),
    "energy_place": Column(str, _energy("scope")),
    "energy_origin": Column(str, _energy("origin")),
    "energy_j_per_1000_samples": Column(float, _energy("energy_j_per_1000_samples")),
    "power_w": Column(float, _energy("power_w")),
    "flags": Column(str, lambda _, summary: " ".join(flag.name for flag in summary.flags)),
    **_of_summary(str, "run", "work_key", "setup_key", "machine_key"),
    "machine": Column(str, lambda result, _: words.machine(result.machine)),
    **_of_machine(str, "system", "system_version", "architecture", "model", "chip"),
    **_of_machine(int, "cores_logical"),
    **_of_machine(float, "cores_usable"),
    **_of_machine(int, "memory_bytes"),
    "machine_graphics": Column(str, lambda result, _: " + ".join(result.machine.graphics)),
    **_of_machine(str, "python"),
    "laptime": Column(str, lambda result, _: result.laptime),
}
"""Name -> what stands below it: one row for each result."""

BLOCKS: dict[str, Kind] = {
    **dict.fromkeys(("id", "workload", "engine", "device", "precision", "setup"), str),
    **dict.fromkeys(("process", "seed"), int),
    "phase": str,
    "visit": int,
    "started_s": float,
    **dict.fromkeys(("steps", "samples"), int),
    **dict.fromkeys(("wall_s", "cpu_s", "data_wait_s", "readback_s", "loss"), float),
}
"""Name -> kind: one row for each block of each process."""


def columns(outgoing: Outgoing) -> dict[str, Kind]:
    """Name -> kind, in order."""
    if outgoing.rows == "blocks":
        return BLOCKS
    return {name: column.kind for name, column in RESULTS.items()}


def rows(outgoing: Outgoing) -> Iterator[dict[str, Value]]:
    """A value for each column; None for what is not known."""
    for result in outgoing.export.results:
        if outgoing.rows == "blocks":
            yield from _blocks(result)
        else:
            summary = summarized(result)
            yield {name: column.value(result, summary) for name, column in RESULTS.items()}


def _blocks(result: Result) -> Iterator[dict[str, Value]]:
    setup = result.setup
    same: dict[str, Value] = {
        "id": result.id,
        "workload": result.work.workload,
        "engine": setup.engine,
        "device": setup.device,
        "precision": setup.precision,
        "setup": setup.name,
    }
    for number, process in enumerate(result.processes, start=1):
        for block in process.blocks:
            own = {name: getattr(block, name) for name in block.__struct_fields__}
            yield {**same, "process": number, "seed": process.seed, **own}


def told(count: int) -> str:
    """'1 row', '12 rows'."""
    return f"{count} row{'s' if count != 1 else ''}"
