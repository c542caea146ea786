"""Every check is a row: also one that crashes, hangs, or does not import."""

import time
import zlib

import pytest

import laptime.doctor
from laptime.doctor import checks, examine, open_case
from laptime.errors import UnknownNameError, UsageError
from laptime.layout import Screen
from tests.doctor.cases import LINUX, case
from tests.plugs import plug_in

__all__ = ["plug_in"]

HEAD = '"""A check."""\nfrom laptime.doctor import Finding\nTITLE = "a check"\nORDER = 1\n'
CRASHES = HEAD + "FAST = True\ndef check(case):\n    yield Finding(outcome='ok', evidence='one')\n"
CRASHES += "    raise KeyError('cpu MHz')\n"
HANGS = HEAD + "FAST = True\ndef check(case):\n    import time\n    time.sleep(60)\n"
SLOW = HEAD + "FAST = False\ndef check(case):\n    raise OSError('no such device')\n"


@pytest.fixture
def only(plug_in, monkeypatch):
    """A check of a plug-in, alone; its rows as (outcome, evidence)."""

    def look(text, **options):
        name = f"mine-{zlib.crc32(text.encode())}"  # what was imported once stays imported
        plug_in(name, text, room="doctor")
        monkeypatch.setattr(laptime.doctor, "checks", lambda: [name])
        rows = list(examine(case(), **options))
        assert {row.name for row in rows} <= {name}
        return [(row.outcome, row.evidence) for row in rows]

    return look


def test_a_check_that_crashes_is_a_row_after_what_it_found(only):
    first, second = only(CRASHES)
    assert first == ("ok", "one")
    assert second[0] == "warn"
    assert "KeyError: 'cpu MHz'" in second[1]


def test_a_check_that_hangs_is_a_row(only, monkeypatch):
    monkeypatch.setattr(laptime.doctor, "LIMIT_S", 1.0)
    began = time.monotonic()
    [row] = only(HANGS)
    assert row == ("warn", "no answer within 1 s; left alone")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SLOW, "OSError: no such device"),
        (HEAD + "FAST = True\nimport no_such_module\n", "no_such_module"),
        (HEAD, "it has no literal FAST"),
        ("TITLE = (", "SyntaxError"),
    ],
)
def test_a_check_that_is_broken_is_a_row(only, text, says):
    [(outcome, evidence)] = only(text)
    assert outcome == "warn"
    assert says in evidence


def test_the_fast_part_leaves_slow_checks_out(only):
    assert only(SLOW, fast=True) == []


def test_checks_stand_in_their_order(plug_in):
    plug_in("last", HEAD.replace("ORDER = 1", "ORDER = 9999") + "FAST = True\n", room="doctor")
    plug_in("torn", "ORDER = (", room="doctor")
    found = checks()
    assert (found[0], found[-1]) == ("torn", "last")
    assert found.index("python") < found.index("compute") < found.index("clock")


def test_each_check_is_announced_before_it_begins(only):
    told = []
    only(CRASHES, on_check=told.append)
    assert told == ["a check"]


# What is looked at


def opened(*engines, device="auto"):
    return open_case(engines, device=device, machine=LINUX, screen=Screen())


def test_without_names_all_that_train_are_looked_at():
    found = opened()
    assert {"torch", "mlx", "keras-jax"} <= set(found.engines)
    assert "fake" not in found.engines
    assert not found.is_named
    assert set(found.installed) <= set(found.engines)
    assert opened("all") == found or opened("all").engines == found.engines


def test_a_device_leaves_out_engines_that_cannot_have_it():
    assert "mlx" not in opened(device="cuda").engines
    assert "torch" in opened(device="cuda:1").engines


def test_named_engines_are_needed_and_else_the_first_one():
    assert opened("fake").is_needed("fake")
    of_all = case(installed=("torch", "mlx"))
    assert of_all.is_needed("torch")
    assert not of_all.is_needed("mlx")
    assert not case(installed=()).is_needed("torch")


def test_names_that_nobody_knows_are_refused():
    for arguments in (
        {"engines": ["torhc"]},
        {"device": "cudaa"},
        {"engines": ["mlx"], "device": "xpu"},
    ):
        given = {"engines": [], "device": "auto"} | arguments
        with pytest.raises((UnknownNameError, UsageError)):
            opened(*given["engines"], device=given["device"])
