"""Charts as Vega-Lite specifications: plain dicts that hold their data, for pages and notebooks.

Each function takes plain rows and gives a specification. `svg` and `png` draw one, `svgs` many
(extra `report`); a notebook shows the specification itself.
"""

from __future__ import annotations

from laptime.charts._bars import Bar, bars
from laptime.charts._card import MOST_BARS, Card, Figure, card
from laptime.charts._curves import Line, Panel, Span, curves, tracks
from laptime.charts._draw import png, svg
from laptime.charts._many import Drawing, expecting, svgs
from laptime.charts._ratios import Ratio, ratios
from laptime.charts._roofs import Spot, letters, roofs
from laptime.charts._style import DARK, LIGHT, WIDTH, Spec

__all__ = [
    "DARK",
    "LIGHT",
    "MOST_BARS",
    "WIDTH",
    "Bar",
    "Card",
    "Drawing",
    "Figure",
    "Line",
    "Panel",
    "Ratio",
    "Span",
    "Spec",
    "Spot",
    "bars",
    "card",
    "curves",
    "expecting",
    "letters",
    "png",
    "ratios",
    "roofs",
    "svg",
    "svgs",
    "tracks",
]
