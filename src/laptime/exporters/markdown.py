"""The tables of 'laptime show --report markdown', in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from laptime import registry
from laptime.checks import summarized
from laptime.estimates import checked
from laptime.exporters import Outgoing
from laptime.layout import Screen
from laptime.ranking import rankings
from laptime.reports import Answer

if TYPE_CHECKING:
    from laptime.reports import ReportModule

TITLE = "tables to paste into an issue"
MODULES = ()
EXTRA = None
ENDING = ".md"
PLACE = None
ENVIRONMENT: dict[str, str] = {}
KINDS = ("results",)


def export(outgoing: Outgoing, *, place: str) -> str:
    """Machine, figures, flags and ranks."""
    results = outgoing.export.results
    every = tuple(summarized(result) for result in results)
    summaries, checks = checked(every)
    ranked, unranked = rankings(summaries)
    answer = Answer(
        machines={
            summary.machine_key: result.machine
            for summary, result in zip(every, results, strict=True)
        },
        summaries=summaries,
        estimate_checks=checks,
        rankings=ranked,
        unranked=unranked,
        problems=(),
        is_fresh=False,
    )
    report = cast("ReportModule", registry.load("reports", "markdown"))
    Path(place).write_text(report.render(answer, screen=Screen()), encoding="utf-8")
    return f"{len(results)} result{'s' if len(results) != 1 else ''}"
