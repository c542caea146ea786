"""The newest result of each way of training on this machine, for `laptime compare --by engine`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from laptime import machine, registry
from laptime.checks import summarized
from laptime.cli._answer import answer_of, show_answer
from laptime.comparison import OTHER_PRECISION, groups, is_other_precision
from laptime.document import document
from laptime.errors import UsageError
from laptime.record import Result
from laptime.store import open_store
from laptime.summary import Summary, machine_key


def newest(patterns: Sequence[str]) -> list[Result]:
    """Results of this machine, the newest of each workload, engine, device, setup and precision.

    Args:
        patterns: names or globs of workloads; none for all that were run.

    Raises:
        UnknownNameError: a pattern that matches no workload.
        UsageError: there is no such result yet.
    """
    wanted = registry.select("workloads", patterns) if patterns else None
    results, problems = open_store().load_all()
    for problem in problems:
        print(f"laptime: {problem}", file=sys.stderr)
    found: dict[tuple[str, ...], Result] = {}
    for result in reversed(_of_this_machine(results)):
        work, setup = result.work, result.setup
        if wanted is None or work.workload in wanted:
            way = setup.engine, setup.device, setup.name, setup.precision
            found.setdefault((work.workload, *way), result)
    if not found:
        asked = " ".join(patterns)
        raise UsageError(
            f"no result of this machine{f' is of {asked}' if asked else ' yet'}; "
            f"make some with: laptime run {f'{asked} ' if asked else ''}--engine all"
        )
    return sorted(found.values(), key=lambda result: result.work.workload)


def _of_this_machine(results: Sequence[Result]) -> list[Result]:
    """Without the user's own training, which has no other way of training beside it."""
    here = machine_key(machine.describe())
    return [r for r in results if r.profile != "watch" and machine_key(r.machine) == here]


def show_groups(results: Sequence[Result], *, report: str) -> None:
    """Print what they say of each workload, by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    if report == "json":
        print(document({"results": _rows([summarized(result) for result in results])}), end="")
        return
    answer = answer_of(results)
    show_answer(replace(answer, rankings=(), unranked=()), report=report)


def _rows(summaries: Sequence[Summary]) -> list[dict[str, Any]]:
    """Each summary with how it compares with the first of its group, or why it does not."""
    rows = []
    for group in groups(summaries):
        for summary, verdict in group.ranked:
            label = OTHER_PRECISION if is_other_precision(summary) else None
            rows.append(
                msgspec.to_builtins(summary) | msgspec.to_builtins(verdict) | {"label": label}
            )
        for summary, reason in group.apart:
            apart = {"comparable": False, "verdict": "not comparable", "reason": reason}
            rows.append(msgspec.to_builtins(summary) | apart | {"speed_ratio": None, "label": None})
    return rows
