"""The house stands as HOUSE.md draws it: who may import whom, and what no room does.

A new room is a line in `MAY_IMPORT`; a new shared file of words is a name in `VOCABULARY`.
"""

import textwrap
from pathlib import Path

import pytest

import laptime
from tests import house

ROOT = Path(laptime.__file__).parent

VOCABULARY = {"errors", "record", "layers", "networks", "initial", "stats", "redact"}
VOCABULARY |= {
    "optimizers",
    "steady",
    "trend",
    "stopping",
    "budget",
    "summary",
    "reasons",
    "figures",
    "words",
    "layout",
    "document",
    "download",
    "preparation",
    "memory",
    "bands",
    "frozen",
    "outside",
    "series",
    "plausible",
    "energy",
    "joules",
    "consumption",
    "limits",
    "soaking",
    "conditions",
    "estimates",
    "roofline",
    "versioned",
    "whole",
    "kernels",
    "passes",
    "scripts",
    "naming",
    "plain",
}
# What a room's `__init__` promises; to know a contract is not to know its leaves.
CONTRACTS = {"workloads", "datasets", "engines", "sensors", "machine"}
RUNNER = VOCABULARY | {"registry", "store", "pipeline", "weights"} | CONTRACTS
TESTS = RUNNER | {"runner"}  # the rooms that measure something else, with the same runner
ALL = {"*"}
MAY_IMPORT = {
    **dict.fromkeys(VOCABULARY, VOCABULARY),
    "registry": {"errors"},
    "workloads": VOCABULARY,
    "datasets": VOCABULARY,
    "pipeline": VOCABULARY,
    "weights": VOCABULARY,
    "engines": VOCABULARY | {"workloads", "pipeline"},  # a job holds a recipe, and takes batches
    "sensors": VOCABULARY,
    "machine": VOCABULARY,
    "runner": RUNNER,
    "comparison": VOCABULARY,
    "checks": VOCABULARY,
    "ranking": VOCABULARY | {"published"},  # ours among what others published
    # which machine for a use: of what others published, and of one's own results
    "recommend": VOCABULARY | {"published", "ranking", "checks", "comparison"},
    "store": VOCABULARY,
    "index": VOCABULARY | {"store", "checks", "comparison"},
    "history": VOCABULARY | {"comparison"},
    "published": VOCABULARY,
    **dict.fromkeys(("proof", "tune", "probes", "video", "doctor"), TESTS),
    # Its callbacks and timer run in the user's own process; `laptime watch` is its other end.
    "watching": TESTS,
    "charts": VOCABULARY,
    "verdicts": VOCABULARY | {"ranking"},
    "reproduce": TESTS,
    "pictures": VOCABULARY | {"charts"},
    "reports": VOCABULARY
    | {"charts", "comparison", "checks", "history", "published", "pictures", "ranking", "verdicts"},
    "answers": VOCABULARY | {"checks", "probes", "ranking", "reports", "store"},
    "api": VOCABULARY
    | {"answers", "charts", "checks", "comparison", "pictures", "registry", "reports", "store"},
    # The process of an exporter hides the frameworks as a worker does.
    "exchange": TESTS | {"probes", "video", "exporters", "checks"},
    "schema": VOCABULARY | {"exchange"},
    "exporters": VOCABULARY | {"registry", "exchange", "checks", "ranking", "reports"},
    "cli": ALL,
    "__main__": {"cli"},
    "": {"api", "watching"},  # the public names
}
LEAF_ROOMS = {"workloads", "engines", "datasets", "reports", "sensors", "doctor", "exporters"}
FRAMEWORKS = {"torch", "torchvision", "tensorflow", "keras", "jax", "jaxlib", "mlx"}
FRAMEWORKS |= {"lightning", "transformers"}
MAY_USE_FRAMEWORKS = {"engines"}
CALLBACKS = {f"laptime.watching.{name}" for name in ("keras", "lightning", "transformers")}
"""Each imports its library: only a script that trains with it opens them, and nobody else of ours."""
MAY_PRINT = {"cli", "reports"}
LONGEST_FILE = 400


def breaches(root):
    """Every broken rule of a tree, as 'module:line: what is wrong', each once."""
    files = house.sources(root)
    modules = frozenset(source.module for source in files)
    found = []
    for source in files:
        found += [problem for each in house.imports(source, modules) for problem in wrong(each)]
        found += habits(source)
    return list(dict.fromkeys(found))


def wrong(each):
    """What is wrong with one import."""
    here, there = house.room_of(each.importer), house.room_of(each.target)
    place = f"{each.importer}:{each.line}"
    top = each.target.partition(".")[0]
    may_use = here in MAY_USE_FRAMEWORKS or each.importer in CALLBACKS
    if top in FRAMEWORKS and not may_use and not each.for_types:
        return [f"{place}: only engines may import {top}"]
    if top != "laptime":
        return []
    found = []
    if here not in MAY_IMPORT:
        return [f"{place}: the room '{here}' is not in the table"]
    allowed = MAY_IMPORT[here] | {here}
    if there and there not in allowed and allowed.isdisjoint(ALL) and not each.for_types:
        found.append(f"{place}: {here or 'laptime'} may not import {there}")
    if each.target in CALLBACKS or any(each.target.startswith(f"{name}.") for name in CALLBACKS):
        found.append(f"{place}: only the user's script opens {each.target}")
    if there == "cli" and here not in ("cli", "__main__"):
        found.append(f"{place}: nobody imports cli")
    leaf = each.target.split(".")[2:3]
    if there in LEAF_ROOMS and leaf and not (here == there and leaf[0].startswith("_")):
        found.append(f"{place}: only the registry opens the leaf {each.target}")
    return found


def habits(source):
    """What a file does that no file does."""
    found = [(line, "no global statement") for line in house.globals_used(source)]
    if source.room not in MAY_PRINT:
        found += [(line, "only cli and reports print") for line in house.prints(source)]
    found += [(line, "opens something at import") for line in house.opened_at_import(source)]
    length = len(source.path.read_text(encoding="utf-8").splitlines())
    if length > LONGEST_FILE:
        found.append((length, f"longer than {LONGEST_FILE} lines"))
    return [f"{source.module}:{line}: {problem}" for line, problem in found]


def test_the_house_stands():
    found = breaches(ROOT)
    assert not found, "\n".join(found)


def test_the_vocabulary_is_read_downward():
    files = [source for source in house.sources(ROOT) if source.room in VOCABULARY]
    modules = frozenset(source.module for source in house.sources(ROOT))
    edges: dict[str, set[str]] = {}
    for source in files:
        seen = {house.room_of(each.target) for each in house.imports(source, modules)}
        edges.setdefault(source.room, set()).update(seen - {source.room})
    assert house.cycle(edges) == []


def test_a_ring_of_imports_is_seen():
    assert house.cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("comparison.py", "from laptime.store import Store", "comparison may not import store"),
        ("comparison.py", "from laptime import store", "comparison may not import store"),
        ("store.py", "def f():\n    import laptime.runner.plan", "store may not import runner"),
        ("runner/x.py", "from laptime.engines import torch", "only the registry opens"),
        ("runner/x.py", "from ..engines.torch import start", "only the registry opens"),
        ("runner/x.py", "import_module('laptime.engines.torch')", "only the registry opens"),
        ("reports/html.py", "from laptime.reports.markdown import f", "only the registry opens"),
        ("runner/x.py", "from laptime.cli import run", "nobody imports cli"),
        ("workloads/x.py", "import torch.nn as nn", "only engines may import torch"),
        ("watching/timer.py", "def f():\n    import torch", "only engines may import torch"),
        ("watching/x.py", "from laptime.watching.keras import A", "only the user's script opens"),
        ("attic.py", "from laptime.errors import E", "not in the table"),
        ("stats.py", "def f():\n    global x", "no global"),
        ("stats.py", "def f():\n    print(1)", "only cli and reports print"),
        ("stats.py", "TEXT = open('x').read()", "opens something at import"),
        ("stats.py", "class A:\n    x = Path('x').read_text()", "opens something at import"),
        ("stats.py", "import subprocess\nsubprocess.run(['x'])", "opens something at import"),
        ("stats.py", "x = 1\n" * 401, "longer than 400"),
    ],
)
def test_a_planted_breach_is_found(tmp_path, path, text, problem):
    assert any(problem in each for each in breaches(plant(tmp_path, path, text)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("engines/keras.py", "from laptime.engines import _shared, Job\nimport torch"),
        ("engines/keras.py", "from laptime.workloads import Recipe"),
        ("watching/keras.py", "import keras"),
        ("cli/run.py", "from laptime.runner import plan\nprint(1)"),
        ("stats.py", "def f():\n    return open('x')"),
        ("stats.py", "if __name__ == '__main__':\n    open('x')"),
        ("comparison.py", "if TYPE_CHECKING:\n    from laptime.store import Store"),
    ],
)
def test_what_is_allowed_is_no_breach(tmp_path, path, text):
    assert breaches(plant(tmp_path, path, text)) == []


def plant(folder, path, text):
    root = folder / "laptime"
    for name in ("engines/torch.py", "engines/_shared.py", "store.py", "reports/markdown.py", path):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / path).write_text(textwrap.dedent(text) + "\n")
    return root
