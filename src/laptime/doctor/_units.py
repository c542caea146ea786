"""Figures as rows print them."""

from __future__ import annotations


def gib(count: float) -> str:
    """Bytes as '23.5 GiB'."""
    return f"{count / 2**30:.1f} GiB"
