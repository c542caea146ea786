"""From an answer to what is printed: the same for `run` and `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from laptime import registry
from laptime.answers import answer_about, answer_of, probed_roofs
from laptime.cli._screen import screen
from laptime.errors import UsageError

if TYPE_CHECKING:
    from laptime.layout import Screen
    from laptime.reports import Answer, Comparison, Overview, ReportModule

__all__ = [
    "answer_about",
    "answer_of",
    "probed_roofs",
    "report_text",
    "show_answer",
    "show_comparison",
    "show_overview",
]


def show_answer(answer: Answer, *, report: str) -> None:
    """Print an answer by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    print(report_text(answer, report=report, screen=screen()), end="")


def report_text(answer: Answer, *, report: str, screen: Screen) -> str:
    """An answer by one of the reports, with a newline at its end.

    Raises:
        UnknownNameError: no such report.
    """
    return _report(report).render(answer, screen=screen)


def show_comparison(comparison: Comparison, *, report: str) -> None:
    """Print a comparison by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    print(_report(report).render_comparison(comparison, screen=screen()), end="")


def show_overview(overview: Overview, *, report: str) -> None:
    """Print an overview by one of the reports.

    Raises:
        UnknownNameError: no such report.
        UsageError: the report shows no overviews.
    """
    leaf = _report(report)
    if not hasattr(leaf, "render_overview"):  # a plug-in's, from before there were overviews
        raise UsageError(
            f"the report '{report}' cannot show results by {overview.by}; "
            "use terminal, markdown or json"
        )
    print(leaf.render_overview(overview, screen=screen()), end="")


def _report(name: str) -> ReportModule:
    return cast("ReportModule", registry.load("reports", name))
