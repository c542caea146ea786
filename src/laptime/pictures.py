"""From records to charts: what was measured over time, and what was learned. Pure.

Each function gives what `laptime.charts` draws, and the same as rows of figures, so that nothing is
told by a drawing alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from laptime import words
from laptime.charts import Line, Panel, Ratio, Span
from laptime.figures import MEASURED, counted, visit_speeds
from laptime.frozen import Frozen
from laptime.record import Block, Process, Result
from laptime.series import Log, Series
from laptime.stats import median

if TYPE_CHECKING:
    from laptime.comparison import Verdict
    from laptime.summary import Summary

MOST_LINES = 4
"""In a panel; more cannot be told apart."""
MOST_POINTS = 60
"""Of a line of a curve."""
SPEED = "training speed (images/s)"
_GAP_S = 1.0
"""Blocks further apart than this are not joined by a line."""
_CORES = {
    "tree_cores": "this training",
    "others_cores": "other programs",
    "steal_cores": "taken by the host",
}
_UNSEEN = {"others_cores": 0.05, "steal_cores": 0.05}
"""Cores that are not worth a line."""


class Told(Frozen, frozen=True, kw_only=True):
    """What one quantity was, over all processes, in words."""

    name: str
    """With its unit: 'power of gpu 0 (W)'."""
    mean: str
    """In the bins in which something was measured."""
    least: str
    most: str


def ratio(other: Summary, verdict: Verdict) -> Ratio:
    """A result beside the baseline, as a row of `charts.ratios`.

    Args:
        other: the result.
        verdict: on it; one that has a ratio.
    """
    shown, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
    return Ratio(
        label=f"{words.way(other)}, {other.created}",
        value=verdict.speed_ratio or 1.0,
        shown=shown if band == "-" else f"{shown} ({band})",
        low=verdict.ratio_low,
        high=verdict.ratio_high,
        kind=verdict.verdict,
    )


def process_shown(result: Result) -> tuple[int, Process] | None:
    """The process of middle speed with its number from 1 on; None where none has a figure."""
    known = [(visit_speeds(process), process) for process in counted(result)]
    fitting = sorted(
        ((median(speeds), p.seed or 0, p) for speeds, p in known if speeds), key=_first
    )
    if not fitting:
        return None
    chosen = fitting[(len(fitting) - 1) // 2][2]
    return 1 + next(k for k, each in enumerate(result.processes) if each is chosen), chosen


def _first(each: tuple[float, int, Process]) -> tuple[float, int]:
    return each[0], each[1]


def spans(process: Process) -> tuple[Span, ...]:
    """When it was measured: neighbouring blocks, or epochs, in one."""
    ends = [(b.started_s, b.started_s + b.wall_s) for b in process.blocks if b.phase in MEASURED]
    ends += [
        (e.started_s, e.started_s + e.train_s) for e in process.epochs if e.started_s is not None
    ]
    found: list[Span] = []
    for start, end in sorted(ends):
        if found and start - found[-1].end < _GAP_S:
            found[-1] = Span(start=found[-1].start, end=max(end, found[-1].end))
        else:
            found.append(Span(start=start, end=end))
    return tuple(found)


def track_panels(process: Process) -> tuple[Panel, ...]:
    """Speed, cores, graphics processor, temperature and power over time, as far as known."""
    speed = _speed_panel(process)
    return (*([speed] if speed else []), *_sensor_panels(process))


def _speed_panel(process: Process) -> Panel | None:
    points: list[tuple[float, float | None]] = []
    before: float | None = None
    for start, wall_s, samples in sorted(_timed(process)):
        if not math.isfinite(samples / wall_s):
            continue
        if before is not None and start - before >= _GAP_S:
            points.append((before, None))
        points.append((start + wall_s / 2, samples / wall_s))
        before = start + wall_s
    if not points:
        return None
    line = Line(label="images/s", points=tuple(points))
    return Panel(title=SPEED, lines=(line,), has_points=True)


def _timed(process: Process) -> Iterator[tuple[float, float, int]]:
    for block in process.blocks:
        if block.phase in MEASURED:
            yield block.started_s, block.wall_s, block.samples
    for epoch in process.epochs:
        if epoch.started_s is not None:
            yield epoch.started_s, epoch.train_s, epoch.samples


def _sensor_panels(process: Process) -> Iterator[Panel]:
    wanted = [
        ("cores in use", _cores(process)),
        ("graphics processor busy (%)", _named(process, "busy_share", factor=100.0)),
        ("temperature (°C)", _named(process, "temperature_c")),
        ("power (W)", [*_named(process, "power_w"), *_from_counters(process)]),
    ]
    for title, lines in wanted:
        if lines:
            is_heat = title.startswith("temperature")
            is_share = title.endswith("busy (%)")
            yield Panel(
                title=title,
                lines=tuple(lines[:MOST_LINES]),
                from_zero=not is_heat,
                most=100.0 if is_share else None,
            )


def _cores(process: Process) -> list[Line]:
    found = []
    for log, series in _each(process):
        name = series.quantity.name
        if name in _CORES and max(_known(series), default=0.0) > _UNSEEN.get(name, -1.0):
            found.append(Line(label=_CORES[name], points=_points(log, series.means)))
    return found


def _named(process: Process, name: str, *, factor: float = 1.0) -> list[Line]:
    found = []
    for log, series in _each(process):
        part = series.quantity.part or "the computer"
        if series.quantity.name == name and not part.startswith("core "):
            values = [None if v is None else factor * v for v in series.means]
            found.append(Line(label=part, points=_points(log, values)))
    return found


def _from_counters(process: Process) -> list[Line]:
    """Power of places that only have a counter of joules: its rise from bin to bin."""
    told = {
        (series.quantity.scope, series.quantity.part)
        for _, series in _each(process)
        if series.quantity.name == "power_w"
    }
    found = []
    for log, series in _each(process):
        quantity = series.quantity
        is_energy = quantity.is_counter and quantity.name == "energy_j"
        if is_energy and (quantity.scope, quantity.part) not in told:
            label = quantity.part or "the computer"
            found.append(Line(label=label, points=_points(log, _rises(log, series))))
    return found


def _rises(log: Log, series: Series) -> list[float | None]:
    values = series.means
    return [
        None if k == 0 or a is None or b is None else (b - a) / log.bin_s
        for k, (a, b) in enumerate(zip((None, *values), values, strict=False))
    ]


def _each(process: Process) -> Iterator[tuple[Log, Series]]:
    for log in process.logs:
        for series in log.series:
            yield log, series


def _known(series: Series) -> list[float]:
    return [value for value in series.means if value is not None]


def _points(log: Log, values: Sequence[float | None]) -> tuple[tuple[float, float | None], ...]:
    return tuple(((log.first_bin + k + 0.5) * log.bin_s, value) for k, value in enumerate(values))


def track_rows(processes: Sequence[Process]) -> tuple[Told, ...]:
    """What the panels show as figures, over all these processes; panels of one kind are one row."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for process in processes:
        measured = spans(process)
        for panel in _sensor_panels(process):
            for line in panel.lines:
                every, inside = found.setdefault(_row_name(panel.title, line.label), ([], []))
                known = [(x, y) for x, y in line.points if y is not None]
                every += [y for _, y in known]
                inside += [y for x, y in known if any(s.start <= x <= s.end for s in measured)]
    rows = [
        Told(
            name=name,
            mean=_shown(sum(inside) / len(inside)) if inside else "-",
            least=_shown(min(every)),
            most=_shown(max(every)),
        )
        for name, (every, inside) in found.items()
        if every
    ]
    return (*_speed_rows(processes), *rows)


def _speed_rows(processes: Sequence[Process]) -> Iterator[Told]:
    """Of all blocks: images over time, and the slowest and fastest one."""
    timed = [each for process in processes for each in _timed(process)]
    if timed:
        speeds = [samples / wall_s for _, wall_s, samples in timed]
        wall_s = sum(wall_s for _, wall_s, _ in timed)
        yield Told(
            name=SPEED,
            mean=_shown(sum(samples for _, _, samples in timed) / wall_s),
            least=_shown(min(speeds)),
            most=_shown(max(speeds)),
        )


def _row_name(title: str, label: str) -> str:
    """'power, gpu 0 (W)'."""
    name, bracket, unit = title.partition(" (")
    return f"{name}, {label}{bracket}{unit}"


def _shown(value: float) -> str:
    return words.number(value) if value > 0 else "0"


def curve_panels(result: Result) -> tuple[Panel, ...]:
    """Loss and accuracy over training steps, a line for each process; nothing where none is known."""
    chosen = counted(result) or result.processes
    numbered = [(n, p) for n, p in enumerate(result.processes, start=1) if p in chosen]
    found = []
    for title, points_of, factor in (
        ("loss of the training batches", _losses, 1.0),
        ("accuracy on validation images (%)", _accuracies, 100.0),
    ):
        lines = tuple(
            Line(label=f"process {n}", points=tuple((x, factor * y) for x, y in _thinned(points)))
            for n, process in numbered[:MOST_PROCESSES]
            if len(points := points_of(process)) > 1
        )
        if lines:
            most = 100.0 if factor > 1 else None
            found.append(Panel(title=title, lines=lines, most=most, are_alike=True))
    return tuple(found)


MOST_PROCESSES = 5
"""Of which a curve is drawn; the table has all."""


def _losses(process: Process) -> list[tuple[float, float]]:
    if process.epochs and not process.blocks:
        steps = 0
        found = []
        for epoch in process.epochs:
            steps += epoch.steps
            found += [(float(steps), epoch.loss)] if epoch.loss is not None else []
        return _finite(found)
    done = 0
    losses = []
    for block in sorted(process.blocks, key=_start):
        done += block.steps
        if block.loss is not None:
            losses.append((float(done), block.loss))
    return _finite(losses)


def _start(block: Block) -> float:
    return block.started_s


def _accuracies(process: Process) -> list[tuple[float, float]]:
    seen = {each.after_steps: each.accuracy for each in process.looks}
    seen |= {each.after_steps: each.accuracy for each in process.evaluations}
    return _finite([(float(steps), seen[steps]) for steps in sorted(seen)])


def _finite(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Every so many, the last one among them."""
    step = math.ceil(len(points) / MOST_POINTS)
    return list(points[::-1][:: step or 1])[::-1]


def curve_rows(result: Result) -> tuple[tuple[str, str, str, str, str], ...]:
    """Of each process: its number, its steps, its first and last loss, and its last accuracy."""
    rows = []
    for number, process in enumerate(result.processes, start=1):
        losses, accuracies = _losses(process), _accuracies(process)
        if losses or accuracies:
            rows.append(
                (
                    f"process {number}",
                    f"{process.steps:,}",
                    _loss(losses[0][1]) if losses else "-",
                    _loss(losses[-1][1]) if losses else "-",
                    f"{100 * accuracies[-1][1]:.1f} %" if accuracies else "-",
                )
            )
    return tuple(rows)


def _loss(value: float) -> str:
    return f"{value:.3g}"
