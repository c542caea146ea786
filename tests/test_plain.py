"""Text of somebody else's is shown on one line, printable and short."""

from hypothesis import given
from hypothesis import strategies as st

from laptime.plain import cut, one_line, printable


@given(text=st.text(), most=st.integers(2, 40))
def test_whatever_it_holds_it_is_printable_and_short(text: str, most: int) -> None:
    shown = cut(text, most)
    assert shown.isprintable()
    assert len(shown) <= most
    assert len(printable(text)) == len(text)


@given(text=st.text(alphabet="abc ", max_size=40))
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert cut(text, 40) == text


def test_lines_become_one_with_single_spaces() -> None:
    assert one_line("  Apple\tM1\r\n\x1b[31mPro  ") == "Apple M1 [31mPro"


def test_what_is_missing_is_told() -> None:
    assert cut("a million characters", 10) == "a million…"
