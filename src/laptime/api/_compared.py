"""A comparison that shows itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast, overload

import msgspec

from laptime import charts, pictures, registry, words
from laptime.api._chart import Chart
from laptime.api._results import WIDTH
from laptime.api._tables import table
from laptime.comparison import Verdict, judge
from laptime.errors import UsageError
from laptime.layout import Screen
from laptime.reports import Comparison
from laptime.summary import Summary

if TYPE_CHECKING:
    from laptime.reports import ReportModule

HEADINGS = ("result", "images/s", "speed", "from - to", "verdict", "notes")


class Compared(Sequence[Verdict]):
    """How results compare with a baseline, each an item (`laptime.comparison.Verdict`).

    Args:
        baseline: what the others are compared with.
        others: at least one.
    """

    def __init__(self, baseline: Summary, others: Sequence[Summary]) -> None:
        self.baseline = baseline
        self.others = tuple(others)
        self.verdicts = tuple(judge(baseline, other) for other in others)

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, index: int | slice) -> Verdict | Sequence[Verdict]:
        return self.verdicts[index]

    def __len__(self) -> int:
        return len(self.verdicts)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The figures and the verdict of each, not rounded, as plain values."""
        pairs = zip(self.others, self.verdicts, strict=True)
        return [msgspec.to_builtins(other) | msgspec.to_builtins(each) for other, each in pairs]

    def chart(self) -> Chart:
        """Ratios with their intervals around the baseline.

        Raises:
            UsageError: nothing was comparable.
        """
        rows = [
            pictures.ratio(other, verdict)
            for other, verdict in zip(self.others, self.verdicts, strict=True)
            if verdict.comparable
        ]
        if not rows:
            raise UsageError("nothing of these is comparable; the table says why")
        name = f"{self.baseline.workload}: speed beside {words.way(self.baseline)}"
        return Chart(name, charts.ratios(rows, axis="images/s over those of the baseline"))

    def __repr__(self) -> str:
        return self._text("terminal")

    def _repr_markdown_(self) -> str:
        return self._text("markdown")

    def _text(self, report: str) -> str:
        module = cast("ReportModule", registry.load("reports", report))
        comparison = Comparison(
            baseline=self.baseline, others=self.others, verdicts=self.verdicts, crossed=()
        )
        return module.render_comparison(comparison, screen=Screen(width=WIDTH))

    def _repr_html_(self) -> str:
        base = self.baseline
        told = f"{base.workload}, baseline: {words.setup(base)}, {words.speed(base)} images/s"
        pairs = zip(self.others, self.verdicts, strict=True)
        return table(told, HEADINGS, [_cells(other, verdict) for other, verdict in pairs])


def _cells(other: Summary, verdict: Verdict) -> list[str]:
    shown, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
    why = verdict.reason or "; ".join(verdict.notes)
    return [words.setup(other), words.speed(other), shown, band, verdict.verdict, why]
