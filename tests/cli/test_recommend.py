"""`laptime recommend` as it is typed."""

from __future__ import annotations

import json

import pytest

from laptime.errors import LaptimeError
from tests.recommend.machines import own

PRICE = "M1 Max=2000 USD @2022-05-01 a shop"


def test_it_answers_without_any_result(laptime) -> None:
    code, text = laptime("recommend", "--for", "beginner")
    assert not code
    assert "the cheapest" in text


def test_the_document_holds_everything_behind_it(document) -> None:
    told = document("recommend", "--for", "daily", "--cloud-price", "0.5/h", "--price", PRICE)
    (comparison,) = told["results"]
    row = next(row for row in comparison["rows"] if "M1 Max" in row["name"])
    assert (row["price"]["amount"], row["price"]["source"]) == (2000, "a shop")
    assert row["other_prices"][0]["amount"] == 3299
    assert {figure["seconds"] for figure in row["figures"]} > {958.951}
    assert comparison["break_even"]
    assert {"use", "limits", "not_compared", "incomplete", "warnings", "laptime"} <= set(told)


def test_nobody_within_the_limits_is_exit_code_2(laptime) -> None:
    code, text = laptime("recommend", "--for", "daily", "--budget", "100")
    assert code == 2
    assert "The cheapest with a price is" in text


def test_a_budget_in_another_currency_needs_a_rate_and_then_counts(laptime) -> None:
    euros = ("recommend", "--for", "daily", "--budget", "2000 EUR")
    with pytest.raises(LaptimeError, match="--rate"):
        laptime(*euros)
    _, text = laptime(*euros, "--rate", "EUR=1.25 USD @2022-02-25 a bank")
    assert "1,359 EUR" in text
    assert "1,699 USD at 1.25 USD/EUR (2022-02-25, a bank)" in " ".join(text.split())


def test_prices_that_are_all_in_one_currency_need_no_rate(laptime) -> None:
    """The published prices of these two, in dollars, stay beside them as they are."""
    prices = (
        "--price",
        "13-inch, M1, 8 GB=1200 EUR @2022 s",
        "--price",
        "16-inch, M1 Pro=2400 EUR @2022 s",
    )
    _, text = laptime("recommend", "--mix", "catsdogs-vgg16", *prices)
    assert "1,200 EUR more and 2.45 times as fast" in " ".join(text.split())
    assert "other prices: 1,299 USD (2021)" in text


def test_a_price_that_plays_no_part_is_said(laptime) -> None:
    _, text = laptime("recommend", "--mix", "catsdogs-vgg16", "--price", PRICE)
    assert "M1 Max 32-core GPU, 32 GB plays no part" in " ".join(text.split())


def test_ones_own_results_stand_in_it(laptime, store) -> None:
    store.save(own("<img src=x>\x1b[2J"))
    (store.folder / "half.json").write_text('{"format": 4, "id"')
    _, text = laptime("recommend", "--mix", "cifar10-tinyvgg")
    assert "<img src=x>" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "say what for: --for beginner"),
        (["--for", "vidoe"], "did you mean 'video'"),
        (["--for", "daily", "--mix", "mnist-mlp"], "exclude each other"),
        (["--mix", ""], "the mix is empty"),
        (["--mix", "mnist-mlpp"], "did you mean 'mnist-mlp'"),
        (["--for", "daily", "--price", "M1 Max=2000 USD"], "has no date"),
        (["--for", "daily", "--price", "M1 Max=-2000 USD @2022"], "above 0"),
        (["--for", "daily", "--price", "M1 Mux=2000 USD @2022"], "nearest are"),
        (["--for", "daily", "--price", "M1 Max=2000 EUR @2022"], "--rate"),
        (["--for", "daily", "--cloud-price", "3"], "does not say per hour"),
        (["--for", "daily", "--budget", "-3"], "above 0"),
    ],
)
def test_wrong_input_says_what_to_write(laptime, arguments, problem) -> None:
    with pytest.raises(LaptimeError, match=problem):
        laptime("recommend", *arguments)


def test_plain_json_has_no_infinity(laptime) -> None:
    _, text = laptime("recommend", "--for", "video", "--json")
    assert json.loads(text, parse_constant=pytest.fail)["results"]
