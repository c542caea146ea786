"""Results as a sequence that shows itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast, overload

import msgspec

from laptime import registry, words
from laptime.answers import answer_of, probed_roofs
from laptime.api._chart import Chart
from laptime.api._tables import paragraph, table
from laptime.errors import EnvironmentUnfitError, UsageError
from laptime.layout import Screen
from laptime.record import Result
from laptime.reports import Answer
from laptime.summary import Summary

if TYPE_CHECKING:
    from laptime.reports import ReportModule
    from laptime.store import Store

HEADINGS = (
    "workload",
    "setup",
    "images/s",
    "95 % interval",
    "s/epoch",
    "published run",
    "learned (data)",
    "flags",
)
WIDTH = 100


class Results(Sequence[Summary]):
    """Results, each an item with its figures (`laptime.summary.Summary`).

    Args:
        records: as they are stored.
        store: they belong to; probes in it give the roofs.
        problems: what is wrong beside them, one line each.
        exit_code: of the run that made them; 4 where one of them failed.
        is_fresh: whether they were made just now, on this machine.
    """

    def __init__(
        self,
        records: Sequence[Result],
        *,
        store: Store,
        problems: Sequence[str] = (),
        exit_code: int = 0,
        is_fresh: bool = False,
    ) -> None:
        self.records = tuple(records)
        """The raw records: every block and epoch."""
        self.problems = tuple(problems)
        self.exit_code = exit_code
        self._store = store
        self._is_fresh = is_fresh

    @cached_property
    def answer(self) -> Answer:
        """What they say together: figures, rankings among the published, rooflines."""
        return answer_of(
            self.records,
            problems=self.problems,
            probed=probed_roofs(self._store),
            is_fresh=self._is_fresh,
        )

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """The figures of each; what is not known is None, with its reason in `reasons`."""
        return self.answer.summaries

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Places among the published, rooflines, speed over time, learning: whatever is known."""
        page = cast("Any", registry.load("reports", "html"))
        return tuple(Chart(name, spec) for name, spec in page.drawings(self.answer))

    def chart(self, name: str = "") -> Chart:
        """The first chart whose name holds these words: 'published', 'over time', 'learning' ...

        Raises:
            UsageError: there is none.
        """
        every = self.charts
        for chart in every:
            if name.lower() in chart.name.lower():
                return chart
        known = ", ".join(f"'{chart.name}'" for chart in every) or "none"
        raise UsageError(f"no chart is called '{name}'; there are: {known}")

    def to_dicts(self) -> list[dict[str, Any]]:
        """The figures of each, not rounded, as plain values."""
        return [msgspec.to_builtins(summary) for summary in self.summaries]

    def to_pandas(self) -> Any:
        """The same as a data frame, a row each.

        Raises:
            EnvironmentUnfitError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise EnvironmentUnfitError(
                "this needs pandas; install it with: pip install pandas, or take to_dicts()"
            ) from error
        return pd.DataFrame(self.to_dicts())

    @overload
    def __getitem__(self, index: int) -> Summary: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Summary | Results:
        if isinstance(index, slice):
            return Results(self.records[index], store=self._store, is_fresh=self._is_fresh)
        return self.summaries[index]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Summary]:
        return iter(self.summaries)

    def __repr__(self) -> str:
        return self._text("terminal")

    def _repr_markdown_(self) -> str:
        return self._text("markdown")

    def _text(self, report: str) -> str:
        if not self.records:
            return "\n".join(["No results.", *self.problems])
        module = cast("ReportModule", registry.load("reports", report))
        return module.render(self.answer, screen=Screen(width=WIDTH))

    def _repr_html_(self) -> str:
        if not self.records:
            return "\n".join(map(paragraph, ["No results.", *self.problems]))
        parts = [table("Results", HEADINGS, [_cells(summary) for summary in self.summaries])]
        parts.append(paragraph(f"±: {words.plus_minus(self.summaries)}."))
        sentences = dict.fromkeys(
            f"{flag.name}: {flag.sentence} {flag.remedy}"
            for summary in self.summaries
            for flag in summary.flags
        )
        return "\n".join([*parts, *map(paragraph, [*sentences, *self.problems])])


def _cells(summary: Summary) -> list[str]:
    failure = words.failure(summary)
    run = " ".join(words.whole_run(summary))
    return [
        summary.workload,
        words.way(summary),
        words.speed(summary),
        words.interval(summary) or f"none: {len(summary.process_speeds)} process(es)",
        words.per_epoch(summary),
        f"{run}; {failure}" if failure else run,
        " ".join(words.learned(summary)),
        ", ".join(flag.name for flag in summary.flags) or "-",
    ]
