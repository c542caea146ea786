"""The page says what the code does: uses, and the figures of the articles' advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from laptime.recommend.choice import Step
from laptime.recommend.uses import USES
from tests import prose
from tests.recommend.machines import LARGE, TINY, answer, name, only

PAGE = (Path(__file__).parents[2] / "docs" / "recommend.md").read_text("utf-8")
M1, M1_PRO, M1_MAX = name("13-inch, M1, 16 GB"), name("M1 Pro 14-core"), name("M1 Max")
BIG_PRO = name("16-inch, M1 Pro")


def step(mix: str, to: str) -> Step:
    return next(each for each in only(answer(mix=mix)).steps if each.to == to)


def test_every_use_is_told() -> None:
    told = {
        name.strip("`"): cells[0] for name, cells in prose.table(PAGE, "What it is for").items()
    }
    assert told == {
        use.name: ", ".join(f"{part.workload} ({part.weight:g})" for part in use.parts)
        for use in USES
    }


def figures() -> dict[str, str]:
    """What the page must hold of each advice."""
    tiny = {row.name: row.speed for row in only(answer(mix=TINY)).rows}
    differ = only(answer(mix=TINY)).repeats_differ or 0
    pro, largest = step(LARGE, M1_PRO), step(LARGE, M1_MAX)
    daily = step(f"{TINY},{LARGE}", M1_MAX)
    vgg, small = step("catsdogs-vgg16", BIG_PRO), step("catsdogs-cnn", BIG_PRO)
    return {
        "M1": f"{1 / tiny[M1_PRO]:.2f} times the M1 Pro, {1 / tiny[M1_MAX]:.2f} times the M1 Max "
        f"(repeats differ by up to {100 * differ:.0f} %)",
        "Pro": f"{pro.costs_more:.0f} USD more, {pro.price_ratio:.2f} times the price, are "
        f"{pro.speed_ratio:.2f} times the speed",
        "Max": f"{daily.price_ratio:.2f} times the price is {daily.speed_ratio:.2f} times the speed",
        "largest": f"{largest.price_ratio:.2f} times the price, or {1 + 1100 / 1999:.2f} by the text, "
        f"is {largest.speed_ratio:.2f} times the speed",
        "Radecic": f"{vgg.price_ratio:.2f} times the price is {vgg.speed_ratio:.2f} times the speed "
        f"with VGG16, {small.speed_ratio:.2f} with",
    }


@pytest.mark.parametrize(("which", "told"), figures().items(), ids=figures().keys())
def test_every_figure_of_the_advice_is_that_of_the_rows(which: str, told: str) -> None:
    assert told in PAGE, which
