"""From the name of a setup to a value for each option."""

from __future__ import annotations

import pytest

from laptime import registry
from laptime.errors import UnknownNameError, UsageError
from laptime.runner.setups import (
    AHEAD,
    SUPPLY,
    WORKERS,
    all_options,
    by_environment,
    choose_setup,
    environment,
    lines,
    read_changes,
    resolve,
    told,
)
from tests.plugs import FAKE, plug_in

__all__ = ["plug_in"]

ENGINES = registry.names("engines")


def test_the_first_setup_is_the_default() -> None:
    assert choose_setup("fake", None) == "plain"
    assert choose_setup("fake", "published") == choose_setup("fake", "plain") == "plain"
    assert choose_setup("fake", "tuned") == "tuned"
    with pytest.raises(UnknownNameError, match="did you mean 'tuned'"):
        choose_setup("fake", "tune")


def test_options_are_first_values_then_the_setups_then_what_was_asked_for() -> None:
    assert resolve("fake", "plain") == {"haste": False, WORKERS: 0, AHEAD: -1}
    assert resolve("fake", "tuned")["haste"] is True
    assert resolve("fake", "tuned", {"haste": False})["haste"] is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("haste=true", {"haste": True}),
        ("haste=False", {"haste": False}),
        (f"{WORKERS}=3", {WORKERS: 3}),
    ],
)
def test_changes_are_read_with_their_type(text, expected) -> None:
    found = read_changes("fake", [text])
    assert found == expected
    assert [type(value) for value in found.values()] == [type(each) for each in expected.values()]


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("haste", UsageError, "sets nothing"),
        ("haste=1", UsageError, "false, true"),
        (f"{WORKERS}=many", UsageError, "0, 1, 2"),
        ("hast=true", UnknownNameError, "did you mean 'haste'"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, kind, says) -> None:
    with pytest.raises(kind, match=says):
        read_changes("fake", [text])


def test_variables_follow_the_options() -> None:
    assert environment("fake", {"haste": True}) == {"LAPTIME_FAKE_TUNED": "1"}
    assert environment("fake", {"haste": False}) == environment("fake", {}) == {}


def test_lines_are_those_of_the_chosen_values() -> None:
    assert lines("fake", resolve("fake", "tuned")) == {"haste=true": "hurry()"}
    assert lines("fake", resolve("fake", "plain")) == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_literal_of_an_engine_means_one_of_its_options(engine) -> None:
    facts, known = registry.peek("engines", engine), all_options(engine)
    assert not set(facts["OPTIONS"]) & set(SUPPLY)
    values = {f"{name}={told(value)}" for name, among in known.items() for value in among}
    for setup in facts["SETUPS"]:
        assert all(value in known[name] for name, value in resolve(engine, setup).items())
    keys = {key.partition(";")[0] for key in facts.get("ENVIRONMENT", {})}
    assert keys <= values | {""}
    assert set(facts.get("LINES", {})) <= values
    # Whatever `tuned` changes, a user can write too.
    first, tuned = (resolve(engine, list(facts["SETUPS"])[place]) for place in (0, -1))
    changed = {name: value for name, value in tuned.items() if value != first[name]}
    assert lines(engine, changed).keys() == {f"{n}={told(v)}" for n, v in changed.items()}


def test_variables_that_mean_nothing_here_are_neither_set_nor_advised(plug_in) -> None:
    literals = """OPTIONS = {"haste": (False, True)}
SETUPS = {"plain": {}, "tuned": {"haste": True}}
ENVIRONMENT = {"": {"ALWAYS": "1"}, "haste=true; sys_platform == 'nowhere'": {"HASTE": "1"}}
LINES = {"haste=true": "export HASTE=1"}
"""
    plug_in("elsewhere", FAKE + literals)
    options = resolve("elsewhere", "tuned")
    assert environment("elsewhere", options) == {"ALWAYS": "1"}
    assert lines("elsewhere", options) == {}
    assert by_environment("elsewhere") == frozenset()
    plug_in("here", FAKE + literals.replace("== 'nowhere'", "!= 'nowhere'"))
    assert environment("here", options) == {"ALWAYS": "1", "HASTE": "1"}
    assert lines("here", options) == {"haste=true": "export HASTE=1"}
    assert by_environment("here") == {"haste"}
