"""Reports: one file each, turning an answer or a comparison into text.

To add one, write `reports/<name>.py` with the literal `TITLE` and the functions of
`ReportModule`. They are pure: everything that may be shown is in what they are given, nothing is
printed, and nothing is asked of the terminal, the clock or the disk. `laptime show --report <name>`
finds the file by its name. Numbers are rounded here or nowhere; the formatting that reports share
lies in `laptime.words` and `laptime.layout`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from laptime.layout import Screen

if TYPE_CHECKING:  # whoever only draws a table (`laptime list`) need not wait for these
    from laptime.comparison import Verdict
    from laptime.estimates import EstimateCheck
    from laptime.history import Change
    from laptime.ranking import Ranking, Unranked
    from laptime.record import Machine, Result
    from laptime.roofline import Roofline
    from laptime.summary import Summary

__all__ = ["Answer", "Comparison", "Line", "Overview", "Part", "ReportModule", "Screen"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What results say together."""

    machines: dict[str, Machine]
    """By the `machine_key` of their summaries, in the order in which they are met."""
    summaries: tuple[Summary, ...]
    estimate_checks: tuple[EstimateCheck, ...] = ()
    """How far the estimates were from whole runs that were measured beside them."""
    rooflines: tuple[Roofline, ...] = ()
    """Of each machine, device and precision whose roofs are known."""
    rankings: tuple[Ranking, ...]
    unranked: tuple[Unranked, ...]
    problems: tuple[str, ...]
    """What could not even start, one line each."""
    others: dict[str, Any] = msgspec.field(default_factory=dict)
    """What other tests of the same run came to, for programs: 'probe' and 'videos'."""
    is_fresh: bool
    """Whether these results were made just now, on this machine."""
    results: tuple[Result, ...] = ()
    """The records behind the summaries, for what was measured over time."""
    beside: tuple[Summary, ...] = ()
    """Of the user's other machines: they stand in the rankings, and nowhere else."""
    beside_machines: dict[str, Machine] = msgspec.field(default_factory=dict)
    """Theirs, by `machine_key`."""
    commands: dict[str, str] = msgspec.field(default_factory=dict)
    """Id -> the line that measures it again. Only of what is to be read by itself (`laptime report`):
    such a text also begins with a verdict in words."""
    made: str | None = None
    """When it was put together, in UTC, for what is read later; None for what is read at once."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A baseline, and how others compare with it."""

    baseline: Summary
    others: tuple[Summary, ...]
    verdicts: tuple[Verdict, ...]
    """In the order of `others`."""
    crossed: tuple[str, ...]
    """Ids of those beyond the threshold that was asked for; empty without one."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One result of an overview."""

    label: str
    """What tells it from the others: a machine's name, a setup, a date."""
    summary: Summary
    verdict: Verdict | None
    """None for what the others are compared with, and for the first of a history."""
    against: str | None = None
    """Id of the result that it is compared with."""
    changes: tuple[Change, ...] = ()
    """Of a history: what is not the same any more as in the result that it is compared with."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Results of one workload that belong together."""

    workload: str
    way: str | None = None
    """Engine, device, setup and precision where all of them have the same."""
    lines: tuple[Line, ...]
    """Those that cannot be compared last; of a history all, oldest first."""
    left_out: int = 0
    """Older ones that are not shown."""


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Many results by what tells them apart."""

    by: str
    """'machine', 'setup' or 'date'."""
    machine: str | None
    """Name of the one machine that they are of; None for several."""
    parts: tuple[Part, ...]
    problems: tuple[str, ...]
    """What could not be read, one line each, for programs: people are told beside the report."""
    crossed: tuple[str, ...] = ()
    """Ids of those beyond the threshold that was asked for."""


class ReportModule(Protocol):
    """What a leaf of this room holds."""

    TITLE: str
    """What it is for, in one line."""

    def render(self, answer: Answer, *, screen: Screen) -> str:
        """Results as text, with one newline at its end."""

    def render_comparison(self, comparison: Comparison, *, screen: Screen) -> str:
        """A comparison as text, with one newline at its end."""

    def render_overview(self, overview: Overview, *, screen: Screen) -> str:
        """Results by machine, setup or date as text, with one newline at its end.

        A report may lack this one: then `laptime compare --by` says so, and the others go on.
        """
