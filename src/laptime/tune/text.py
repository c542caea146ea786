"""What tuning came to, for people: the ladder, each engine's best, what failed, other precisions."""

from __future__ import annotations

from collections.abc import Sequence

from laptime import words
from laptime.layout import Row as Line
from laptime.layout import Screen, Writer
from laptime.tune.ratios import Ratio
from laptime.tune.search import Final
from laptime.tune.tuning import Row, Step, Tuned

_LEARNED = {True: "yes", False: "no", None: "not judged"}


def render(told: Sequence[Tuned], *, screen: Screen) -> str:
    """Everything, on a screen of any width; lines of code are never broken."""
    out = Writer(screen)
    for tuned in told:
        _heading(out, tuned)
        if len(tuned.ladder) > 1:
            _ladder(out, tuned.ladder)
            _lines(out, tuned.ladder)
        _engines(out, tuned)
        for final in tuned.finals[1:]:
            _other(out, tuned, final)
        _failures(out, tuned.rows)
        out.blank()
    if any(tuned.winners for tuned in told):
        out.say("Remembered: 'laptime run --setup tuned' uses it from now on.", style="dim", hang=2)
    return out.text()


def _heading(out: Writer, tuned: Tuned) -> None:
    task = tuned.task
    size = f", batch {task.batch_size} (not the published work)" if task.batch_size else ""
    data = "synthetic data" if task.found is None else "real data"
    out.say(f"{task.workload}{size}, {data}", style="bold", hang=2)
    if not tuned.finals:
        if not any(row.samples_per_s and row.outcome == "ok" for row in tuned.rows):
            out.say("Nothing could be measured that may win.", style="red")
        else:
            out.say(
                "The search ended before its final; the fastest so far stands first, and nothing is "
                "remembered.",
                style="yellow",
            )
        return
    final = tuned.finals[0]
    engine, precision, name = final.key
    known = tuned.versions.get(engine, {})
    versions = ", ".join(f"{of} {version}" for of, version in known.items())
    told = f"{engine} ({versions})" if versions else engine
    out.say(f"Fastest: {told}, {precision}, {name}", style="green", hang=2)
    if final.to_plain is not None and final.key != final.plain:
        out.say(f"{_ratio(final.to_plain)} times the speed of {final.plain[2]}", hang=2)
    elif final.key == final.plain:
        out.say("Nothing was faster than what one writes first.", hang=2)
    for (rival, _, setup), found in final.rivals:
        if found.high >= 1:
            out.say(f"As fast, as far as can be told: {rival}, {setup}: {_ratio(found)}", hang=2)


def _ladder(out: Writer, ladder: Sequence[Step]) -> None:
    out.blank()
    rows = [
        Line(
            [
                step.changes or [step.setup],
                [words.number(step.samples_per_s)],
                [_ratio(step.gain)],
                [_ratio(step.to_plain)],
            ]
        )
        for step in ladder
    ]
    out.table(("one after the other", "images/s", "gain", "in all"), rows, right=(1,))
    rounds = max((step.gain.rounds for step in ladder if step.gain), default=0)
    if rounds:
        out.say(
            f"Medians of {rounds} rounds in which every step had its turn, quartiles in parentheses; a "
            "gain whose quartiles hold 1 is none that was seen.",
            style="dim",
        )


def _lines(out: Writer, ladder: Sequence[Step]) -> None:
    lines = {change: line for step in ladder for change, line in step.lines.items()}
    if lines:
        out.blank()
        out.say("The same in a script of your own:", style="bold")
    for change, code in lines.items():
        out.say(change, style="dim", indent=2)
        for line in code.splitlines():
            out.line((f"    {line}", ""))


def _engines(out: Writer, tuned: Tuned) -> None:
    """Each engine's best in the first precision."""
    best: dict[str, Row] = {}
    for row in tuned.rows:
        if row.precision == tuned.task.precisions[0] and row.samples_per_s and row.outcome == "ok":
            best.setdefault(row.engine, row)
    if not best:
        return
    out.blank()
    rows = [
        Line(
            [
                [row.engine],
                [words.number(row.samples_per_s or 0.0)],
                [f"{row.ratio_to_plain:.2f}" if row.ratio_to_plain else "-"],
                [_LEARNED[row.learned]],
                [row.setup],
            ]
        )
        for row in best.values()
    ]
    headings = ("engine", "images/s", "x its plain", "learned", "its fastest setup")
    out.table(headings, rows, right=(1, 2))


def _other(out: Writer, tuned: Tuned, final: Final) -> None:
    """The winner of another precision: the same recipe, and not the same numbers."""
    out.blank()
    engine, precision, name = final.key
    speed = next(
        (r.samples_per_s for r in tuned.rows if r.is_winner and r.precision == precision), 0
    )
    out.say(
        f"{precision} (same recipe, other precision): {engine}, {name}, "
        f"{words.number(speed or 0.0)} images/s",
        style="bold",
        hang=2,
    )
    if final.to_before is not None and final.before is not None:
        out.say(f"{_ratio(final.to_before)} times the fastest in {final.before[1]}", indent=2)
    if final.to_plain is not None:
        out.say(f"{_ratio(final.to_plain)} times {final.plain[2]} in {final.plain[1]}", indent=2)


def _failures(out: Writer, rows: Sequence[Row]) -> None:
    failed = [row for row in rows if row.outcome not in ("ok", "not tried")]
    left = [row for row in rows if row.outcome == "not tried"]
    if failed or left:
        out.blank()
    for row in failed:
        told = f"! {row.engine}, {row.setup}, {row.precision}: {row.outcome}: {row.reason}"
        out.say(told, style="yellow", hang=2)
    for reason in dict.fromkeys(row.reason for row in left):
        names = [f"{r.engine} {r.setup} {r.precision}" for r in left if r.reason == reason]
        out.say(f"Not tried ({reason}):", style="dim", hang=2)
        out.flow("  ", names, style="dim")


def _ratio(ratio: Ratio | None) -> str:
    """'1.52 (1.50-1.55)'."""
    if ratio is None:
        return ""
    return f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f})"
