"""One page that holds everything: read without scripts or a network, on any screen or paper."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import laptime
from laptime import charts, words
from laptime.charts import DARK, LIGHT, Spec
from laptime.errors import EnvironmentUnfitError
from laptime.plain import cut
from laptime.record import Machine
from laptime.reports import (
    Answer,
    Comparison,
    Overview,
    Screen,
    _html_compare,
    _html_limits,
    _html_overview,
    _html_places,
    _html_results,
    _html_time,
)
from laptime.reports._html_view import Section
from laptime.verdicts import headline

if TYPE_CHECKING:
    from jinja2 import Environment

TITLE = "a page of its own, with charts, to open in a browser or to print"
LONGEST = 1_500
"""Letters of anything that a record tells; a page is not filled by one name."""


def render(answer: Answer, *, screen: Screen) -> str:  # noqa: ARG001 - a page fits any screen
    """The whole page.

    Raises:
        EnvironmentUnfitError: Jinja or vl-convert is not installed.
    """
    told = headline(answer.summaries, answer.rankings) if answer.summaries else "No results."
    rooms = (_html_results, _html_places, _html_limits, _html_time)
    sections = [section for room in rooms for section in room.sections(answer)]
    return _page(told, sections, made=answer.made, title="laptime report")


def render_comparison(comparison: Comparison, *, screen: Screen) -> str:  # noqa: ARG001 - the same
    """A page with the ratios as a chart and as a table.

    Raises:
        EnvironmentUnfitError: Jinja or vl-convert is not installed.
    """
    told = f"{comparison.baseline.workload}: {len(comparison.others)} compared with a baseline"
    return _page(told, _html_compare.sections(comparison), made=None, title="laptime comparison")


def render_overview(overview: Overview, *, screen: Screen) -> str:  # noqa: ARG001 - the same
    """A page with a chart and a table for each workload.

    Raises:
        EnvironmentUnfitError: Jinja or vl-convert is not installed.
    """
    told = _html_overview.headline(overview)
    return _page(told, _html_overview.sections(overview), made=None, title="laptime comparison")


def drawings(answer: Answer) -> Iterator[tuple[str, Spec]]:
    """What the page draws of rankings, rooflines, time and learning, with a name for each."""
    for ranking in _html_places.first_rankings(answer):
        bars = _html_places.bars_of(ranking, answer)
        yield f"{ranking.workload} published", charts.bars(bars, axis=ranking.quantity)
    for line in answer.rooflines:
        yield f"roofline {line.device} {line.precision}", _html_limits.spec_of(line)
    for result in answer.results:
        name = result.work.workload
        for told, spec in (
            ("over time", _html_time.tracks_of(result)),
            ("learning", _html_time.curves_of(result)),
        ):
            if spec is not None:
                yield f"{name} {told}", spec


def card(answer: Answer) -> Spec:
    """A picture to post: the machine, its figures, and its place among the published."""
    ranked = _html_places.first_rankings(answer)[:1]
    bars = _html_places.bars_of(ranked[0], answer) if ranked else []
    timed = [summary for summary in answer.summaries if summary.samples_per_s]
    machines = [_short_name(machine) for machine in answer.machines.values()]
    setups = ", ".join(dict.fromkeys(map(words.setup, timed)))
    return charts.card(
        charts.Card(
            title=machines[0] if len(machines) == 1 else f"{len(machines)} machines",
            headline=headline(answer.summaries, answer.rankings),
            figures=tuple(charts.Figure(each.workload, words.speed(each)) for each in timed),
            bars=tuple(_around_ours(bars)),
            axis=f"{ranked[0].workload}: {ranked[0].quantity}" if ranked else "",
            foot=" · ".join(filter(None, (setups, f"laptime {laptime.__version__}", answer.made))),
        )
    )


def _short_name(machine: Machine) -> str:
    """Model, processor, cores and memory."""
    return ", ".join(words.machine(machine).split(", ")[: 4 if machine.model else 3])


def _around_ours(bars: list[charts.Bar]) -> list[charts.Bar]:
    """As many as a card holds, ours among them."""
    first = next((place for place, bar in enumerate(bars) if bar.kind == "ours"), 0)
    start = max(0, min(first - charts.MOST_BARS // 2, len(bars) - charts.MOST_BARS))
    return bars[start : start + charts.MOST_BARS]


def _page(told: str, sections: list[Section], *, made: str | None, title: str) -> str:
    environment = _environment()
    style = environment.get_template("_page.css").render(light=LIGHT, dark=DARK)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    shown = [section for section in sections if section.parts]
    parts = [part for section in shown for part in section.parts]
    text = environment.get_template("_page.html").render(
        title=title,
        headline=told,
        sections=shown,
        pictures=charts.svgs([part.chart for part in parts if part.chart is not None]),
        made=made,
        style=style,
        digest=digest,
        laptime=laptime.__version__,
    )
    return text.strip() + "\n"


def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise EnvironmentUnfitError(
            "a page needs Jinja; install it with: pip install 'laptime[report]'"
        ) from error

    def shown(value: Any) -> Any:
        """What is filled in: ours as it is, anything else on one line, cut, and escaped by Jinja."""
        return value if isinstance(value, Markup) else cut(str(value), LONGEST)

    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: files(__package__).joinpath(name).read_text("utf-8")),
    )
    made.filters["ours"] = Markup
    return made
