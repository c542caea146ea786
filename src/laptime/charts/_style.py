"""How every chart looks: sizes, fonts and colours, in one place.

A specification holds the light colours, so that it can be read anywhere. `laptime.charts.svg` turns
them into CSS variables with the same names (`--ours`), which a page sets for light and dark.
"""

from __future__ import annotations

from typing import Any

from laptime import plain

Spec = dict[str, Any]
"""A Vega-Lite specification, whole: with its data and its `$schema`."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDTH = 380
"""Pixels; narrow enough to be read on a phone without being made smaller by more than a third."""
TEXT, SMALL = 12, 11
"""Pixels."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
LONGEST = 44
"""Letters of a label; the rest is cut."""

LIGHT = {
    "ink": "#1c2127",
    "muted": "#57606a",
    "grid": "#d9dee3",
    "axis": "#8a939c",
    "ours": "#0a5fbf",
    "yours": "#7b46c2",
    "others": "#a3adb8",
    "good": "#18794b",
    "bad": "#b4301f",
    "third": "#b35900",
    "fourth": "#0f766e",
    "block": "#e2ecf8",
    "paper": "#ffffff",
}
"""Colours by what they mean; 'block' lies behind the lines."""
DARK = {
    "ink": "#e8ecf1",
    "muted": "#a7b0ba",
    "grid": "#343b44",
    "axis": "#78828d",
    "ours": "#6cb0ff",
    "yours": "#c3a2ff",
    "others": "#67717c",
    "good": "#5fcf94",
    "bad": "#ff8f80",
    "third": "#f5a651",
    "fourth": "#4fd1c0",
    "block": "#1b2c43",
    "paper": "#14181d",
}
LINES = ("ours", "third", "yours", "fourth", "bad", "good", "muted", "others")
"""Colours of lines, in their order."""


APART = {"labelOverlap": "greedy", "labelSeparation": 6}
"""Of an axis with more numbers than fit."""


def whole(spec: Spec) -> Spec:
    """A specification with schema, background and config, ready to be shown."""
    return {"$schema": SCHEMA, "background": None, "config": config()} | spec


def config() -> Spec:
    """Vega-Lite's `config`, the same of every chart."""
    axis = {
        "labelColor": LIGHT["muted"],
        "titleColor": LIGHT["muted"],
        "labelFontSize": SMALL,
        "titleFontSize": SMALL,
        "titleFontWeight": "normal",
        "gridColor": LIGHT["grid"],
        "domainColor": LIGHT["axis"],
        "tickColor": LIGHT["axis"],
        "labelOverlap": False,  # looking for overlaps takes a renderer a third of its time
    }
    return {
        "font": FONT,
        "padding": {"left": 8, "right": 14, "top": 6, "bottom": 6},
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"tickCount": 3, "domain": False, "ticks": False, "minExtent": 44},
        "axisX": {"tickCount": 6, "grid": False},
        "text": {"fontSize": TEXT, "color": LIGHT["ink"]},
        "title": {
            "anchor": "start",
            "frame": "group",
            "fontSize": TEXT,
            "fontWeight": 600,
            "color": LIGHT["ink"],
            "offset": 8,
        },
        "legend": {
            "labelFontSize": SMALL,
            "labelColor": LIGHT["ink"],
            "orient": "top",
            "title": None,
            "columns": 2,
            "columnPadding": 28,
            "labelLimit": 170,
            "symbolType": "stroke",
            "symbolStrokeWidth": 3,
            "offset": 4,
        },
    }


def cut(label: str, most: int = LONGEST) -> str:
    """A label on one line, without control characters, no longer than `most`."""
    return plain.cut(label, most)
