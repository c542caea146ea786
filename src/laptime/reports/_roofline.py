"""A roofline in text: both axes logarithmic, the roofs as a line, each workload a letter."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence

from laptime import words
from laptime.roofline import Roofline

HEIGHT = 10
LEAST_WIDTH, MOST_WIDTH = 30, 72
HEADINGS = ("", "workload", "FLOP/byte", "GFLOP/s", "of its roof")
_FLAT, _SLOPE, _FLOOR, _WALL = "─", "╱", "─", "│"  # noqa: RUF001 - lines of a drawing
_MARGIN = 2.0
"""Room around the points, as a factor."""
_AROUND = 4.0
"""Of the ridge, that the roofs are seen as such."""


def heading(line: Roofline) -> str:
    """'Roofline of cpu, float32: 118 GFLOP/s, 17.2 GB/s; the ridge lies at 6.9 FLOP/byte'."""
    return (
        f"Roofline of {line.device}, {line.precision}: {words.number(line.peak_gflop_per_s)} GFLOP/s, "
        f"{words.number(line.gb_per_s)} GB/s; the ridge lies at "
        f"{words.number(line.ridge_flop_per_byte)} FLOP/byte"
    )


LEGEND = (
    "Left of the ridge the memory limits, right of it the arithmetic. FLOP/byte: of a training step, "
    "over the least bytes that it must move."
)


def letters(count: int) -> list[str]:
    """'a', 'b' ... 'z', 'A' ... 'Z', and a dot for all others."""
    known = string.ascii_letters
    return [known[index] if index < len(known) else "*" for index in range(count)]


def cells(line: Roofline) -> list[tuple[str, ...]]:
    """A row for each point, as `HEADINGS` names them."""
    is_mixed = len({(each.engine, each.setup) for each in line.points}) > 1
    return [
        (
            letter,
            f"{each.workload} {each.engine} {each.setup}" if is_mixed else each.workload,
            words.number(each.flop_per_byte),
            words.number(each.gflop_per_s),
            words.percent(each.roof_share),
        )
        for letter, each in zip(letters(len(line.points)), line.points, strict=True)
    ]


def chart(line: Roofline, *, width: int) -> list[str]:
    """The drawing: `HEIGHT` lines above an axis with its numbers, none longer than `width`.

    Args:
        line: with its points.
        width: columns of the screen; fewer than `LEAST_WIDTH` give no drawing.
    """
    label = max(len(words.number(value)) for value in (line.peak_gflop_per_s, _lowest(line)))
    across = min(width, MOST_WIDTH) - label - 2
    if across < LEAST_WIDTH:
        return []
    x, y = _horizontal(line, across), _vertical(line)
    grid = [[" "] * across for _ in range(HEIGHT)]
    for column in range(across):
        intensity = x.value(column)
        row = y.cell(line.allowed(intensity))
        if 0 <= row < HEIGHT:
            grid[row][column] = _FLAT if intensity >= line.ridge_flop_per_byte else _SLOPE
    for letter, each in zip(letters(len(line.points)), line.points, strict=True):
        _put(grid, x.cell(each.flop_per_byte), y.cell(each.gflop_per_s), letter)
    labels = {
        y.cell(value): words.number(value) for value in (_lowest(line), line.peak_gflop_per_s)
    }
    drawn = [
        f"{labels.get(row, '').rjust(label)} {_WALL}{''.join(grid[row])}".rstrip()
        for row in reversed(range(HEIGHT))
    ]
    axis, numbers = _axis(x, across)
    return [*drawn, f"{' ' * label} └{axis}", f"{' ' * (label + 2)}{numbers}".rstrip()]


class _Scale:
    """A logarithmic axis over cells 0 to count - 1."""

    def __init__(self, low: float, high: float, count: int) -> None:
        self._low = math.log10(low)
        self._step = (math.log10(high) - self._low) / (count - 1)
        self._last = count - 1

    def cell(self, value: float) -> int:
        """The cell of a value; below 0 or beyond the last where it lies outside."""
        return round((math.log10(value) - self._low) / self._step)

    def value(self, cell: int) -> float:
        """The value in the middle of a cell."""
        return float(10 ** (self._low + cell * self._step))


def _horizontal(line: Roofline, across: int) -> _Scale:
    known = [each.flop_per_byte for each in line.points]
    ridge = line.ridge_flop_per_byte
    low = min([*(each / _MARGIN for each in known), ridge / _AROUND])
    return _Scale(low, max([*(each * _MARGIN for each in known), ridge * _AROUND]), across)


def _vertical(line: Roofline) -> _Scale:
    highest = max([each.gflop_per_s for each in line.points] + [line.peak_gflop_per_s])
    return _Scale(_lowest(line), highest, HEIGHT)


def _lowest(line: Roofline) -> float:
    speeds = [each.gflop_per_s for each in line.points]
    return min([*speeds, line.peak_gflop_per_s / 10]) / _MARGIN


def _put(grid: Sequence[list[str]], column: int, row: int, letter: str) -> None:
    """A letter where it belongs, or in the nearest cell to its right where another stands."""
    for free in range(column, len(grid[row])):
        if grid[row][free] not in string.ascii_letters:
            grid[row][free] = letter
            return
    grid[row][column] = "*"  # no room: two in one place


def _axis(x: _Scale, across: int) -> tuple[str, str]:
    """The line below, with a tick at each power of ten, and their numbers."""
    line, numbers = [_FLOOR] * across, [" "] * across
    unit = " FLOP/byte"
    powers = range(
        math.ceil(math.log10(x.value(0))), math.floor(math.log10(x.value(across - 1))) + 1
    )
    free = 0
    for power in powers:
        column, told = x.cell(10.0**power), f"{10.0**power:g}"
        if 0 <= column < across:
            line[column] = "┴"
        if free <= column <= across - len(told) - len(unit):
            numbers[column : column + len(told)] = told
            free = column + len(told) + 1
    numbers[across - len(unit) :] = unit
    return "".join(line), "".join(numbers)
