"""The page in a real browser: nothing is fetched, everything is read, and everybody can read it."""

from __future__ import annotations

import shutil
from functools import cache
from importlib.resources import files

import pytest
from msgspec.structs import replace

from laptime import registry, words
from laptime.cli._answer import answer_of
from laptime.comparison import judge
from laptime.reports import Comparison, Line, Overview, Part, Screen
from laptime.summary import summarize
from tests.reports.suite import suite
from tests.runs import failed, quick, race, repeated

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome is on the path"),
]


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=BROWSER, args=list(ARGUMENTS))
        yield found
        found.close()


@cache
def pages():
    """A page of each kind, with what must be read on it."""
    page = registry.load("reports", "html")
    answers = {
        "suite": answer_of(suite()[:4]),
        "race": answer_of([*race(), failed(id="20261122-001908-d")], problems=["torch: no 'cuda'"]),
        "repeated": answer_of([repeated()]),
    }
    found = {}
    for name, answer in answers.items():
        whole = replace(answer, commands={r.id: f"laptime run {r.id}" for r in answer.results})
        found[name] = page.render(whole, screen=Screen()), list(figures(answer))
    baseline = summarize(repeated())
    others = (summarize(repeated([1.2] * 4 + [1.21], id="20261122-001906-b")), summarize(quick()))
    verdicts = tuple(judge(baseline, other) for other in others)
    comparison = Comparison(baseline=baseline, others=others, verdicts=verdicts, crossed=())
    ratios = [words.ratio(v.speed_ratio, v.ratio_low, v.ratio_high)[0] for v in verdicts]
    found["comparison"] = page.render_comparison(comparison, screen=Screen()), ratios
    lines = [Line(label="first", summary=baseline, verdict=None)]
    lines += [
        Line(label=f"other {k}", summary=other, verdict=verdict, against=baseline.id)
        for k, (other, verdict) in enumerate(zip(others, verdicts, strict=True))
    ]
    parts = (Part(workload=baseline.workload, lines=tuple(lines)),)
    overview = Overview(by="machine", machine=None, parts=parts, problems=("b.json: damaged",))
    wanted = [*ratios, "b.json: damaged", "first", "other 1"]
    found["overview"] = page.render_overview(overview, screen=Screen()), wanted
    return found


def figures(answer):
    """Every figure of the summaries, as words."""
    for summary in answer.summaries:
        yield from (summary.id, summary.workload)
        if summary.samples_per_s is not None:
            yield from (words.speed(summary), words.per_epoch(summary))
            yield " ".join(words.whole_run(summary))
            yield " ".join(words.learned(summary))
        yield from (words.number(drawn.energy_j_per_epoch) for drawn in summary.energy)
        yield from (flag.sentence for flag in summary.flags)
        yield from [summary.limit.advice] if summary.limit else []
    for ranking in answer.rankings:
        yield from (row.label.partition(",")[0] for row in ranking.rows)


@pytest.fixture(params=["suite", "race", "repeated", "comparison", "overview"])
def told(request, tmp_path):
    text, wanted = pages()[request.param]
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    return path.as_uri(), wanted


def opened(browser, address, *, size=DESK, scheme="light", scripts=False):
    """The page, and every address that was asked for beside its own."""
    context = browser.new_context(
        viewport=size, color_scheme=scheme, java_script_enabled=scripts, bypass_csp=scripts
    )
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    return page, [each for each in asked if each != address]


def test_nothing_is_fetched_and_every_figure_is_read_without_scripts(browser, told) -> None:
    address, wanted = told
    page, asked = opened(browser, address)
    assert asked == []
    for summary in page.locator("summary").all():  # folded tables open without scripts
        summary.click()
    text = " ".join(page.locator("body").inner_text().split())
    assert wanted
    assert [each for each in wanted if " ".join(each.split()) not in text] == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(browser, told, scheme) -> None:
    page, _ = opened(browser, told[0], scheme=scheme, scripts=True)
    page.add_script_tag(content=files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in grave] == []
    assert len(found["passes"]) > 10
    page.context.close()


def test_a_phone_need_not_be_pushed_sideways(browser, told) -> None:
    page, _ = opened(browser, told[0], size=PHONE, scripts=True)
    for summary in page.locator("summary").all():
        summary.click()
    widths = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]")
    assert max(widths) <= PHONE["width"]
    page.context.close()


def test_names_in_charts_are_not_cut_off_by_a_browsers_wider_letters(browser, told) -> None:
    page, _ = opened(browser, told[0], scripts=True)
    outside = page.evaluate(
        """[...document.querySelectorAll('svg.chart')].flatMap(svg => {
            const box = svg.getBoundingClientRect()
            return [...svg.querySelectorAll('text')].filter(each => {
                const own = each.getBoundingClientRect()
                return own.left < box.left - 1 || own.right > box.right + 1
            }).map(each => each.textContent)
        })"""
    )
    assert outside == []
    page.context.close()


def test_it_prints(browser, told) -> None:
    page, _ = opened(browser, told[0])
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.context.close()
