"""From an answer to what is printed: the same for `run` and `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from laptime import registry
from laptime.answers import answer_of, probed_roofs
from laptime.cli._screen import screen

if TYPE_CHECKING:
    from laptime.reports import Answer, Comparison, ReportModule

__all__ = ["answer_of", "probed_roofs", "show_answer", "show_comparison"]


def show_answer(answer: Answer, *, report: str) -> None:
    """Print an answer by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    print(report_text(answer, report=report), end="")


def report_text(answer: Answer, *, report: str) -> str:
    """An answer by one of the reports, with a newline at its end.

    Raises:
        UnknownNameError: no such report.
    """
    return _report(report).render(answer, screen=screen())


def show_comparison(comparison: Comparison, *, report: str) -> None:
    """Print a comparison by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    print(_report(report).render_comparison(comparison, screen=screen()), end="")


def _report(name: str) -> ReportModule:
    return cast("ReportModule", registry.load("reports", name))
