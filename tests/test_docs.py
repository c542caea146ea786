"""The documentation says what the code does: links, commands, thresholds, fields and examples."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
import types
import typing
from pathlib import Path

import click
import numpy as np
import pytest

from laptime import checks, conditions, errors, plausible, record, registry
from laptime.cli import root
from laptime.doctor import Verdict
from laptime.errors import UnknownNameError
from laptime.exporters import _rows
from laptime.proof import judge
from laptime.runner import plan, setups
from laptime.store import Store
from laptime.video import record as videos
from tests import prose
from tests.kinds import kinds
from tests.video import cases

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
MODULES = {
    **dict.fromkeys(
        ("budget", "checks", "comparison", "conditions", "datasets", "doctor", "limits"), ""
    ),
    **dict.fromkeys(("reasons", "redact", "stats", "steady", "stopping", "summary", "trend"), ""),
    **dict.fromkeys(("energy", "joules", "plausible", "series"), ""),
    **dict.fromkeys(("child", "lap", "parent", "plan"), "runner."),
    **dict.fromkeys(("cells", "earlier", "flags", "measure"), "probes."),
    **dict.fromkeys(
        ("bench", "probing", "reference", "resting", "sampling", "standard", "supply"), "runner."
    ),
    **dict.fromkeys(("_by",), "cli."),
    **dict.fromkeys(("clips", "comparing", "encoders", "export"), "video."),
    **dict.fromkeys(("grouping", "recommending"), "recommend."),
    **dict.fromkeys(("incoming", "sending"), "exchange."),
}


def page(name):
    return (DOCS / name).read_text("utf-8")


def identity(path):
    return path.name


# Links


@pytest.mark.parametrize("path", PAGES, ids=identity)
def test_every_link_leads_somewhere(path):
    assert prose.broken_links(path) == []


def test_a_broken_link_is_found(tmp_path):
    text = "# A b\n[x](gone.md) [y](#a-b) [z](#gone) [w](https://example.org)\n"
    (tmp_path / "a.md").write_text(text)
    assert prose.broken_links(tmp_path / "a.md") == ["gone.md", "#gone"]


def test_every_page_is_on_the_map():
    linked = {target.partition("#")[0] for target in prose.links(page("index.md"))}
    assert linked == {path.name for path in DOCS.glob("*.md")} - {"index.md"}


# Commands


@pytest.mark.parametrize("path", PAGES, ids=identity)
def test_every_command_is_understood(path):
    for arguments in prose.commands(path.read_text("utf-8")):
        try:
            name, given = prose.parsed(root, arguments)
            if name.endswith(" run") and path.name != "adding.md":
                check_names(given)
        except click.exceptions.Exit:
            continue  # --help and --version
        except (click.ClickException, errors.LaptimeError) as error:
            pytest.fail(f"laptime {' '.join(arguments)}: {error}")


def check_names(given):
    plan.choose_workloads(given["workloads"], suite=given["suite"])
    for engine in [name for name in given["engines"] if name != plan.ALL] or ["torch"]:
        plan.check_choices(engine, device=given["device"], precision=given["precision"])
        for name in given["setups"] or [None]:
            setups.choose_setup(engine, name)
        setups.read_changes(engine, given["changes"])


def test_getting_started_shows_commands():
    assert len(list(prose.commands(page("getting-started.md")))) > 10


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("laptime run --profile full  # all of it", ["run", "--profile", "full"]),
        ("$ LAPTIME_STORE=x laptime show | less", ["show"]),
        ("laptime list --json > here.json", ["list", "--json"]),
        ("pip install x && laptime data list", ["data", "list"]),
        ("laptime compare a b --fail-if 'slower by 5%'",
         ["compare", "a", "b", "--fail-if", "slower by 5%"]),
    ],
)  # fmt: skip
def test_commands_are_found(line, expected):
    assert list(prose.commands(f"```sh\n{line}\n```\n")) == [expected]


@pytest.mark.parametrize(
    "arguments", [["run", "--profile", "fast"], ["show", "--nope"], ["compare", "a"]]
)
def test_a_wrong_command_is_refused(arguments):
    with pytest.raises(click.ClickException):
        prose.parsed(root, arguments)


def test_a_wrong_name_is_refused():
    with pytest.raises(UnknownNameError):
        prose.parsed(root, ["rum"])
    with pytest.raises(UnknownNameError):
        check_names(prose.parsed(root, ["run", "nope"])[1])


# Thresholds, flags, exit codes


def value_of(module, name):
    if module in registry.names("doctor"):
        return getattr(registry.load("doctor", module), name)
    if module == "torch":
        return registry.peek("engines", "torch")[name]
    return getattr(importlib.import_module(f"laptime.{MODULES[module]}{module}"), name)


@pytest.mark.parametrize("path", PAGES, ids=identity)
def test_every_figure_is_that_of_the_code(path):
    text = path.read_text("utf-8")
    for module, name, told in prose.constants(text):
        value = value_of(module, name)
        if isinstance(value, tuple):  # of which `told` is the last
            assert f"{', '.join(map(str, value))} (`{module}.{name}`)" in text
        else:
            assert told == pytest.approx(value), f"{module}.{name}"


def test_a_wrong_figure_is_found():
    text = "at least 0.5 s (`lap.BLOCK_S`), by 2\n% (`a.B`), often (`a.C`), 1,500 (`a.D`)"
    found = [("lap", "BLOCK_S", 0.5), ("a", "B", 0.02), ("a", "C", None), ("a", "D", 1500.0)]
    assert list(prose.constants(text)) == found


def test_every_limit_of_the_checks_is_told():
    limits = {n for n, value in vars(checks).items() if isinstance(value, float) or "LIMIT" in n}
    told = {name for module, name, _ in prose.constants(page("measuring.md")) if module == "checks"}
    assert limits == told


def test_every_check_of_the_doctor_is_told():
    assert sorted(prose.table(page("doctor.md"), "Checks")) == registry.names("doctor")


def test_every_outcome_of_a_check_is_told():
    told = prose.table(page("doctor.md"), "Outcomes")
    assert set(told) == set(typing.get_args(Verdict))


def test_the_example_of_a_check_answers(plug_in, tmp_path):
    rows = json.loads(laptime("doctor", "--fast", "--json", site=plug_in, store=tmp_path / "store"))
    [row] = [row for row in rows["results"] if row["name"] == "wind"]
    assert row["outcome"] == "ok"


def test_the_example_of_an_exporter_writes(plug_in, tmp_path):
    store = tmp_path / "store"
    laptime("run", "mnist-mlp", "--engine", "fake", "--data", "synthetic", store=store)
    laptime("export", "latest", "-o", "names.txt", "--yes", site=plug_in, store=store)
    assert (tmp_path / "names.txt").read_text("utf-8").endswith(" mnist-mlp\n")


def test_every_exporter_is_told():
    told = page("exporting.md")
    for name in registry.names("exporters"):
        facts = registry.peek("exporters", name)
        assert f"`{name}`" in told
        assert facts["ENDING"] is None or f"| `{facts['ENDING']}` | `{name}` |" in told
        assert facts["EXTRA"] is None or f'".[{facts["EXTRA"]}]"' in told


def test_every_column_of_a_table_is_told_with_its_type():
    kinds = {str: "string", int: "integer", float: "number", bool: "boolean"}
    results = {name: column.kind for name, column in _rows.RESULTS.items()}
    for heading, columns in (("results", results), ("blocks", _rows.BLOCKS)):
        told = prose.table(page("exporting.md"), f"Columns of {heading}")
        assert {name: cells[0] for name, cells in told.items()} == {
            name: kinds[kind] for name, kind in columns.items()
        }


def test_the_published_schemas_are_linked():
    links = {link for link in prose.links(page("exporting.md")) if link.startswith("schema/")}
    assert links == {f"schema/{path.name}" for path in (DOCS / "schema").glob("*.json")}


TRAINING = [name for name in registry.names("engines") if plan.engine_facts(name)["MODULES"]]


def test_every_engine_is_told_with_how_to_install_it():
    told = prose.table(page("engines.md"), "Engines")
    assert sorted(told) == TRAINING
    for engine, (install, _, first) in told.items():
        facts = plan.engine_facts(engine)
        assert f".[{facts['EXTRA']}]" in install
        assert first.strip("`") == setups.choose_setup(engine, None)


@pytest.mark.parametrize("engine", TRAINING)
def test_every_option_is_told_with_its_values(engine):
    told = prose.table(page("engines.md"), engine)
    options = plan.engine_facts(engine)["OPTIONS"]
    shown = {name: ", ".join(f"`{setups.told(v)}`" for v in of) for name, of in options.items()}
    assert {name: cells[0] for name, cells in told.items()} == shown


def test_every_sensor_is_told_with_what_it_needs():
    told = prose.table(page("sensors.md"), "What there is")
    assert sorted(told) == registry.names("sensors")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for name, (*_, needs, tried) in told.items():
        extra = registry.peek("sensors", name)["EXTRA"]
        assert extra is None or f".[{extra}]" in needs
        assert extra is None or extra in extras["optional-dependencies"]
        assert tried


def test_every_quantity_is_told():
    units = "|".join(sorted(plausible.BOUNDS))
    sources = [path.read_text("utf-8") for path in (ROOT / "src/laptime/sensors").glob("*.py")]
    named = {name for text in sources for name in re.findall(rf'"([a-z_]+(?:{units}))"', text)}
    assert set(prose.table(page("sensors.md"), "Quantities")) == named


def test_the_example_sensor_is_read(plug_in, monkeypatch):
    monkeypatch.syspath_prepend(str(plug_in))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(plug_in), *sys.path]))
    registry._leaves.cache_clear()
    try:
        sensor = registry.load("sensors", "load").open_sensor()
        assert sensor.opened.quantities[0].key == "wanted_cores"
        (load,) = sensor.read(0)
        assert load >= 0
    finally:
        registry._leaves.cache_clear()


def test_every_extra_of_an_engine_exists():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert {plan.engine_facts(engine)["EXTRA"] for engine in TRAINING} <= set(extras)
    assert all(re.search(rf"\b{engine}\b", " ".join(extras["all"])) for engine in TRAINING)


def test_every_limit_of_the_proof_is_told():
    told = prose.table(page("engines.md"), "What is compared")
    figures = {float(each) for cells in told.values() for each in re.findall(r"\de-\d", cells[0])}
    limits = {n: value for n, value in vars(judge).items() if n.endswith("_LIMIT")}
    assert figures == set(limits.values())


def test_every_flag_is_told():
    trees = [ast.parse(Path(each.__file__).read_text("utf-8")) for each in (checks, conditions)]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    flags = {
        ast.literal_eval(keyword.value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Flag"
        for keyword in call.keywords
        if keyword.arg == "name"
    }
    assert flags
    assert set(prose.table(page("measuring.md"), "Flags")) == flags


def test_every_exit_code_is_told():
    codes = {str(value) for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert set(prose.table(page("getting-started.md"), "Exit codes")) == codes


def test_every_column_of_the_screen_is_told():
    terminal = registry.load("reports", "terminal")
    shown = re.findall(r"^ +\| `([^`]+)` \|", page("getting-started.md"), re.MULTILINE)
    assert tuple(shown) == terminal._HEADINGS


def test_every_variable_is_told():
    sources = [path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py")]
    read = {name for text in sources for name in re.findall(r"\"(LAPTIME_[A-Z]+)\"", text)}
    told = set(prose.table(page("getting-started.md"), "Variables"))
    assert {name for name in told if name.startswith("LAPTIME_")} == read


# The record


def words(hint):
    """A type as the page calls it."""
    plain = {str: "string", int: "integer", float: "number", bool: "boolean"}
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if hint in plain:
        return plain[hint]
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{each}`" for each in inside)
    if origin in (tuple, dict):
        return f"list of {words(inside[0])}" if origin is tuple else f"object of {words(inside[1])}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if each is type(None) else words(each) for each in inside)
    return f"[{hint.__name__}](#{hint.__name__.lower()})"


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_field_is_told_with_its_type(kind):
    told = prose.table(page("records.md"), kind.__name__)
    assert list(told) == list(kind.__struct_fields__)
    hints = typing.get_type_hints(kind)
    assert {name: cells[0] for name, cells in told.items()} == {n: words(hints[n]) for n in told}


def test_no_kind_is_told_that_is_none():
    fields = page("records.md").partition("\n## Fields\n")[2]
    told = re.findall(r"^### (\w+)$", fields, re.MULTILINE)
    assert sorted(told) == sorted(kind.__name__ for kind in kinds())


def test_every_outcome_is_told():
    told = prose.table(page("records.md"), "Outcomes")
    assert set(told) == set(typing.get_args(record.Outcome))


def test_the_format_is_told():
    assert f"`format` is a whole number, now {record.FORMAT}." in page("records.md")


# Examples


def laptime(*arguments, site=None, store, **variables):
    """Runs a command in a process of its own; it must succeed."""
    environment = {**os.environ, "LAPTIME_STORE": str(store), "COLUMNS": "100", **variables}
    if site:
        paths = (str(site), os.environ.get("PYTHONPATH"))
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    done = subprocess.run(
        [sys.executable, "-m", "laptime", *arguments],
        capture_output=True,
        check=False,
        cwd=store.parent,
        encoding="utf-8",
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def plug_in(tmp_path_factory):
    """The package of adding.md, in a folder of PYTHONPATH."""
    site = tmp_path_factory.mktemp("site")
    for fence in prose.fences(page("adding.md")):
        if fence.language == "python":
            path = site / fence.text.partition("\n")[0].removeprefix("# ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fence.text, "utf-8")
    return site


def test_the_examples_join_every_room(plug_in, tmp_path):
    listed = json.loads(laptime("list", "--json", site=plug_in, store=tmp_path / "store"))
    names = {item["name"] for item in listed["results"]}
    assert {"blobs-mlp", "blobs", "plain-numpy"} <= names
    assert {path.name for path in (plug_in / "laptime_mine").iterdir()} == set(registry.ROOMS)


def test_the_examples_train_and_report(plug_in, tmp_path):
    store = tmp_path / "store"
    run = ["run", "blobs-mlp", "--engine", "plain-numpy", "--profile", "full"]
    text = laptime(*run, "--data", "synthetic", "--json", site=plug_in, store=store)
    (result,) = json.loads(text)["results"]
    # A plug-in's workload without a file of bands is not judged; that it learned shows.
    assert (result["outcome"], result["learned"]) == ("ok", None)
    assert result["test_accuracy"] > 0.8
    line = laptime("show", "--report", "oneline", site=plug_in, store=store)
    assert line.startswith("blobs-mlp plain-numpy plain ok ")
    compared = laptime(
        "compare", "latest", "latest", "--report", "oneline", site=plug_in, store=store
    )
    assert len(compared.splitlines()) == 2


def test_the_example_reads_real_data(plug_in, tmp_path):
    draw = np.random.default_rng(0).integers
    counts = {"train": 1_600, "test": 400}
    images = {f"{p}_x": draw(0, 256, (n, 8, 8, 1), np.uint8) for p, n in counts.items()}
    labels = {f"{p}_y": draw(0, 2, n, np.uint8) for p, n in counts.items()}
    np.savez(tmp_path / "blobs.npz", **images, **labels)
    run = ["run", "blobs-mlp", "--engine", "plain-numpy", "--profile", "full", "--json"]
    chosen = ["--data", "real", "--data-dir", str(tmp_path)]
    text = laptime(*run, *chosen, site=plug_in, store=tmp_path / "store")
    (result,) = json.loads(text)["results"]
    assert (result["data"], result["learned"]) == ("real", None)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with a store, a training and a video export in it, and the training's record."""
    folder = tmp_path_factory.mktemp("recorded")
    store = folder / "store"
    laptime("run", "mnist-mlp", "--engine", "fake", "--data", "synthetic", store=store)
    videos.save(Store(store), cases.RESULT)
    (folder / "result.json").write_text(laptime("show", "--raw", store=store), "utf-8")
    return folder


EXAMPLES = [
    (path.name, number, *example)
    for path in PAGES
    for number, example in enumerate(prose.examples(path.read_text("utf-8")), 1)
]
RUN = [
    pytest.param(name, text, id=f"{name}-{number}")
    for name, number, text, reason in EXAMPLES
    if reason is None and name != "adding.md"  # whose examples are files of a plug-in
]
SHOWN = {"sensors.md": "tree_cores"}
"""Page -> what its examples print, where it is known."""


@pytest.mark.parametrize(("name", "example"), RUN)
def test_the_examples_run(name, example, recorded, monkeypatch, capsys):
    monkeypatch.chdir(recorded)
    monkeypatch.setenv("LAPTIME_STORE", str(recorded / "store"))
    exec(compile(example, name, "exec"), {})  # noqa: S102 - our own page
    shown = capsys.readouterr().out
    assert shown.strip()
    assert SHOWN.get(name, "") in shown


def test_every_example_of_adding_is_a_file_of_the_plug_in():
    told = [text.partition("\n")[0] for name, _, text, _ in EXAMPLES if name == "adding.md"]
    assert all(re.fullmatch(r"# laptime_mine/(\w+/)?\w+\.py", each) for each in told), told
    assert len(set(told)) == len(told) >= len(registry.ROOMS)


def test_what_is_not_run_says_why():
    reasons = [reason for *_, reason in EXAMPLES if reason is not None]
    named = [path for reason in reasons for path in re.findall(r"tests/[\w/]+\.py", reason)]
    assert [each for each in [*reasons, *named] if len(each) < 10] == []
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_an_example_and_its_reason_are_found():
    text = "<!-- not run: it needs\na sun -->\n\n```python\na\n```\n```sh\nb\n```\n```py\nc\n```\n"
    assert list(prose.examples(text)) == [("a\n", "it needs\na sun"), ("c\n", None)]


def test_the_pages_have_examples():
    assert {"adding.md", "records.md", "sensors.md", "video.md"} <= {name for name, *_ in EXAMPLES}
