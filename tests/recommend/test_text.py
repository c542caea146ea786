"""The answer in words: everything is said, on any screen, and nothing of a record breaks it."""

from __future__ import annotations

import pytest

from laptime.energy import MeasuredEnergy
from laptime.layout import Screen
from laptime.recommend.answer import Recommendation
from laptime.recommend.prices import Rent
from laptime.recommend.text import render
from laptime.recommend.uses import names
from tests.recommend.machines import LARGE, TINY, answer, own
from tests.recommend.test_candidates import energy

RENTS = [Rent(machine=None, amount=0.5, currency=None)]


def flat(told: Recommendation, width: int = 100) -> str:
    return " ".join(render(told, screen=Screen(width=width)).split())


def test_the_steps_are_told_with_price_and_speed() -> None:
    text = flat(answer(mix=LARGE))
    assert "300 USD more and 2.28 times as fast on these" in text
    assert "1,300 USD more (1,100 USD by D. Bourke" in text
    assert "The price grows 1.65 times: speed grows less." in text


def test_every_machine_of_the_set_has_its_reason() -> None:
    text = flat(answer(use="daily"))
    assert "16 GB, 1,699 USD (2022-02-25): the cheapest" in text
    assert "faster than all that are cheaper, and cheaper than all that are faster" in text
    assert "the fastest; its price is not known" in text


def test_who_is_beaten_and_how_sure_that_is() -> None:
    text = flat(answer(mix=TINY))
    assert (
        "which is 1.05 times as fast (as repeats of one machine differ, too) and costs 1,600"
        in text
    )
    assert "which is 1.31 times as fast and costs 3,300 less" in text


def test_unknowns_are_named() -> None:
    text = flat(answer(use="beginner"))
    assert "Not compared on mnist-mlp: nobody has a figure for it that can be used." in text
    assert "Price not known: Deep learning PC, NVIDIA TITAN RTX." in text
    assert "nobody measured that of any of them" in text


def test_where_nobody_has_a_figure_the_line_to_make_one_is_told() -> None:
    assert "Make one on each: laptime run mnist-lenet" in flat(answer(mix="mnist-lenet"))


def test_limits_and_the_cheapest_are_said() -> None:
    text = flat(answer(use="daily", budget=100.0, watts=60.0, is_quiet=True))
    assert "Within: at most 100 USD, at most 60 W, no fan" in text
    assert "Nobody here is known to be within your limits. The cheapest with a price is" in text


def test_rents_are_said_with_their_hours() -> None:
    text = flat(answer(mix=LARGE, rents=RENTS))
    assert "at 0.5 USD/h costs as much as buying, electricity not counted" in text
    assert "(4,000 on the rented one)" in text


def test_exports_are_for_orientation_only() -> None:
    assert "another program, so for orientation only (grade D)" in flat(answer(use="video"))


def test_ours_has_its_way_its_band_and_its_joules() -> None:
    mine = own(process={"energy": (energy(MeasuredEnergy, "cpu_package"),)})
    text = flat(answer(mix=TINY, results=(mine,)), width=200)
    assert "torch cpu plain float32: 58.5 s, estimated" in text
    assert "500 J per 1,000 images (cpu_package, measured)" in text
    assert "50 W measured, cpu_package alone" in text


@pytest.mark.parametrize("use", names())
@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_it_fits_any_screen(use: str, width: int) -> None:
    evil = own("<b>\x1b[31m" + "long " * 50)
    for told in (answer(use=use, results=(evil,), rents=RENTS), answer(use=use, budget=1.0)):
        text = render(told, screen=Screen(width=width, has_unicode=False))
        assert text.isascii()
        assert "\x1b" not in text
        longest = max(len(word) for word in text.split())
        assert max(map(len, text.splitlines())) <= max(width, longest + 12)


def test_a_million_characters_of_a_record_are_a_line() -> None:
    evil = own("\x1b]0;x\x07|" + "m" * 1_000_000, machine={"chip": "c" * 1_000_000})
    text = render(answer(mix=TINY, results=(evil,)), screen=Screen(width=80))
    assert len(text) < 10_000
