"""Every report shows every kind of answer, on any screen."""

from __future__ import annotations

import pytest

from laptime import registry
from laptime.comparison import judge
from laptime.history import Change
from laptime.reports import Comparison, Line, Overview, Part, Screen
from laptime.summary import summarize
from tests.runs import every_answer, failed, full, quick

ANSWERS = every_answer()
REPORTS = registry.names("reports")
OVERVIEWS = [name for name in REPORTS if hasattr(registry.load("reports", name), "render_overview")]
SCREENS = [Screen(width=60), Screen(width=80, has_unicode=False), Screen(width=200)]


def test_the_room_has_its_reports() -> None:
    assert set(OVERVIEWS) >= {"terminal", "json", "markdown"}


@pytest.mark.parametrize("name", REPORTS)
def test_title_is_known_before_the_report_is_opened(name) -> None:
    assert registry.peek("reports", name)["TITLE"]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen.width))
@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("name", REPORTS)
def test_answers_are_shown(name, kind, screen) -> None:
    answer = ANSWERS[kind]
    text = registry.load("reports", name).render(answer, screen=screen)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text.strip()
    assert "\x1b" not in text
    for summary in answer.summaries:
        assert summary.workload in text
        assert summary.outcome == "ok" or summary.message in text
    for problem in answer.problems:
        assert problem.partition(":")[0] in text


@pytest.mark.parametrize("name", REPORTS)
def test_comparisons_are_shown(name) -> None:
    baseline = summarize(quick())
    others = (summarize(full()), summarize(failed()))
    verdicts = tuple(judge(baseline, other) for other in others)
    comparison = Comparison(baseline=baseline, others=others, verdicts=verdicts, crossed=())
    text = registry.load("reports", name).render_comparison(comparison, screen=Screen())
    assert text.endswith("\n")
    assert "\x1b" not in text
    for verdict in verdicts:
        assert verdict.verdict in text


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen.width))
@pytest.mark.parametrize("by", ["machine", "setup", "date"])
@pytest.mark.parametrize("name", OVERVIEWS)
def test_overviews_are_shown(name, by, screen) -> None:
    baseline, *others = (summarize(result) for result in (quick(), full(), failed()))
    change = Change(name="python", before="3.12.1", after="3.13.0")
    lines = [Line(label="first", summary=baseline, verdict=None)]
    lines += [
        Line(
            label=f"other {number}",
            summary=other,
            verdict=judge(baseline, other),
            against=baseline.id,
            changes=(change,) if by == "date" else (),
        )
        for number, other in enumerate(others)
    ]
    part = Part(workload=baseline.workload, way="torch cpu", lines=tuple(lines), left_out=3)
    overview = Overview(by=by, machine=None, parts=(part,), problems=())
    text = registry.load("reports", name).render_overview(overview, screen=screen)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\x1b" not in text
    assert baseline.workload in text
    for line in lines:
        assert line.label in text
        assert line.verdict is None or line.verdict.verdict in text
    assert (change.after in text) == (by == "date")
