from __future__ import annotations

import io

import pytest

from laptime.cli import _wants_json
from laptime.cli._screen import screen


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal(encoding: str = "utf-8") -> Terminal:
    return Terminal(io.BytesIO(), encoding=encoding)


@pytest.fixture(autouse=True)
def plain(monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_terminal_takes_colours_and_a_file_does_not() -> None:
    assert screen(terminal()).has_colour
    assert not screen(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")).has_colour


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(monkeypatch, name, value) -> None:
    monkeypatch.setenv(name, value)
    assert not screen(terminal()).has_colour


@pytest.mark.parametrize(
    ("encoding", "has_unicode"), [("utf-8", True), ("ascii", False), ("cp1252", False)]
)
def test_unicode_only_where_it_can_be_encoded(encoding, has_unicode) -> None:
    assert screen(terminal(encoding)).has_unicode is has_unicode


def test_width_can_be_given(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "61")
    assert screen(terminal()).width == 61


def test_what_follows_two_dashes_asks_for_no_json_of_laptime(monkeypatch):
    monkeypatch.setattr("sys.argv", ["laptime", "watch", "--", "train", "--json"])
    assert not _wants_json()
    monkeypatch.setattr("sys.argv", ["laptime", "show", "--json"])
    assert _wants_json()
