"""A message in a record tells what went wrong, and neither where nor whose."""

import getpass
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laptime.redact import LONGEST, LONGEST_FACT, clean, hiding

HOME, USER, HOST, SECRET = "/home/annabel", "annabel", "annas-desk", "hf_9Zx81-secret"
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)

PIECES = [HOME, f"{HOME}/x.py", USER, USER.upper(), HOST, SECRET, "\x1b[1m", "\n", "'", " ", "~"]
PIECES += [
    "file://",
    "C:\\Users\\annabel\\",
    "\\\\annas-desk\\c$",
    "Traceback (most recent call last)",
]


@pytest.fixture(autouse=True)
def anna(monkeypatch):
    """Everything below happens on Annabel's computer."""
    for name, value in {"HOME": HOME, "USER": USER, "LOGNAME": USER, "HF_TOKEN": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(socket, "gethostname", lambda: f"{HOST}.example.org")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("CUDA out of memory. Tried 2.00 GiB", "CUDA out of memory. Tried 2.00 GiB"),
        ("\x1b[31mbad\x1b[0m \x1b]0;title\x07shape (3x4)", "bad shape (3x4)"),
        ("\n-----\n  first\nsecond", "first"),
        ("no '/home/other b/my data/batch_1.bin'", "no 'batch_1.bin'"),
        ("no /data/secret-project here", "no <path> here"),
        ("cannot load /usr/lib/libcuda.so.1: bad", "cannot load libcuda.so.1: bad"),
        (r"C:\Users\Bob Jones\train.py failed", "<path> train.py failed"),
        (r"\\server\share\x.dll is missing", "x.dll is missing"),
        ("open ~/models/net.pt or ~bob/net.pt", "open net.pt or net.pt"),
        ("see file:///srv/bob/notes.txt", "see notes.txt"),
        ("GET https://bob:pw@intranet/x?y=1 failed", "GET <url> failed"),
        ("ask bob@example.com", "ask <address>"),
        ("PATH=/opt/bob:/srv/bob", "PATH=<path>:<path>"),
        ("annabel@annas-desk", "<address>"),
        ("for Annabel on annas-desk", "for <user> on <computer>"),
        (f"token {SECRET} refused", "token <value> refused"),
        (
            "torch.cuda: 12 images/s, N/A, input/output",
            "torch.cuda: 12 images/s, N/A, input/output",
        ),
        ("", "no message"),
        ("\x00\n\t\r", "no message"),
    ],
)
def test_what_stays_and_what_goes(message, line):
    assert clean(message) == line


def test_the_error_below_a_traceback_is_the_message():
    text = 'Traceback (most recent call last):\n  File "/x/y.py", line 3, in go\n    f()\n    ^^^\n'
    assert clean(f"{text}ValueError: wrong\nmore") == "ValueError: wrong"


def test_a_long_message_is_cut():
    line = clean("word " * 200)
    assert len(line) == LONGEST
    assert line.endswith("…")


@pytest.mark.parametrize("piece", ["x/", "\\", "\x1b]", "'/\"", "a@", "aaaa", "a ", "~/\n", "f:/ "])
def test_no_message_keeps_us_busy(piece):
    assert 0 < len(clean(piece * 50_000)) <= LONGEST  # took minutes before input was cut first


def test_the_end_of_a_very_long_traceback_is_found():
    text = "Traceback (most recent call last)\n" + '  File "x.py", line 1\n' * 10_000
    assert clean(f"{text}MemoryError: too much") == "MemoryError: too much"


@given(st.lists(st.one_of(TEXT, st.sampled_from(PIECES)), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_private_is_ever_left(parts):
    line = clean("".join(parts))
    assert HOME not in line
    assert USER not in line.lower()
    assert HOST not in line.lower()
    assert SECRET not in line
    assert line.isprintable()
    assert 0 < len(line) <= LONGEST


@given(TEXT)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cleaning_twice_is_cleaning_once(text):
    once = clean(text)
    assert clean(once) == once
    assert once.isprintable()
    assert "\n" not in once
    assert "\x1b" not in once


@given(st.text("abc/\\~:' .", max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_absolute_path_is_left(text):
    line = clean(text)
    assert not any(
        word.startswith(("/a", "/b", "/c", "~/", "\\\\", "a:\\")) for word in line.split()
    )


def test_the_real_user_and_computer_go(monkeypatch):
    monkeypatch.undo()
    line = clean(f"{Path.home()}/x.py by {getpass.getuser()} in {Path.cwd()}")
    assert str(Path.home()) not in line
    assert str(Path.cwd()) not in line
    assert getpass.getuser() in ("root", "user", "runner") or getpass.getuser() not in line


def test_a_user_without_a_name_is_no_error(monkeypatch):
    def nobody():
        raise OSError("no such user")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert clean("it failed") == "it failed"


def test_a_fact_of_a_million_letters_is_cut_before_anybody_looks_at_it() -> None:
    found = hiding()("me@example.org " + "X" * 1_000_000)
    assert found.startswith("<address> XXX")
    assert len(found) <= LONGEST_FACT
