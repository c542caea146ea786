"""A roofline: both axes logarithmic, each workload a letter on what it reached."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence

from laptime.charts import _style
from laptime.charts._style import LIGHT, SMALL, WIDTH, Spec
from laptime.frozen import Frozen

HEIGHT = 260
_AROUND = 4.0
"""Of the ridge, that the roofs are seen as such."""
_MARGIN = 2.0
_LETTER = 12
"""Pixels that a letter takes."""


class Spot(Frozen, frozen=True, kw_only=True):
    """One workload."""

    label: str
    flop_per_byte: float
    gflop_per_s: float


def roofs(
    spots: Sequence[Spot], *, peak_gflop_per_s: float, gb_per_s: float, width: int = WIDTH
) -> Spec:
    """The roofs as a line, and each spot as a dot with its letter ('a' for the first).

    Args:
        spots: figures above 0.
        peak_gflop_per_s: of the flat roof.
        gb_per_s: of the slope.
        width: of the drawing, in pixels.
    """
    ridge = peak_gflop_per_s / gb_per_s
    across = [each.flop_per_byte for each in spots]
    low = min([*(each / _MARGIN for each in across), ridge / _AROUND])
    high = max([*(each * _MARGIN for each in across), ridge * _AROUND])
    reached = [each.gflop_per_s for each in spots]
    floor = min([*reached, peak_gflop_per_s / 10]) / _MARGIN
    top = max([*reached, peak_gflop_per_s]) * _MARGIN
    inner = width - 52
    x = _axis("FLOP per byte moved", low, high)
    y = _axis("GFLOP/s", floor, top)
    start = max(low, floor / gb_per_s)
    corners = [(start, start * gb_per_s), (ridge, peak_gflop_per_s), (high, peak_gflop_per_s)]
    roof = [{"x": a, "y": b} for a, b in corners]
    place = _Places(low, high, floor, top, inner)
    dots: list[Spec] = [
        {
            "x": each.flop_per_byte,
            "y": each.gflop_per_s,
            "letter": letter,
            "label": _style.cut(each.label),
            "up": place.above(each),
        }
        for letter, each in zip(letters(len(spots)), spots, strict=True)
    ]
    line = {"type": "line", "strokeWidth": 2, "color": LIGHT["axis"]}
    dot: Spec = {"type": "point", "filled": True, "size": 55, "opacity": 1, "color": LIGHT["ours"]}
    text: Spec = {"type": "text", "fontSize": SMALL, "fontWeight": 600, "color": LIGHT["ink"]}
    both: Spec = {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}}
    written = [
        {
            "transform": [{"filter": f"datum.up === {up}"}],
            "data": {"values": dots},
            "mark": text | {"dy": -up},
            "encoding": both | {"text": {"field": "letter"}},
        }
        for up in sorted({each["up"] for each in dots})
    ]
    return _style.whole(
        {
            "width": inner,
            "height": HEIGHT,
            "layer": [
                {"data": {"values": roof}, "mark": line, "encoding": both},
                {
                    "data": {"values": dots},
                    "mark": dot,
                    "encoding": {**both, "tooltip": [{"field": "label"}]},
                },
                *written,
            ],
        }
    )


def letters(count: int) -> list[str]:
    """'a', 'b' ... 'z', 'A' ... 'Z', then numbers."""
    known = string.ascii_letters
    return [known[at] if at < len(known) else str(at + 1) for at in range(count)]


def _axis(title: str, low: float, high: float) -> Spec:
    scale = {"type": "log", "domain": [low, high], "nice": False}
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    ticks = [10.0**power for power in powers]
    shown: Spec = {"values": ticks, "format": "~g"} if len(ticks) > 1 else {}
    return {
        "type": "quantitative",
        "title": title,
        "scale": scale,
        "axis": {"grid": True, **_style.APART, **shown},
    }


class _Places:
    """Where letters stand already, in pixels, so that none lies upon another."""

    def __init__(self, low: float, high: float, floor: float, top: float, width: int) -> None:
        self._x = math.log(low), width / math.log(high / low)
        self._y = math.log(floor), HEIGHT / math.log(top / floor)
        self._taken: list[tuple[float, float]] = []

    def above(self, spot: Spot) -> int:
        """Pixels from the dot up to its letter."""
        x = (math.log(spot.flop_per_byte) - self._x[0]) * self._x[1]
        y = (math.log(spot.gflop_per_s) - self._y[0]) * self._y[1]
        up = _LETTER
        while any(abs(x - a) < _LETTER and abs(y + up - b) < _LETTER for a, b in self._taken):
            up += _LETTER
        self._taken += [(x, y), (x, y + up)]
        return up
