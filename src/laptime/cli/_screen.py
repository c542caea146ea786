"""What the text will be read on, asked once, at the edge."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

from laptime.layout import Screen

_PROBE = "±█▶·"


def screen(stream: TextIO | None = None) -> Screen:
    """How wide stdout (or another stream) is, and whether it takes colours and unicode.

    Colours: on a terminal only, never with NO_COLOR (https://no-color.org) or TERM=dumb. Without a
    terminal the width is COLUMNS or 100.
    """
    out = stream or sys.stdout
    is_dumb = os.environ.get("TERM") == "dumb"
    return Screen(
        width=shutil.get_terminal_size((100, 24)).columns,
        has_colour=out.isatty() and not os.environ.get("NO_COLOR") and not is_dumb,
        has_unicode=_can_show(_PROBE, out.encoding),
    )


def _can_show(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
