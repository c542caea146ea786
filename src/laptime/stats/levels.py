"""Where a series changes its level.

Optimal partitioning (Jackson et al. 2005) of squares: what PELT finds, without its pruning, exactly.
Written here because the libraries cost too much where a list of results is shown: `ruptures` 1.1.10
takes a second to import and has no release for Python 3.14, `pelt` 0.3.4 has wheels for new Linux
only, and both load numpy. The tests hold this to `ruptures`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from statistics import fmean


def changes(values: Sequence[float], *, penalty: float, shortest: int = 1) -> list[int]:
    """Indices at which a new level begins; empty where there is one level.

    The levels for which the squared distances plus `penalty` for each change are least.

    Args:
        values: the series; its square of length is the time this takes (300 values: 20 ms).
        penalty: in squares of the values' unit; at least 0.
        shortest: least number of values of a level.

    Raises:
        ValueError: a negative penalty, or a shortest level of less than one value.
    """
    if penalty < 0 or shortest < 1:
        raise ValueError("a penalty is at least 0, and a level has at least one value")
    middle = fmean(values) if values else 0.0  # keeps the sums small, and with them their rounding
    sums = [0.0, *itertools.accumulate(value - middle for value in values)]
    # Best cost of the first `end` values (less their sum of squares), and where its last level began.
    costs = [0.0] + [math.inf] * len(values)
    begins = [0] * (len(values) + 1)
    for end in range(shortest, len(values) + 1):
        total = sums[end]
        costs[end], begins[end] = min(
            (costs[begin] + penalty - (total - sums[begin]) ** 2 / (end - begin), begin)
            for begin in range(end - shortest + 1)
        )
    found = []
    at = begins[len(values)]
    while at > 0:
        found.append(at)
        at = begins[at]
    return found[::-1]
