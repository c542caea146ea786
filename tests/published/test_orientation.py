"""Other people's exports and scores: found for each of ours, and all of grade D."""

from __future__ import annotations

import pytest

from laptime.published.orientation import SCORES, exports, geekbench, idle_shares
from laptime.video.clips import CLIPS
from laptime.video.encoders import CODECS


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("codec", CODECS)
def test_every_clip_and_codec_has_the_four_machines_of_the_article(clip: str, codec: str) -> None:
    found = exports(clip, codec)
    assert len(found) == 4
    assert {row.grade for row in found} == {"D"}
    assert [row.value for row in found] == sorted(row.value or 0.0 for row in found)


def test_the_large_prores_export_by_hand() -> None:
    """11:24 on the M1 Max, and files of 7 against 167 GB."""
    first = exports("large", "prores")[0]
    assert (first.value, first.chip) == (684.0, "Apple M1 Max (10-core CPU)")
    assert "167 GB" in (first.note or "")


def test_idle_shares_and_scores() -> None:
    assert [row.value for row in idle_shares("large", "h264")] == [0.89, 0.68]
    assert {row.workload for row in geekbench()} == set(SCORES)
    assert all(row.grade == "D" and row.kind == "speedup" for row in geekbench())
