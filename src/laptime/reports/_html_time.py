"""The last sections of a page: what happened over time, what was learned, and how to do it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from laptime import charts, pictures, words
from laptime.figures import counted
from laptime.record import Process, Result
from laptime.reports import Answer
from laptime.reports._html_view import Fact, Part, Section, Table

SEEN = 3
"""Results whose charts are open; those of more are folded, so that the page stays short."""


def sections(answer: Answer) -> Iterator[Section]:
    """In the order in which they are read."""
    yield Section(
        id="time",
        title="Over time",
        lead=(
            "Speed and sensors beside one process of each result. Shaded: when it was measured.",
        ),
        parts=tuple(_tracks(answer)),
    )
    yield Section(
        id="learning",
        title="Learning",
        lead=("Speed only counts where the network learns. A line for each process.",),
        parts=tuple(_curves(answer)),
    )
    yield Section(id="others", title="Other tests", parts=tuple(_others(answer.others)))
    yield Section(id="environment", title="Environment", parts=tuple(_environment(answer)))
    yield Section(id="again", title="How to reproduce", parts=tuple(_again(answer)))


def _name(result: Result, results: Sequence[Result]) -> str:
    """The workload; where there are several results of it, which of them."""
    work, setup = result.work.workload, result.setup
    if sum(each.work.workload == work for each in results) == 1:
        return work
    return f"{work}, {setup.engine} {setup.device} {setup.name} {setup.precision}"


def _tracks(answer: Answer) -> Iterator[Part]:
    for number, result in enumerate(answer.results):
        shown = pictures.process_shown(result)
        if shown is None:
            continue
        place, process = shown
        panels = pictures.track_panels(process)
        rows = pictures.track_rows(counted(result))
        if not panels or not rows:
            continue
        of = f"process {place} of {len(result.processes)}" if len(result.processes) > 1 else ""
        name = _name(result, answer.results)
        chart = charts.Drawing(
            spec=_drawn(process),
            title=f"{name} over time",
            description=f"{', '.join(panel.title for panel in panels)}; measured parts are shaded.",
            name=f"time{number}",
        )
        yield Part(
            title=f"{name}, {of}" if of else name,
            is_folded=number >= SEEN,
            chart=chart,
            legend=(("block", "measured"),),
            tables=(
                Table(
                    caption="What was told, over all processes",
                    headings=("quantity", "mean while measured", "least", "most"),
                    rows=tuple((told.name, told.mean, told.least, told.most) for told in rows),
                    numbers=(1, 2, 3),
                ),
            ),
        )
    yield from _silent(answer.results)


def tracks_of(result: Result) -> charts.Spec | None:
    """What happened beside its process of middle speed; None where nothing is known."""
    shown = pictures.process_shown(result)
    return _drawn(shown[1]) if shown and pictures.track_panels(shown[1]) else None


def _drawn(process: Process) -> charts.Spec:
    return charts.tracks(
        pictures.track_panels(process),
        spans=pictures.spans(process),
        axis="seconds since the process started",
    )


def curves_of(result: Result) -> charts.Spec | None:
    """Loss and accuracy; None where too little is known for a line."""
    panels = pictures.curve_panels(result)
    return charts.curves(panels, axis="training steps") if panels else None


def _silent(results: Sequence[Result]) -> Iterator[Part]:
    """Sensors that told nothing, with their reason, once for all results."""
    reasons: dict[tuple[str, str], None] = {}
    for result in results:
        for process in result.processes:
            for log in process.logs:
                if log.ended is not None:
                    reasons[log.sensor, log.ended] = None
                for quantity, why in log.missing.items():
                    reasons[f"{log.sensor}, {quantity}", why] = None
    if reasons:
        table = Table(
            caption="What sensors did not tell, and why",
            headings=("sensor", "reason"),
            rows=tuple(reasons),
            is_folded=True,
        )
        yield Part(tables=(table,))


def _curves(answer: Answer) -> Iterator[Part]:
    for number, result in enumerate(answer.results):
        spec, rows = curves_of(result), pictures.curve_rows(result)
        name = _name(result, answer.results)
        if not rows:
            continue
        table = Table(
            caption="Loss and accuracy of each process",
            headings=("process", "steps", "first loss", "last loss", "last accuracy"),
            rows=rows,
            numbers=(1, 2, 3, 4),
        )
        chart = None
        if spec is not None:
            chart = charts.Drawing(
                spec=spec,
                title=f"{name}: loss and accuracy",
                description="A line for each process; the table beside it has first and last values.",
                name=f"curve{number}",
            )
        title = f"{name} ({result.data.kind} data)"
        yield Part(title=title, is_folded=number >= SEEN, chart=chart, tables=(table,))


def _others(others: Mapping[str, Any]) -> Iterator[Part]:
    if probe := others.get("probe"):
        rows = tuple(
            (
                name.replace("_", " "),
                words.number(each.score) if each.score else "-",
                words.percent(each.spread) if each.spread is not None else "-",
                f"missing: {', '.join(each.missing)}" if each.missing else f"{each.kinds} kinds",
            )
            for name, each in probe["scores"].items()
        )
        table = Table(
            caption="Scores of laptime probe; 1,000 is a frozen reference machine",
            headings=("score", "points", "rounds differ by", "from"),
            rows=rows,
            numbers=(1, 2),
        )
        yield Part(
            title="What each device can do at best",
            tables=(table,),
            commands=(("The record with every trial", f"laptime show --raw {probe['id']}"),),
        )
    if videos := others.get("videos"):
        table = Table(
            caption="Video exports",
            headings=("clip", "codec", "encoder", "frames/s", "x real time", "PSNR dB", "outcome"),
            rows=tuple(map(_video, videos["results"])),
            numbers=(3, 4, 5),
        )
        yield Part(title="Video exports", tables=(table,))


def _video(told: Mapping[str, Any]) -> tuple[str, ...]:
    figures = (told[name] for name in ("frames_per_s", "times_realtime", "psnr_db"))
    shown = ("-" if value is None else words.number(value) for value in figures)
    return told["clip"], told["codec"], told["encoder"], *shown, told["message"] or told["outcome"]


def _environment(answer: Answer) -> Iterator[Part]:
    found: dict[tuple[Fact, ...], list[str]] = {}
    for result in answer.results:
        names = found.setdefault(tuple(_facts(result)), [])
        names.append(_name(result, answer.results))
    for facts, names in found.items():
        several = len(found) > 1
        yield Part(title=", ".join(dict.fromkeys(names)) if several else None, facts=facts)


def _facts(result: Result) -> Iterator[Fact]:
    setup, data = result.setup, result.data
    device = f"{setup.device} ({setup.device_name})" if setup.device_name else setup.device
    yield Fact("Engine", f"{setup.engine} on {device}, {setup.precision}, setup '{setup.name}'")
    yield Fact("Versions", _pairs(setup.versions, " ") or "not told")
    yield Fact("Options", _pairs(setup.options, "=") or "none")
    yield Fact("Variables set for it", _pairs(setup.environment, "=") or "none")
    yield Fact("Frameworks in the worker", ", ".join(setup.modules) or "not told")
    yield Fact("Data", f"{data.kind}, from {data.origin}" if data.kind == "real" else data.kind)
    yield Fact("System and Python", f"{_system(result)}, Python {result.machine.python}")
    yield Fact("laptime", f"{result.laptime}, record format {result.format}")


def _system(result: Result) -> str:
    return result.machine.system_version or result.machine.system


def _pairs(told: Mapping[str, object], sign: str) -> str:
    return ", ".join(f"{name}{sign}{value}" for name, value in told.items())


def _again(answer: Answer) -> Iterator[Part]:
    if answer.commands:
        lines: dict[str, list[str]] = {}
        for result in answer.results:
            if line := answer.commands.get(result.id):
                lines.setdefault(line, []).append(_name(result, answer.results))
        yield Part(
            texts=(f"Install laptime {answer.results[0].laptime} with the versions above, then:",),
            commands=tuple(
                (", ".join(dict.fromkeys(names)), line) for line, names in lines.items()
            ),
        )
    if answer.results:
        rows = tuple(
            (_name(each, answer.results), _time(each.created), f"laptime show --raw {each.id}")
            for each in answer.results
        )
        yield Part(
            title="The raw blocks",
            tables=(
                Table(
                    caption="Each result's record: every block, epoch and sensor's log",
                    headings=("result", "measured (UTC)", "shown by"),
                    rows=rows,
                ),
            ),
        )


def _time(created: str) -> str:
    """'2026-11-22 00:19:05' of ISO 8601 in UTC."""
    return created[:19].replace("T", " ")
