"""Lines over one axis in panels under each other: loss and accuracy, sensors over time."""

from __future__ import annotations

from collections.abc import Sequence

from laptime.charts import _style
from laptime.charts._style import LIGHT, LINES, WIDTH, Spec
from laptime.frozen import Frozen

HEIGHT = 88
_LINE: Spec = {"field": "line", "type": "nominal"}


class Line(Frozen, frozen=True, kw_only=True):
    """One quantity along the axis."""

    label: str
    points: tuple[tuple[float, float | None], ...]
    """Place on the axis, and value; None where nothing was measured: the line has a gap."""
    is_dashed: bool = False


class Panel(Frozen, frozen=True, kw_only=True):
    """Lines in one unit."""

    title: str
    """What they show, with the unit: 'power (W)'."""
    lines: tuple[Line, ...]
    from_zero: bool = True
    """Whether the axis starts at 0."""
    most: float | None = None
    """Where the axis ends at least; None for where the lines do."""
    are_alike: bool = False
    """Whether its lines are repetitions of one thing: of one colour, and without a legend."""
    has_points: bool = False
    """Whether values may stand alone: the line is thicker, so that they are seen as dots."""
    form: str = ",~f"
    """Of the numbers at the axis, as D3 writes it."""


class Span(Frozen, frozen=True, kw_only=True):
    """A part of the axis to be marked: measured blocks."""

    start: float
    end: float


def curves(panels: Sequence[Panel], *, axis: str, width: int = WIDTH) -> Spec:
    """The panels, each with an axis of its own below.

    Args:
        panels: at least one with a line.
        axis: what lies across: 'training steps'.
        width: of the drawing, in pixels.
    """
    return tracks(panels, spans=(), axis=axis, width=width)


def tracks(
    panels: Sequence[Panel],
    *,
    spans: Sequence[Span],
    axis: str = "seconds since the run began",
    width: int = WIDTH,
) -> Spec:
    """The panels over one time, with the measured parts marked behind the lines.

    Args:
        panels: at least one with a line.
        spans: in the same seconds as the lines.
        axis: what lies across.
        width: of the drawing, in pixels.
    """
    places = [x for panel in panels for line in panel.lines for x, _ in line.points]
    places += [end for span in spans for end in (span.start, span.end)]
    domain = [min(places, default=0.0), max(places, default=1.0)]
    if domain[0] == domain[1]:
        domain = [domain[0] - 0.5, domain[1] + 0.5]
    x: Spec = {"type": "quantitative", "scale": {"domain": domain, "nice": False}, "title": None}
    last = len(panels) - 1
    # Only the lowest panel has numbers below it: each axis costs a renderer milliseconds.
    bare: Spec = {**x, "axis": None}
    drawn = [
        _panel(panel, spans, {**x, "title": axis} if place == last else bare, width)
        for place, panel in enumerate(panels)
    ]
    known: list[list[str]] = []
    for panel, each in zip(panels, drawn, strict=True):
        names = _names(panel.lines)
        colour = each["layer"][-1]["encoding"].get("color")
        if names in known and colour:  # the same lines in the same colours need one legend
            colour["legend"] = None
        known.append(names)
    return _style.whole({"vconcat": drawn, "spacing": 10})


def _panel(panel: Panel, spans: Sequence[Span], x: Spec, width: int) -> Spec:
    names = _names(panel.lines)
    values = [
        {"x": place, "y": value, "line": name}
        for name, line in zip(names, panel.lines, strict=True)
        for place, value in line.points
    ]
    scale: Spec = {"zero": panel.from_zero, "nice": True}
    if panel.most is not None:
        scale["domainMax"] = panel.most
    y = {
        "field": "y",
        "type": "quantitative",
        "title": None,
        "scale": scale,
        "axis": {"format": panel.form},
    }
    # A round cap makes a dot of a value that has no neighbour.
    mark = {
        "type": "line",
        "strokeWidth": 3 if panel.has_points else 1.75,
        "color": LIGHT[LINES[0]],
        "opacity": 0.7 if panel.are_alike and len(names) > 1 else 1,
        "strokeCap": "round",
        "strokeJoin": "round",
        "invalid": "break-paths-show-domains",
    }
    line = {
        "data": {"values": values},
        "mark": mark,
        "encoding": {
            "x": {**x, "field": "x"},
            "y": y,
            **({"detail": _LINE} if panel.are_alike else {"color": _colour(names)}),
            **_dash(names, panel.lines),
        },
    }
    return {
        "width": width - 52,  # what the numbers at the left take
        "height": HEIGHT,
        "title": _style.cut(panel.title, 60),
        "layer": [*_marked(spans, x), line],
        "resolve": {"scale": {"color": "independent", "strokeDash": "independent"}},
    }


def _names(lines: Sequence[Line]) -> list[str]:
    """Labels, cut, and each another one."""
    found: list[str] = []
    for line in lines:
        name = _style.cut(line.label, 26)
        found.append(name if name not in found else f"{_style.cut(name, 22)} {len(found) + 1}")
    return found


def _colour(names: Sequence[str]) -> Spec:
    shades = [LIGHT[LINES[place % len(LINES)]] for place in range(len(names))]
    scale = {"domain": list(names), "range": shades}
    return {
        "field": "line",
        "type": "nominal",
        "scale": scale,
        **({"legend": None} if len(names) < 2 else {}),
    }


def _dash(names: Sequence[str], lines: Sequence[Line]) -> Spec:
    if not any(line.is_dashed for line in lines):
        return {}
    scale = {"domain": list(names), "range": [[4, 3] if line.is_dashed else [] for line in lines]}
    return {"strokeDash": {"field": "line", "type": "nominal", "scale": scale}}


def _marked(spans: Sequence[Span], x: Spec) -> list[Spec]:
    if not spans:
        return []
    return [
        {
            "data": {"values": [{"start": span.start, "end": span.end} for span in spans]},
            "mark": {"type": "rect", "color": LIGHT["block"], "opacity": 1},
            "encoding": {"x": {**x, "field": "start"}, "x2": {"field": "end"}},
        }
    ]
