"""Dots with intervals around 1: how much faster or slower than a baseline."""

from __future__ import annotations

from collections.abc import Sequence

from laptime.charts import _rows, _style
from laptime.charts._style import LIGHT, WIDTH, Spec
from laptime.frozen import Frozen

_MARGIN = 1.08
"""Room beyond the outermost end, as a factor."""


class Ratio(Frozen, frozen=True, kw_only=True):
    """One result beside the baseline."""

    label: str
    value: float
    """1.2 is 20 % more than the baseline."""
    shown: str
    """In words: '1.20x (1.15-1.25)'."""
    low: float | None = None
    high: float | None = None
    """Ends of its interval; both or none."""
    kind: str = "undecided"
    """'faster', 'slower', 'same' or 'undecided': what decides its colour."""


def ratios(rows: Sequence[Ratio], *, axis: str, width: int = WIDTH) -> Spec:
    """A dot for each row on a logarithmic axis, with a line at 1.

    Args:
        rows: at least one; every value above 0.
        axis: what the ratio is of: 'images/s over those of the baseline'.
        width: of the drawing, in pixels.
    """
    values = [
        {
            "row": place,
            "label": _style.cut(row.label),
            "shown": _style.cut(row.shown, 24),
            "value": row.value,
            "low": row.low,
            "high": row.high,
            "kind": row.kind,
        }
        for place, row in enumerate(rows)
    ]
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end and end > 0]
    domain = [min([*ends, 0.92]) / _MARGIN, max([*ends, 1.08]) * _MARGIN]
    x: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": axis,
        "scale": {"type": "log", "domain": domain, "nice": False, "clamp": True},
        "axis": {"format": "~g", "tickCount": 5, "grid": True, **_style.APART},
    }
    colour = _rows.colour({"faster": "good", "slower": "bad", "same": "ours", "undecided": "muted"})
    one = {"mark": {"type": "rule", "color": LIGHT["ink"], "strokeDash": [3, 3]}}
    layers: list[Spec] = [
        {
            **one,
            "data": {"values": [{"one": 1}]},
            "encoding": {"x": {**x, "field": "one"}, "y": None},
        }
    ]
    down = _rows.down(_rows.MARK)
    if any(row.low is not None for row in rows):
        layers.append(
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.55, "yOffset": down},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour},
            }
        )
    dot = {"type": "point", "filled": True, "size": 90, "opacity": 1, "yOffset": down}
    layers.append({"mark": dot, "encoding": {"x": x, "color": colour}})
    return _rows.framed(values, layers, width=width)
