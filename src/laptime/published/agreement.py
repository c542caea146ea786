"""Whether a published row agrees with itself: printed figure, unit, value, epochs.

A printed figure is read as the interval that its digits leave open: '180' is 179.5 to 180.5,
'23-24' is 22.5 to 24.5, '17+10' is 26 to 28, '2:00:26' is 7225.5 to 7226.5 seconds.
"""

from __future__ import annotations

import re

from laptime.published import Published

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:[-+:]\d+(?:\.\d+)?)*")
_SECONDS = {"s": 1.0, "min": 60.0, "m:s": 1.0, "h:m:s": 1.0, "x": 1.0}


def disagreements(row: Published) -> tuple[str, ...]:
    """One sentence for each way in which a row contradicts itself; empty where it does not."""
    found = (_printed_problem(row), _epoch_problem(row))
    return tuple(problem for problem in found if problem)


def read_printed(printed: str, unit: str) -> tuple[float, float] | None:
    """Least and largest value that a printed figure may stand for, in seconds (or as a ratio).

    None where it does not begin with a figure in that unit.
    """
    match = _FIGURE.match(printed)
    if match is None or unit not in _SECONDS:
        return None
    low, high = _interval(match.group())
    return low * _SECONDS[unit], high * _SECONDS[unit]


def _interval(figure: str) -> tuple[float, float]:
    """Interval of a clock time, a sum, a range or a plain number."""
    if ":" in figure:
        seconds = 0.0
        for part in figure.split(":"):
            seconds = seconds * 60 + float(part)
        return seconds - 0.5, seconds + 0.5
    parts = [_rounded(number) for number in _NUMBER.findall(figure)]
    if "+" in figure:
        return sum(low for low, _ in parts), sum(high for _, high in parts)
    return parts[0][0], parts[-1][1]


def _rounded(number: str) -> tuple[float, float]:
    """What may have been rounded to this number."""
    half = 0.5 * 10.0 ** -len(number.partition(".")[2])
    return float(number) - half, float(number) + half


def _holds(row: Published, unit: str) -> bool | None:
    """Whether the value lies in the printed figure read in a unit; None where none can be read."""
    interval = read_printed(row.printed, unit)
    if interval is None or row.value is None:
        return None
    return interval[0] <= row.value <= interval[1]


def _printed_problem(row: Published) -> str | None:
    """The printed figure against the value; a wrong printed unit must be named in `meant_unit`."""
    as_printed = _holds(row, row.printed_unit)
    if row.meant_unit is None:
        if as_printed is False:
            return f"'{row.printed}' in {row.printed_unit} is not {row.value:g} {row.unit}"
        return None
    if as_printed:
        return f"'{row.printed}' is right in {row.printed_unit}; no other unit is meant"
    if not _holds(row, row.meant_unit):
        return f"'{row.printed}' is not {row.value} in {row.meant_unit} either"
    return None


def _epoch_problem(row: Published) -> str | None:
    """The author's own epoch mean times the epochs against his total, both rounded to 1 ms."""
    if row.epoch_mean_s is None:
        return None
    if row.epochs is None or row.total_s is None:
        return "an epoch mean stands without a total or without epochs"
    if abs(row.epoch_mean_s * row.epochs - row.total_s) > 0.0005 * (row.epochs + 1) + 1e-9:
        return f"{row.epochs} epochs of {row.epoch_mean_s} s are not {row.total_s} s"
    return None
