"""The data: complete, strictly typed, graded for a reason, and what `comparable` lets through."""

import csv
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from laptime import published, registry
from laptime.errors import DataError
from laptime.published import Published, agreement, physics
from laptime.published.prices import PublishedMachine, PublishedPrice

ROWS = published.rows()
FILES = ("articles.csv", "community.csv", "devices.csv", "prices.csv", "machines.csv")
TYPES = (Published, Published, physics.Device, PublishedPrice, PublishedMachine)
UNITS = {"time": "s", "speedup": "ratio", "idle_share": "ratio", "rank": "rank"}
HEADER = ",".join(Published.__struct_fields__)


def label(row: Published) -> str:
    return f"{row.workload}-{row.gpu or row.machine}-{row.printed[:12]}"


def sample(**cells: str) -> str:
    """A one-row file of a plain row in which some cells are replaced."""
    needed = {
        "workload": "w",
        "machine": "m",
        "framework": "f",
        "kind": "time",
        "quantity": "total",
        "printed": "1",
        "printed_unit": "s",
        "startup": "no",
        "validation": "no",
        "grade": "D",
        "grade_reason": "r",
        "source": "s",
    }
    values = needed | cells
    return HEADER + "\n" + ",".join(values.get(name, "") for name in Published.__struct_fields__)


def test_every_article_figure_and_eighteen_of_the_community():
    assert len(published.table("articles.csv", Published)) == 56
    assert len(published.table("community.csv", Published)) == 18


def test_no_figure_stands_twice():
    counts = Counter((r.workload, r.machine, r.chip, r.kind, r.value, r.printed) for r in ROWS)
    assert [key for key, count in counts.items() if count > 1] == []


PAGE = Path(__file__).parents[2] / "docs" / "published.md"


def test_the_page_counts_the_rows_rightly():
    page = PAGE.read_text(encoding="utf-8")
    for name, row_type in zip(FILES, TYPES, strict=True):
        assert f"| `{name}` | {len(published.table(name, row_type))} |" in page


def test_the_page_counts_the_grades_rightly():
    page = PAGE.read_text(encoding="utf-8")
    for grade, count in Counter(row.grade for row in ROWS).items():
        assert re.search(rf"^\| \*\*{grade}\*\* \| {count} \|", page, re.MULTILINE), (grade, count)


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_every_row_has_a_source_and_a_grade_with_a_reason(row):
    assert len(row.source) > 15
    assert len(row.grade_reason) > 10


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_unit_and_value_fit_the_kind(row):
    assert row.unit == UNITS.get(row.kind)
    assert (row.value is None) == (row.unit is None)
    assert row.value is None or row.value > 0
    assert (row.base is not None) == (row.kind == "speedup")


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_no_row_contradicts_itself(row):
    assert agreement.disagreements(row) == ()


@pytest.mark.parametrize("name", FILES)
def test_files_are_plain_csv_with_one_width(name):
    text = files("laptime.published").joinpath(name).read_text(encoding="utf-8")
    lines = list(csv.reader(text.splitlines(), strict=True))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert all(cell == cell.strip() for line in lines for cell in line)


def test_only_whole_undeviating_absolute_times_are_comparable():
    for row in ROWS:
        if row.grade in "AB":
            assert row.kind == "time"
            assert row.deviation is None
            assert row.total_s is not None
            assert None not in (row.batch_size, row.epochs, row.train_count, row.validation_count)
            assert "unknown" not in (row.startup, row.validation)
            assert row in published.comparable(row.workload)
        else:
            assert row not in published.comparable(row.workload)


def test_comparable_rows_have_the_recipe_of_the_workload():
    graded = {row.workload for row in ROWS if row.grade in "AB"}
    for name in graded.intersection(registry.names("workloads")):
        recipe = registry.load("workloads", name).WORKLOAD.recipe
        for row in published.comparable(name):
            assert (row.batch_size, row.epochs) == (recipe.batch_size, recipe.epochs)


def test_comparable_rows_are_timed_as_the_workload_says():
    timed = registry.load("workloads", "cifar10-tinyvgg").WORKLOAD.timed
    author = [row for row in published.comparable("cifar10-tinyvgg") if row.grade == "A"]
    assert {row.startup for row in author} == {"yes" if timed.startup else "no"}
    assert {row.quantity for row in author} == {timed.quantity}


def test_of_finds_every_grade_and_nothing_for_an_unknown_name():
    assert {row.grade for row in published.of("food101-efficientnetb0")} == {"A", "C"}
    assert published.of("no-such-workload") == ()


def test_derived_figures_of_one_row():
    (row,) = (r for r in ROWS if r.value == 137.266)
    assert row.total_s == 137.266
    assert row.epoch_s == pytest.approx(13.7266)
    assert row.samples_per_s_including_validation == pytest.approx(3642.56, abs=0.01)


def test_a_mean_without_the_first_epoch_makes_no_total():
    row = next(r for r in ROWS if r.quantity == "epoch_mean_after_first" and r.kind == "time")
    assert row.total_s is None
    assert row.epoch_s == row.value


def test_a_ratio_has_no_seconds():
    row = next(r for r in ROWS if r.kind == "speedup")
    assert (row.total_s, row.epoch_s, row.samples_per_s_including_validation) == (None,) * 3


@pytest.mark.parametrize(
    "cells",
    [{"kind": "guess"}, {"grade": "E"}, {"epochs": "ten"}, {"source": ""}, {"meant_unit": "h"}],
    ids=str,
)
def test_a_wrong_cell_is_named_with_its_line(cells):
    with pytest.raises(DataError, match=r"x\.csv line 2.*docs/published\.md"):
        published.parse(sample(**cells), Published, name="x.csv")


@pytest.mark.parametrize("text", [HEADER + "\nw,m", sample() + ",more", sample() + "\nw"])
def test_a_line_of_another_width_is_refused(text):
    with pytest.raises(DataError, match="cells than columns"):
        published.parse(text, Published, name="x.csv")


def test_an_open_quote_is_refused():
    with pytest.raises(DataError, match="unexpected end of data"):
        published.parse(sample(machine='"a'), Published, name="x.csv")


def test_a_plain_row_is_read():
    (row,) = published.parse(sample(value="1", unit="s"), Published, name="x.csv")
    assert (row.value, row.chip, row.total_s) == (1.0, None, 1.0)
