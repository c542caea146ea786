"""Draws some of a page's charts; started by `laptime.charts.svgs` alone."""

from __future__ import annotations

import sys

from laptime.charts._many import serve
from laptime.errors import LaptimeError

if __name__ == "__main__":
    try:
        serve()
    except LaptimeError as error:
        sys.exit(str(error).partition("\n")[0])
