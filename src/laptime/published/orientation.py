"""Figures of other programs that stand beside ours for orientation only: grade D.

The articles set training times against Final Cut Pro's exports and Geekbench's scores. `laptime video`
and `laptime probe` are their open counterparts, and no more than that: another encoder with another
clip, and other kernels. So these rows are shown below ours, never in one order with them.
"""

from __future__ import annotations

from laptime.published import Published, rows

EXPORTS = "video-export"
SCORES = ("geekbench5-single-core", "geekbench5-multi-core", "geekbench5-metal")
"""Of Geekbench 5: one core, all of them, and the graphics processor, as our three scores."""
CAUTION = "Another program, so for orientation only (grade D)"


def exports(clip: str, codec: str) -> tuple[Published, ...]:
    """Times of the articles' exports of a clip, fastest first.

    Args:
        clip: 'small' or 'large'.
        codec: 'h264' or 'prores'.
    """
    name = f"{EXPORTS}-{clip}-{codec}"
    found = [row for row in rows() if (row.workload, row.kind) == (name, "time")]
    return tuple(sorted(found, key=lambda row: row.value or 0.0))


def idle_shares(clip: str, codec: str) -> tuple[Published, ...]:
    """What the articles saw of a processor that was idle meanwhile, as a share."""
    name = f"{EXPORTS}-{clip}-{codec}"
    return tuple(row for row in rows() if (row.workload, row.kind) == (name, "idle_share"))


def geekbench() -> tuple[Published, ...]:
    """Ratios of Geekbench 5 between two machines."""
    return tuple(row for row in rows() if row.workload in SCORES)
