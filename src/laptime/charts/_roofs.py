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
_BESIDE = (
    *((0, 12), (11, 0), (-11, 0), (0, -12), (11, 11), (-11, 11), (11, -11), (-11, -11)),
    *((0, 24), (22, 0), (-22, 0), (0, -24), (22, 12), (-22, 12), (0, 36), (33, 0), (-33, 0)),
)
"""Pixels to the right of a dot and up, at which its letter may stand, the best first."""


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
    where = _places([_pixels(each, (low, high), (floor, top), inner) for each in spots])
    dots: list[Spec] = [
        {"x": each.flop_per_byte, "y": each.gflop_per_s, "letter": letter, "label": label, "at": at}
        for each, letter, label, at in zip(
            spots,
            letters(len(spots)),
            [_style.cut(each.label) for each in spots],
            where,
            strict=True,
        )
    ]
    line = {"type": "line", "strokeWidth": 2, "color": LIGHT["axis"]}
    dot: Spec = {"type": "point", "filled": True, "size": 55, "opacity": 1, "color": LIGHT["ours"]}
    text: Spec = {"type": "text", "fontSize": SMALL, "fontWeight": 600, "color": LIGHT["ink"]}
    both: Spec = {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}}
    written = [
        {
            "transform": [{"filter": f"datum.at === {at}"}],
            "data": {"values": dots},
            "mark": text | {"dx": _BESIDE[at][0], "dy": -_BESIDE[at][1]},
            "encoding": both | {"text": {"field": "letter"}},
        }
        for at in sorted(set(where))
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
    shown: Spec = {"values": ticks, "format": ",~f"} if len(ticks) > 1 else {}
    return {
        "type": "quantitative",
        "title": title,
        "scale": scale,
        "axis": {"grid": True, **_style.APART, **shown},
    }


def _pixels(
    spot: Spot, across: tuple[float, float], up: tuple[float, float], width: int
) -> tuple[float, float]:
    """Where a dot lies, from the lower left corner."""
    x = math.log(spot.flop_per_byte / across[0]) / math.log(across[1] / across[0])
    y = math.log(spot.gflop_per_s / up[0]) / math.log(up[1] / up[0])
    return width * x, HEIGHT * y


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) < _LETTER - 2 for a, b in zip(one, other, strict=True))


def _places(dots: Sequence[tuple[float, float]]) -> list[int]:
    """Of each dot the first of `_BESIDE` at which its letter lies upon nothing, else the last."""
    taken = list(dots)
    found = []
    for x, y in dots:
        free = (
            at
            for at, (dx, dy) in enumerate(_BESIDE)
            if not any(
                abs(x + dx - a) < _LETTER - 2 and abs(y + dy - b) < _LETTER - 2 for a, b in taken
            )
        )
        at = next(free, len(_BESIDE) - 1)
        found.append(at)
        taken.append((x + _BESIDE[at][0], y + _BESIDE[at][1]))
    return found
