"""A card to post: a machine, its figures and one ranking, 1,200 pixels wide at scale 2."""

from __future__ import annotations

from collections.abc import Sequence

from laptime.charts import _style
from laptime.charts._bars import Bar
from laptime.charts._style import LIGHT, Spec
from laptime.frozen import Frozen

CARD_WIDTH, CARD_HEIGHT = 600, 315
"""Pixels: the shape in which most places show a picture beside a link."""
_EDGE, _MIDDLE = 24, 292
_HEAD, _TOP, _BOTTOM = 94, 114, 288
MOST_FIGURES, MOST_BARS = 5, 6


class Figure(Frozen, frozen=True):
    """A name and a figure."""

    label: str
    shown: str


class Card(Frozen, frozen=True, kw_only=True):
    """What stands on it."""

    title: str
    """The machine."""
    headline: str
    figures: tuple[Figure, ...]
    """The first `MOST_FIGURES` are shown."""
    bars: tuple[Bar, ...] = ()
    """Of one ranking, with ours among them; the first `MOST_BARS` are shown."""
    axis: str = ""
    """What the bars are of."""
    foot: str


def card(told: Card) -> Spec:
    """The card as one drawing: nothing on it moves when a browser's letters are wider."""
    text = [
        _text(_EDGE, 36, _style.cut(told.title, 46), size=21, weight=700),
        _text(_EDGE, 63, _style.cut(told.headline, 84), size=13.5, colour="muted"),
        _text(_EDGE, CARD_HEIGHT - 13, _style.cut(told.foot, 92), size=10, colour="muted"),
        _text(_EDGE, _HEAD, "images a second, training", size=10, colour="muted"),
        *_figures(told.figures[:MOST_FIGURES], end=_MIDDLE - 26 if told.bars else 576),
        *_bar_words(told),
    ]
    rules = _bar_rules(told.bars[:MOST_BARS])
    return _style.whole(
        {
            "width": CARD_WIDTH,
            "height": CARD_HEIGHT,
            "padding": 0,
            "layer": [_rules(rules), *map(_layer, text)],
        }
    )


def _place(field: str, size: int) -> Spec:
    """A scale on which a pixel is a pixel."""
    ends = [0, size]
    return {
        "field": field,
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": ends, "range": ends, "nice": False, "zero": False},
    }


def _text(x: float, y: float, shown: str, **how: object) -> Spec:
    return {"x": x, "y": y, "text": shown, **how}


def _layer(told: Spec) -> Spec:
    mark = {
        "type": "text",
        "align": told.get("align", "left"),
        "baseline": "alphabetic",
        "fontSize": told.get("size", 13),
        "fontWeight": told.get("weight", 400),
        "color": LIGHT[told.get("colour", "ink")],
    }
    return {
        "data": {"values": [{name: told[name] for name in ("x", "y", "text")}]},
        "mark": mark,
        "encoding": {
            "x": _place("x", CARD_WIDTH),
            "y": _place("y", CARD_HEIGHT),
            "text": {"field": "text", "type": "nominal"},
        },
    }


def _figures(figures: Sequence[Figure], *, end: float) -> list[Spec]:
    step = (_BOTTOM - _TOP) / MOST_FIGURES
    found = []
    for place, each in enumerate(figures):
        y = _TOP + step * (place + 0.45)
        found.append(_text(_EDGE, y, _style.cut(each.label, 24), size=12.5))
        found.append(_text(end, y, _style.cut(each.shown, 20), size=14, weight=700, align="right"))
    return found


def _bar_words(told: Card) -> list[Spec]:
    found = []
    step = (_BOTTOM - _TOP) / MOST_BARS
    for place, bar in enumerate(told.bars[:MOST_BARS]):
        y = _TOP + step * place + 6
        is_ours = bar.kind == "ours"
        how: Spec = {"size": 10.5, "weight": 700 if is_ours else 400}
        found.append(_text(_MIDDLE, y, _style.cut(bar.label, 40), **how))
        found.append(_text(576, y, _style.cut(bar.shown, 16), align="right", **how))
    if told.bars:
        found.append(_text(_MIDDLE, _HEAD, _style.cut(told.axis, 56), size=10, colour="muted"))
    return found


def _bar_rules(bars: Sequence[Bar]) -> list[Spec]:
    longest = max((bar.value for bar in bars), default=1.0)
    step = (_BOTTOM - _TOP) / MOST_BARS
    width = CARD_WIDTH - _EDGE - _MIDDLE
    found: list[Spec] = [
        {
            "x": _MIDDLE,
            "x2": _MIDDLE + max(2.0, width * bar.value / longest),
            "y": _TOP + step * place + 15,
            "kind": bar.kind,
        }
        for place, bar in enumerate(bars)
    ]
    return found


def _rules(values: Sequence[Spec]) -> Spec:
    kinds = ["ours", "yours", "others"]
    return {
        "data": {"values": list(values)},
        "mark": {"type": "rule", "strokeWidth": 9},
        "encoding": {
            "x": _place("x", CARD_WIDTH),
            "x2": {"field": "x2"},
            "y": _place("y", CARD_HEIGHT),
            "color": {
                "field": "kind",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": kinds, "range": [LIGHT[kind] for kind in kinds]},
            },
        },
    }
