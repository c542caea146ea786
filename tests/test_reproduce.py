from __future__ import annotations

import shlex

import click
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from laptime.cli import root
from laptime.reproduce import command
from tests.runs import full, quick, repeated
from tests.samples import SETUP, WORK
from tests.strategies import results


def understood(line):
    """Whether the command line has these options; nothing is run."""
    program, name, *arguments = shlex.split(line)
    assert (program, name) == ("laptime", "run")
    found = root.get_command(click.Context(root), name)
    return found.make_context(name, arguments, resilient_parsing=False).params


def test_the_line_names_everything_that_decides() -> None:
    assert command(repeated(profile="standard")) == (
        "laptime run cifar10-tinyvgg --engine torch --device cpu --precision float32 --setup plain "
        "--set layout=channels_last --profile standard --data real"
    )


def test_only_choices_that_differ_from_the_setups_name_are_set() -> None:
    same = replace(SETUP, options={"layout": "contiguous", "threads": 8, "compile": "none"})
    assert "--set " not in command(quick(setup=same))
    tuned = replace(SETUP, name="tuned", options={"lean": False, "layout": "channels_last"})
    assert "--set lean=false" in command(quick(setup=tuned))


@pytest.mark.parametrize("result", [quick(), full(), repeated(profile="soak")])
def test_the_command_line_understands_it(result) -> None:
    params = understood(command(result))
    assert params["workloads"] == ("cifar10-tinyvgg",)
    assert params["profile"] == (result.profile if result.profile != "soak" else "quick")
    assert (params["soak"] is not None) == (result.profile == "soak")


def test_an_engine_of_somebody_else_is_named_without_its_options() -> None:
    assert command(quick(setup=replace(SETUP, engine="ours", name="x"))).count("--set ") == 0


def test_a_name_cannot_run_anything_in_a_shell() -> None:
    line = command(quick(work=replace(WORK, workload="a; rm -rf ~\n`b`" + "c" * 1_000_000)))
    assert len(line) < 400
    assert "\n" not in line
    assert shlex.split(line)[2].startswith("a; rm -rf ~ `b`")


@settings(max_examples=10, deadline=None)
@given(results())
def test_any_record_has_a_line(result) -> None:
    assert shlex.split(command(result))[:2] == ["laptime", "run"]
