"""One JSON document with the list `results` at its top; nothing in it is rounded."""

from __future__ import annotations

from typing import Any

from msgspec import to_builtins

from laptime.comparison import Verdict
from laptime.document import document
from laptime.reports import Answer, Comparison, Line, Overview, Screen

TITLE = "for programs; numbers are not rounded"


def render(answer: Answer, *, screen: Screen) -> str:  # noqa: ARG001 - no screen shapes it
    """Every summary, its machine, and the rankings."""
    machines = list(answer.machines.values())
    return document(
        {
            "results": answer.summaries,
            "estimate_checks": [
                to_builtins(each) | {"error": each.error, "is_inside": each.is_inside}
                for each in answer.estimate_checks
            ],
            "machine": machines[0] if len(machines) == 1 else None,
            "machines": answer.machines,
            "rooflines": answer.rooflines,
            "rankings": answer.rankings,
            "unranked": answer.unranked,
            "problems": answer.problems,
            **answer.others,
        }
    )


def render_comparison(comparison: Comparison, *, screen: Screen) -> str:  # noqa: ARG001 - the same
    """Every other result's summary with its verdict, and the baseline's summary."""
    pairs = zip(comparison.others, comparison.verdicts, strict=True)
    return document(
        {
            "results": [to_builtins(other) | to_builtins(verdict) for other, verdict in pairs],
            "baseline": comparison.baseline,
            "crossed": comparison.crossed,
        }
    )


def render_overview(overview: Overview, *, screen: Screen) -> str:  # noqa: ARG001 - the same
    """Every line with its summary and verdict, and the parts that they stand in."""
    return document(
        {
            "results": [
                _line(line) | {"part": number}
                for number, part in enumerate(overview.parts)
                for line in part.lines
            ],
            "by": overview.by,
            "machine": overview.machine,
            "parts": [
                {"workload": part.workload, "way": part.way, "left_out": part.left_out}
                for part in overview.parts
            ],
            "problems": overview.problems,
            "crossed": overview.crossed,
        }
    )


def _line(line: Line) -> dict[str, Any]:
    """Flat, as in a comparison; without a verdict its fields are null."""
    unjudged = {name: None for name in Verdict.__struct_fields__ if name != "id"}
    verdict = to_builtins(line.verdict) if line.verdict else unjudged
    told = {"label": line.label, "against": line.against, "changes": line.changes}
    summary: dict[str, Any] = to_builtins(line.summary)
    return summary | verdict | told
