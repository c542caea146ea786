from __future__ import annotations

import html
import re
import sys
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from laptime import registry, words
from laptime.cli._answer import answer_of
from laptime.comparison import judge
from laptime.errors import LaptimeError
from laptime.reports import Comparison, Screen
from laptime.summary import summarize
from tests.reports.suite import suite
from tests.runs import every_answer, quick, repeated
from tests.samples import MACHINE, WORK

PAGE = registry.load("reports", "html")
LARGEST_BYTES = 1_500_000
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Reader(HTMLParser):
    """What a page holds: its open elements must close, and its ids be unique."""

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.headings, self.tags, self.words = [], [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        self.headings += [int(tag[1])] if re.fullmatch(r"h\d", tag) else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)


def page_of(answer):
    return PAGE.render(answer, screen=Screen())


def read(page):
    return Reader(page)


@pytest.mark.parametrize("kind", every_answer())
def test_every_page_is_well_formed(kind) -> None:
    found = read(page_of(every_answer()[kind]))
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert found.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(found.headings, found.headings[1:], strict=False))
    assert ("html", {"lang": "en"}) in found.tags


def test_nothing_is_asked_of_a_network_and_no_script_is_held() -> None:
    page = page_of(every_answer()["several"])
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|<iframe|src=|@import|url\(", page)
    assert not re.search(r'href="(?!#)', page)


def test_each_chart_stands_beside_its_figures() -> None:
    page = page_of(every_answer()["repeated"])
    figures = re.findall(
        r"<figure>.*?</figure>\s*<div class=\"figures\">(.*?)</div>\s*</div>", page, re.DOTALL
    )
    assert len(figures) == page.count("<figure>") > 1
    assert all("<table>" in each for each in figures)


def test_tables_have_captions_and_scopes() -> None:
    page = page_of(every_answer()["race"])
    assert page.count("<table>") == page.count("<caption") > 3
    assert not re.search(r"<th(?! scope=\"(?:col|row)\")[ >]", page)


def test_text_of_a_record_is_escaped_and_cut() -> None:
    machine = replace(MACHINE, chip="</style><script>alert(1)</script>", model="m" * 1_000_000)
    work = replace(WORK, workload="<b>" + "w" * 1_000_000)
    page = page_of(
        answer_of([quick(machine=machine, work=work)], problems=["\x1b[2J<i>" + "p" * 9999])
    )
    assert len(page) < 200_000
    assert "<script" not in page
    assert "<b>" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;" in page


def test_machines_of_one_name_are_told_apart() -> None:
    mine, twin = quick(), quick(machine=replace(MACHINE, cores_usable=8.0), id="20261122-001906-b")
    answer = answer_of([mine, twin])
    names = re.findall(r"(Apple M1 Pro, [^<,]+), torch cpu plain float32", page_of(answer))
    assert set(names) == {
        "Apple M1 Pro, no graphics processor",
        "Apple M1 Pro, Apple M1 Pro (16-core GPU)",
    }


def test_the_verdict_the_lines_and_the_raw_blocks_are_there() -> None:
    result = repeated()
    answer = replace(answer_of([result]), commands={result.id: "laptime run 'x y'"}, made="today")
    text = html.unescape(page_of(answer))
    for told in (
        "How sure is this?",
        "laptime run 'x y'",
        f"laptime show --raw {result.id}",
        "today",
    ):
        assert told in text


def test_a_comparison_has_its_ratios_as_chart_and_table() -> None:
    baseline = summarize(repeated())
    other = summarize(repeated([1.2, 1.19, 1.21, 1.2, 1.2], id="20261122-001906-b"))
    verdict = judge(baseline, other)
    page = PAGE.render_comparison(
        Comparison(baseline=baseline, others=(other,), verdicts=(verdict,), crossed=(other.id,)),
        screen=Screen(),
    )
    found = read(page)
    assert found.open == []
    shown, _ = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
    assert sum(shown in each for each in found.words) >= 2
    assert any("beyond the threshold" in each for each in found.words)


def test_the_whole_suite_fits() -> None:
    results = suite()
    assert len(results) >= 13
    page = page_of(answer_of(results))
    assert len(page.encode()) <= LARGEST_BYTES
    assert page.count('class="chart"') >= 2 * len(results)


def test_without_its_template_library_the_remedy_is_told(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(LaptimeError, match=r"pip install 'laptime\[report\]'"):
        page_of(every_answer()["empty"])
