from __future__ import annotations

import re

from msgspec.structs import replace

from laptime.cli._answer import answer_of
from laptime.verdicts import findings, headline
from tests.reports.suite import suite
from tests.runs import deviating, every_answer, failed, quick, race, repeated
from tests.samples import WORK


def told(*results):
    answer = answer_of(results)
    return {
        each.question: " ".join(each.sentences)
        for each in findings(answer.summaries, answer.rankings)
    }


def head(*results):
    answer = answer_of(results)
    return headline(answer.summaries, answer.rankings)


def test_one_result_is_told_with_its_figure_and_its_whole_run() -> None:
    found = told(quick())
    assert "at 200.0 ± 0 % images a second: the whole" in found["How fast is it?"]
    assert "(estimated)" in found["How fast is it?"]
    assert "indicative" in found["How sure is this?"]


def test_the_place_is_that_of_the_ranking() -> None:
    answer = answer_of([quick()])
    rows = [row for row in answer.rankings[0].rows if row.id is None]
    mine = next(row for row in answer.rankings[0].rows if row.id)
    ahead = sum(mine.seconds < row.seconds for row in rows)
    of = f"{ahead} of {len(rows)}" if 0 < ahead < len(rows) else f"all {len(rows)}"
    assert of in told(quick())["Where does it stand?"]
    assert of in head(quick())


def test_other_machines_are_met_by_the_ratio_of_times() -> None:
    answer = answer_of([quick()])
    first = next(row for row in answer.rankings[0].rows if row.id is None)
    mine = next(row for row in answer.rankings[0].rows if row.id)
    slower = replace(mine, seconds=2 * first.seconds)
    alone = replace(answer.rankings[0], rows=(first, slower))
    said = findings(answer.summaries, (alone,))[1].sentences
    assert f"The published {first.label} is 2.00 times as fast, on cifar10-tinyvgg." in said
    alike = replace(alone, rows=(first, replace(mine, seconds=1.01 * first.seconds)))
    assert "About as fast as" in findings(answer.summaries, (alike,))[1].sentences[1]


def test_intervals_are_told_apart_from_quick_looks() -> None:
    both = told(repeated(), quick(id="20261122-001906-b"))["How sure is this?"]
    assert "1 of 2 figures has a 95 % interval" in both
    assert "1 of 2 figures has only the spread" in both
    assert "The figure has a 95 % interval" in told(repeated())["How sure is this?"]


def test_what_failed_tells_nothing_of_speed() -> None:
    found = told(failed())
    assert "No training came to a figure" in found["How fast is it?"]
    assert "1 of 1 did not end well" in found["How sure is this?"]
    assert "What holds it back?" not in found
    assert head(failed()) == "Nothing was measured here that has a figure."


def test_what_was_not_looked_for_is_said_so() -> None:
    assert "not known from a quick run" in told(quick())["What holds it back?"]
    assert "the input" in told(*suite())["What holds it back?"]


def test_nobody_published_it() -> None:
    other = replace(WORK, workload="mnist-mlp")
    assert "Nobody published" in told(quick(work=other))["Where does it stand?"]
    assert "Nobody published" in told(deviating())["Where does it stand?"]


def test_every_answer_has_whole_sentences() -> None:
    for answer in every_answer().values():
        for found in findings(answer.summaries, answer.rankings):
            assert found.sentences
            assert all(re.search(r"\w.*(\.|laptime run .*)$", s) for s in found.sentences)
    assert told(*race())
