"""From results to what is printed: the same for `run` and `show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from laptime import registry
from laptime.checks import summarized
from laptime.cli._screen import screen
from laptime.estimates import checked
from laptime.ranking import rankings
from laptime.reports import Answer

if TYPE_CHECKING:
    from laptime.record import Result
    from laptime.reports import Comparison, ReportModule


def answer_of(
    results: Sequence[Result], *, problems: Sequence[str] = (), is_fresh: bool = False
) -> Answer:
    """What results say together.

    Args:
        results: in the order in which they are shown.
        problems: what could not even start, one line each.
        is_fresh: whether they were made just now, on this machine.
    """
    every = tuple(summarized(result) for result in results)
    summaries, checks = checked(every)
    ranked, unranked = rankings(summaries)
    return Answer(
        machines={
            summary.machine_key: result.machine
            for summary, result in zip(every, results, strict=True)
        },
        summaries=summaries,
        estimate_checks=checks,
        rankings=ranked,
        unranked=unranked,
        problems=tuple(problems),
        is_fresh=is_fresh,
    )


def show_answer(answer: Answer, *, report: str) -> None:
    """Print an answer by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    print(_report(report).render(answer, screen=screen()), end="")


def show_comparison(comparison: Comparison, *, report: str) -> None:
    """Print a comparison by one of the reports.

    Raises:
        UnknownNameError: no such report.
    """
    print(_report(report).render_comparison(comparison, screen=screen()), end="")


def _report(name: str) -> ReportModule:
    return cast("ReportModule", registry.load("reports", name))
