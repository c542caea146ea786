from __future__ import annotations

import pytest

from laptime.layout import Row, Writer
from laptime.reports import Screen

ROWS = [Row([["mnist-mlp"], ["1,000 ± 2 %"], ["76 s est.", "(72-80 s)"]], "a note")]
TITLES = ("workload", "images/s", "run")


def drawn(width: int, **screen) -> list[str]:
    out = Writer(Screen(width=width, **screen))
    out.table(TITLES, ROWS, right=(1,))
    return out.text().splitlines()


def test_wide_cells_stand_on_one_line() -> None:
    assert drawn(60)[1] == "mnist-mlp  1,000 ± 2 %  76 s est. (72-80 s)"


def test_narrower_cells_stand_on_two() -> None:
    assert drawn(40)[1:3] == ["mnist-mlp  1,000 ± 2 %  76 s est.", " " * 24 + "(72-80 s)"]


def test_narrowest_cells_stand_under_one_another() -> None:
    assert drawn(30)[:3] == ["mnist-mlp", "  images/s  1,000 ± 2 %", "  run       76 s est. (72-80"]


def test_last_column_is_wrapped_where_the_others_leave_room() -> None:
    out = Writer(Screen(width=40))
    out.table(("name", "what"), [Row([["torch"], ["words " * 8]])])
    assert max(map(len, out.text().splitlines())) <= 40
    assert out.text().splitlines()[1].startswith("torch  words")


@pytest.mark.parametrize("hidden", ["\x1b[31m", "\r", "\x00", "\n", "\u202e"])
def test_no_control_character_of_a_record_reaches_the_screen(hidden) -> None:
    out = Writer(Screen())
    out.say(f"a{hidden}b")
    assert "\x1b" not in out.text()
    assert out.text().count("\n") == 1
    assert hidden not in out.text().rstrip("\n")


def test_colour_only_where_the_screen_takes_it() -> None:
    assert "\x1b" not in "".join(drawn(60))
    assert "\x1b[1mmnist-mlp" in "".join(drawn(60, has_colour=True))


def test_ascii_where_unicode_cannot_be_shown() -> None:
    assert "\n".join(drawn(60, has_unicode=False)).isascii()
    assert "+- 2 %" in "\n".join(drawn(60, has_unicode=False))


def test_flow_breaks_between_pieces_only() -> None:
    out = Writer(Screen(width=30))
    out.flow("Next: ", ["laptime show 1", "laptime run --setup tuned"], separator=" · ")
    assert out.text() == "Next: laptime show 1 ·\n  laptime run --setup tuned\n"
