"""docs/probe.md says what the code does."""

import ast
import typing
from pathlib import Path

import pytest

from laptime.probes import flags
from laptime.probes.record import FORMAT, LibraryUsed, Probe, Row, Trial
from laptime.probes.scores import NAMES
from laptime.probes.table import KINDS
from laptime.probes.text import UNITS
from tests import prose

PAGE = (Path(__file__).parents[2] / "docs/probe.md").read_text("utf-8")


def test_every_kind_is_told_with_its_unit() -> None:
    told = prose.table(PAGE, "What is measured")
    assert {name: cells[-1] for name, cells in told.items()} == {
        kind.name: UNITS[kind.unit] for kind in KINDS
    }


def test_every_score_is_told() -> None:
    assert tuple(prose.table(PAGE, "Scores")) == NAMES


def test_every_flag_is_told() -> None:
    tree = ast.parse(Path(flags.__file__).read_text("utf-8"))
    names = {
        ast.literal_eval(keyword.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Flag"
        for keyword in node.keywords
        if keyword.arg == "name"
    }
    assert set(prose.table(PAGE, "Flags")) == names


@pytest.mark.parametrize("kind", [Probe, Row, Trial, LibraryUsed])
def test_every_field_is_told(kind) -> None:
    told = prose.table(PAGE, kind.__name__)
    assert list(told) == list(kind.__struct_fields__)
    for name, hint in typing.get_type_hints(kind).items():
        if name in told:
            assert ("null" in told[name][0]) == (type(None) in typing.get_args(hint)), name


def test_the_format_is_told() -> None:
    assert f"`format` is a whole number, now {FORMAT}." in PAGE
