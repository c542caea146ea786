"""What is printed, on any width."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime.layout import Screen
from laptime.tune.ratios import Ratio
from laptime.tune.search import Final
from laptime.tune.text import render
from laptime.tune.tuning import Row, Step, Task, Tuned
from tests.tune.scripted import space

TASK = Task(
    workload="cifar10-tinyvgg",
    device="auto",
    precisions=("float32", "bfloat16"),
    spaces=(space("torch", {"threads": ("all", "one")}, threads="one"),),
    found=None,
)
ROW = Row(
    workload="cifar10-tinyvgg",
    batch_size=None,
    engine="torch",
    device="cpu",
    precision="float32",
    setup="tuned",
    options={"threads": "one"},
    samples_per_s=10_029.4,
    ratio_to_plain=1.508,
    learned=True,
    outcome="ok",
    reason=None,
    is_winner=True,
)
PLAIN = replace(ROW, setup="plain", samples_per_s=6_648.2, ratio_to_plain=1.0, is_winner=False)
BF16 = replace(ROW, precision="bfloat16", samples_per_s=13_774.0)
DEAD = replace(ROW, setup="tuned + threads=two", samples_per_s=None, outcome="killed",
               reason="ended by SIGKILL", is_winner=False)  # fmt: skip
LEFT = replace(DEAD, engine="mlx", outcome="not tried", reason="no time was left in the budget")
GAIN = Ratio(median=1.508, low=1.49, high=1.53, rounds=9)
STEP = Step(
    workload="cifar10-tinyvgg",
    batch_size=None,
    engine="torch",
    device="cpu",
    precision="float32",
    setup="plain",
    changes=(),
    samples_per_s=6_648.2,
    gain=None,
    to_plain=None,
    lines={},
)
CODE = "torch.set_num_threads(1)  # a line of code that is longer than fifty columns"
UP = replace(STEP, setup="tuned", changes=("threads=one",), samples_per_s=10_029.4, gain=GAIN,
             to_plain=GAIN, lines={"threads=one": CODE})  # fmt: skip
KEYS = [
    ("torch", "float32", "tuned"),
    ("torch", "float32", "plain"),
    ("torch", "bfloat16", "tuned"),
]
FINALS = (
    Final(key=KEYS[0], plain=KEYS[1], to_plain=GAIN, before=None, to_before=None),
    Final(key=KEYS[2], plain=KEYS[1], to_plain=GAIN, before=KEYS[0], to_before=GAIN),
)
TUNED = Tuned(
    task=TASK,
    rows=(BF16, ROW, PLAIN, DEAD, LEFT),
    ladder=(STEP, UP),
    finals=FINALS,
    versions={"torch": {"torch": "2.13.0"}},
    winners=(),
    interrupted=False,
)


def shown(tuned: Tuned = TUNED, *, width: int = 100) -> str:
    return render([tuned], screen=Screen(width=width))


@pytest.mark.parametrize("width", [24, 50, 80, 200])
def test_only_code_is_wider_than_the_screen(width) -> None:
    text = shown(width=width)
    assert f"    {CODE}" in text.splitlines()
    prose = [line for line in text.splitlines() if CODE not in line]
    if width >= 50:
        assert max(map(len, prose)) <= width
    for figure in ("10,000", "6,650", "1.51 (1.49-1.53)", "13,800"):
        assert figure in text


def test_everything_is_said_once() -> None:
    text = shown()
    assert "Fastest: torch (torch 2.13.0), float32, tuned" in text
    assert "! torch, tuned + threads=two, float32: killed: ended by SIGKILL" in text
    assert "Not tried (no time was left in the budget):" in text
    assert "bfloat16 (same recipe, other precision): torch, tuned, 13,800 images/s" in text
    assert "1.51 (1.49-1.53) times the fastest in float32" in text


def test_a_search_that_was_ended_claims_no_winner() -> None:
    text = shown(replace(TUNED, finals=(), ladder=(), interrupted=True))
    assert "nothing is remembered" in " ".join(text.split())
    assert "Fastest:" not in text
    assert "10,000" in text


def test_where_nothing_ran_that_is_said() -> None:
    assert "Nothing could be measured that may win." in shown(
        replace(TUNED, rows=(DEAD,), finals=(), ladder=())
    )


def test_plain_as_the_winner_is_said() -> None:
    final = replace(FINALS[0], key=KEYS[1])
    text = shown(replace(TUNED, finals=(final,), ladder=(STEP,)))
    assert "Nothing was faster than what one writes first." in text


@pytest.mark.parametrize(("high", "is_told"), [(1.04, True), (0.98, False)])
def test_an_engine_that_cannot_be_told_apart_is_named(high: float, is_told: bool) -> None:
    rival = ("keras-torch", "float32", "tuned"), Ratio(median=0.97, low=0.95, high=high, rounds=9)
    text = shown(replace(TUNED, finals=(replace(FINALS[0], rivals=(rival,)), FINALS[1])))
    assert ("As fast, as far as can be told: keras-torch, tuned: 0.97" in text) is is_told
