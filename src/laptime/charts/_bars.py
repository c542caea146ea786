"""Horizontal bars with intervals: this machine among others, on one quantity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from laptime.charts import _rows, _style
from laptime.charts._style import LIGHT, WIDTH, Spec
from laptime.frozen import Frozen

Kind = Literal["ours", "yours", "others"]
"""This machine, the user's other machines, and everybody else."""

_LETTERS = 52
"""Of a name and a figure together, that fit into a row."""
_BEYOND = 1.3


class Bar(Frozen, frozen=True, kw_only=True):
    """One machine, or one way of training."""

    label: str
    value: float
    """In the unit that the axis names."""
    shown: str
    """The figure in words, with its spread: '76 s (72-80 s)'."""
    low: float | None = None
    high: float | None = None
    """Ends of its interval; both or none."""
    kind: Kind = "others"


def bars(rows: Sequence[Bar], *, axis: str, width: int = WIDTH) -> Spec:
    """A bar for each row, in their order.

    Args:
        rows: at least one.
        axis: the quantity and its unit: 'seconds for 10 epochs'.
        width: of the drawing, in pixels.
    """
    values = [
        {
            "row": place,
            "label": _style.cut(row.label, _LETTERS - len(_style.cut(row.shown, 24))),
            "shown": _style.cut(row.shown, 24),
            "value": row.value,
            "low": row.low,
            "high": row.high,
            "kind": row.kind,
        }
        for place, row in enumerate(rows)
    ]
    # An interval far beyond every value would leave no room for these: it is cut at the edge.
    edge = max(row.value for row in rows) * _BEYOND
    ends = [min(edge, row.high or row.value) for row in rows]
    scale = {"domain": [0, max([*ends, *(row.value for row in rows)])], "clamp": True, "nice": True}
    x: Spec = {"field": "value", "type": "quantitative", "title": axis, "scale": scale}
    # A bar with an offset and a height of its own is drawn at 0; a thick rule is where it belongs.
    bar = {"type": "rule", "strokeWidth": 12, "yOffset": _rows.down(_rows.MARK)}
    kinds = {"ours": "ours", "yours": "yours", "others": "others"}
    layers: list[Spec] = [
        {"mark": bar, "encoding": {"x": x, "x2": {"datum": 0}, "color": _rows.colour(kinds)}}
    ]
    if any(row.low is not None for row in rows):
        layers.append(_interval(x))
    return _rows.framed(values, layers, width=width)


def _interval(x: Spec) -> Spec:
    rule = {"type": "rule", "strokeWidth": 2, "color": LIGHT["ink"]}
    return {
        "transform": [{"filter": "isValid(datum.low)"}],
        "mark": {**rule, "yOffset": _rows.down(_rows.MARK)},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
    }
