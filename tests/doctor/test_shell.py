"""Lines to paste fit the shell of the system."""

from laptime.doctor._shell import given, without


def test_variables_are_set_and_taken_away() -> None:
    assert given("NAME", "1", is_windows=False) == "export NAME=1"
    assert given("NAME", "1", is_windows=True) == '$env:NAME = "1"'
    assert without("NAME", is_windows=False) == "unset NAME"
    assert without("NAME", is_windows=True) == "Remove-Item Env:NAME"
