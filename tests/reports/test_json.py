from __future__ import annotations

import json

from laptime.comparison import judge
from laptime.reports import Comparison, Screen
from laptime.reports import json as report
from laptime.summary import summarize
from tests.runs import every_answer, failed, quick, quick_process

FIELDS = [
    "id",
    "workload",
    "engine",
    "device",
    "precision",
    "setup",
    "outcome",
    "samples_per_s",
    "epoch_s",
    "total_s",
    "total_is_estimate",
    "learned",
    "test_accuracy",
    "weights",
    "deviations",
    "train_files",
    "skipped_files",
    "fit_s",
    "work_key",
    "setup_key",
    "flags",
    "reasons",
]
ANSWERS = every_answer()


def read(name: str) -> dict:
    return json.loads(report.render(ANSWERS[name], screen=Screen()))


def test_every_summary_holds_the_promised_fields() -> None:
    for result in read("several")["results"]:
        assert set(FIELDS) <= set(result)


def test_numbers_are_not_rounded() -> None:
    walls_s = (0.5, 0.51, 0.49, 0.5, 0.5037)
    summary = summarize(quick(quick_process(walls_s=walls_s)))
    found = json.loads(report.document({"results": [summary]}))["results"][0]
    assert found["samples_per_s"] == 500 / sum(walls_s)
    assert found["total_low_s"] == summary.total_low_s


def test_nulls_have_reasons() -> None:
    [found] = read("failed")["results"]
    assert found["samples_per_s"] is None
    assert found["reasons"]["samples_per_s"] == "ended with oom: out of memory"


def test_machine_and_problems_are_told() -> None:
    assert read("estimated")["machine"]["chip"] == "Apple M1 Pro"
    assert read("none") | {"laptime": ""} == {
        "results": [],
        "machine": None,
        "machines": {},
        "rankings": [],
        "rooflines": [],
        "estimate_checks": [],
        "unranked": [],
        "problems": ["torch: no device 'cuda'; try cpu"],
        "laptime": "",
    }


def test_comparison_rows_are_summaries_with_verdicts() -> None:
    baseline, other = summarize(quick()), summarize(failed())
    comparison = Comparison(
        baseline=baseline, others=(other,), verdicts=(judge(baseline, other),), crossed=()
    )
    found = json.loads(report.render_comparison(comparison, screen=Screen()))
    [row] = found["results"]
    assert set(FIELDS) <= set(row)
    assert (row["comparable"], row["verdict"]) == (False, "not comparable")
    assert found["baseline"]["samples_per_s"] == 200.0
