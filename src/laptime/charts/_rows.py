"""Rows of a name, a figure and a mark: the frame that bars and ratios share.

The name stands above its mark, not at its left: a browser's letters may be wider than those that the
chart was laid out with, and a name above can neither be clipped nor squeeze the marks.
"""

from __future__ import annotations

from laptime.charts import _style
from laptime.charts._style import LIGHT, Spec

STEP = 38
"""Pixels of a row."""
NAME, MARK = 11, 27
"""Pixels from a row's top to the middle of its name, and of its mark."""


def y() -> Spec:
    """Rows in the order of the data."""
    return {"field": "row", "type": "ordinal", "axis": None, "sort": None}


def down(pixels: int) -> int:
    """The offset of a mark from the middle of its row."""
    return pixels - STEP // 2


def words(width: int) -> list[Spec]:
    """Layers with the names at the left and the figures at the right."""
    name = {"type": "text", "align": "left", "baseline": "middle", "dy": down(NAME)}
    figure = {**name, "align": "right", "fontWeight": 600}
    return [
        {"mark": name, "encoding": {"x": {"value": 0}, "text": {"field": "label"}}},
        {"mark": figure, "encoding": {"x": {"value": width}, "text": {"field": "shown"}}},
    ]


def colour(meanings: dict[str, str]) -> Spec:
    """A scale from what the field `kind` holds to the colours of the style."""
    return {
        "field": "kind",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(meanings), "range": [LIGHT[each] for each in meanings.values()]},
    }


def framed(values: list[Spec], layers: list[Spec], *, width: int) -> Spec:
    """The whole chart."""
    kept = [{key: each for key, each in row.items() if each is not None} for row in values]
    return _style.whole(
        {
            "width": width,
            "height": {"step": STEP},
            "data": {"values": kept},
            "encoding": {"y": y()},
            "layer": [*layers, *words(width)],
        }
    )
