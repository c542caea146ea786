"""Times as people write them: 90s, 10m, 1h."""

from __future__ import annotations

import re

from laptime.errors import UsageError

_TIME = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)?")
_UNITS_S = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_of(text: str, *, option: str) -> float:
    """'90s', '10m', '1h' or plain seconds.

    Args:
        text: as it was written.
        option: whose value it is, for the message.

    Raises:
        UsageError: anything else, or nothing at all.
    """
    found = _TIME.fullmatch(text.strip().lower())
    if found is None or not float(found[1]):
        raise UsageError(f"{option} '{text}' is no time; write for example 90s, 10m or 1h")
    return float(found[1]) * _UNITS_S[found[2]]
