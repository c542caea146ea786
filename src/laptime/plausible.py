"""Whether a sensor's value can be true. Pure: samples in, samples without the impossible out.

A sensor that lies is worse than one that fails. So a value outside of what any machine can show is
refused: it becomes None, with the reason beside its series. The bounds are wide on purpose; they stand
here and nowhere else, and have no source but physics and the largest machines on sale.
"""

from __future__ import annotations

import math

import msgspec

from laptime.series import Quantity, Samples

POWER_LIMIT_W = 5_000.0
"""Three times the largest graphics board, and more than a socket of a wall gives."""
BOUNDS = {
    "_w": (0.0, POWER_LIMIT_W),
    "_j": (0.0, 1e15),
    "_c": (-20.0, 130.0),
    "_hz": (0.0, 1e10),
    "_share": (0.0, 1.0),
    "_cores": (0.0, 4_096.0),
    "_bytes": (0.0, 1e16),
    "_bytes_per_s": (0.0, 1e13),
    "_count": (0.0, 1e9),
    "_level": (0.0, 100.0),
    "_flag": (0.0, 1.0),
    "_bits": (0.0, 2.0**63),
}
"""End of a quantity's name, its unit -> the least and the most that can be true."""


def bounds(name: str) -> tuple[float, float]:
    """What a quantity of this name can be.

    Raises:
        ValueError: its name ends in no unit that is known.
    """
    unit = max((unit for unit in BOUNDS if name.endswith(unit)), key=len, default=None)
    if unit is None:
        raise ValueError(f"'{name}' ends in no unit; known: {', '.join(BOUNDS)}")
    return BOUNDS[unit]


def believed(samples: Samples) -> Samples:
    """The samples, every impossible value refused and counted."""
    kept = [list(row) for row in samples.rows]
    refused = dict(samples.refused)
    for column, quantity in enumerate(samples.quantities):
        count, first = 0, ""
        last: tuple[int, float] | None = None
        for time_ns, row in zip(samples.times_ns, kept, strict=True):
            if (value := row[column]) is None:
                continue
            if why := refusal(quantity, value, time_ns=time_ns, last=last):
                row[column] = None
                count, first = count + 1, first or why
            else:
                last = time_ns, value
        if count:
            refused[quantity.key] = f"{count} of {len(kept)} values refused: {first}"
    rows = tuple(tuple(row) for row in kept)
    return msgspec.structs.replace(samples, rows=rows, refused=refused)


def refusal(
    quantity: Quantity, value: float, *, time_ns: int, last: tuple[int, float] | None
) -> str | None:
    """Why a value cannot be true; None where it can.

    Args:
        quantity: what it is of.
        value: as the sensor told it.
        time_ns: when.
        last: time and value of the last one that was believed.
    """
    if not math.isfinite(value):
        return f"{value} is no number"
    least, most = bounds(quantity.name)
    if not least <= value <= most:
        return f"{value:g} is outside of {least:g} to {most:g}"
    if quantity.is_counter and last is not None:
        rise = value - last[1]
        if rise < 0:
            return f"the counter ran backwards, from {last[1]:g} to {value:g}"
        seconds = (time_ns - last[0]) / 1e9
        renewed_s = quantity.renewed_s or 0.0  # a late renewal brings the rise of a whole period
        if quantity.name.endswith("_j") and rise > POWER_LIMIT_W * (seconds + renewed_s):
            return f"{rise:g} J in {seconds:g} s is more than {POWER_LIMIT_W:g} W"
    return None
