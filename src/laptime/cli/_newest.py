"""The newest result of each way of training on this machine, for `laptime compare --by engine`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from laptime import naming
from laptime.cli._answer import answer_about, show_answer
from laptime.cli._by import Asked, complain, key_asked, of_workloads, tell
from laptime.comparison import OTHER_PRECISION, groups, is_other_precision
from laptime.document import document
from laptime.errors import UsageError
from laptime.index import Entry, opened
from laptime.store import open_store
from laptime.summary import Summary


def newest(asked: Asked) -> list[Entry]:
    """Results of one machine, the newest of each workload, engine, device, setup and precision.

    Args:
        asked: which workloads, of which machine, in which time.

    Raises:
        UnknownNameError: a pattern that matches no workload, or no machine.
        UsageError: there is no such result yet.
    """
    with opened(open_store(), tell=tell) as index:
        names = naming.names_of(index.machines()) if asked.machine else {}
        entries = index.newest_of_ways(key_asked(asked.machine, names), asked.when)
        problems = index.problems()
    complain(problems)
    found = of_workloads(entries, asked.patterns)
    if not found:
        told = " ".join(asked.patterns)
        raise UsageError(
            f"no result of {asked.machine or 'this machine'}{f' is of {told}' if told else ' yet'}; "
            f"make some with: laptime run {f'{told} ' if told else ''}--engine all"
        )
    return sorted(found, key=lambda each: each.summary.workload)


def show_groups(results: Sequence[Entry], *, report: str) -> None:
    """Print what they say of each workload, by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    summaries = [entry.summary for entry in results]
    if report == "json":
        print(document({"results": _rows(summaries)}), end="")
        return
    answer = answer_about(summaries, {each.summary.machine_key: each.machine for each in results})
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
