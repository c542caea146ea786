from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from laptime import registry
from laptime.cli import _engines, _measured
from laptime.engines import Device
from laptime.runner import available, probing
from laptime.runner.messages import Probed
from tests.plugs import FAKE
from tests.runs import SMALL, failed, quick

EARLY = "20261122-001905-cifar10-tinyvgg-torch-cpu-plain-3f2a"
LATE = "20261123-001905-mnist-mlp-torch-cpu-plain-77aa"


@pytest.fixture
def filled(store):
    store.save(quick(id=EARLY))
    store.save(failed(id=LATE, work=replace(SMALL, workload="mnist-mlp")))
    return store


def test_without_a_kind_everything_at_a_glance(laptime, document) -> None:
    text = laptime("list")[1]
    items = document("list")["results"]
    for room in ("workloads", "engines", "datasets"):
        assert room.capitalize() in text
        assert all(name in text for name in registry.names(room))
        assert {i["name"] for i in items if i["kind"] == room[:-1]} == set(registry.names(room))


def test_missing_engine_has_the_line_to_paste(laptime, document, monkeypatch) -> None:
    monkeypatch.setattr(_engines.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(available, "find_spec", lambda _: None)
    assert "missing: pip install 'laptime[torch]'" in laptime("list", "engines", "--no-try")[1]
    [torch] = [
        item
        for item in document("list", "engines", "--no-try")["results"]
        if item["name"] == "torch"
    ]
    assert (torch["is_installed"], torch["version"]) == (False, None)


def test_what_each_engine_told_is_a_row(laptime, document, capsys, monkeypatch) -> None:
    """One works, one fails as it is imported."""
    told = dict.fromkeys(registry.names("engines"), "ImportError: no libcudart.so.13")
    devices = (Device("cuda", "RTX"), Device("cpu", None))
    told["torch"] = Probed(devices=devices, versions={"torch": "9.9"}, modules=("torch",))
    monkeypatch.setattr(probing, "probe", lambda _: told)
    monkeypatch.setenv("COLUMNS", "200")
    text = " ".join(laptime("list", "engines")[1].split())
    assert "torch 9.9 on cuda, cpu" in text
    assert "does not start" in text
    assert "ImportError: no libcudart.so.13; install it again: pip install 'laptime[mlx]'" in text
    listed = {item["name"]: item for item in document("list", "engines")["results"]}
    assert listed["torch"]["devices_here"][0] == {"key": "cuda", "name": "RTX"}
    assert (listed["torch"]["state"], listed["torch"]["version"]) == ("works", "9.9")
    assert (listed["mlx"]["state"], listed["mlx"]["devices_here"]) == ("broken", None)


def test_trying_is_announced_on_stderr(document, capsys, monkeypatch) -> None:
    monkeypatch.setattr(probing, "probe", lambda _: {})
    _engines.try_all()
    assert "at most 60 s" in capsys.readouterr().err


def test_an_engine_that_cannot_work_here_says_why(laptime, document, plug_in) -> None:
    facts = FAKE + "MODULES = ('nowhere',)\n"
    plug_in("nowhere", facts + "UNAVAILABLE = {\"python_version >= '3'\": 'take another'}")
    plug_in("misread", facts + "UNAVAILABLE = {'whenever': 'never'}")
    plug_in("torn", "MODULES = (")
    assert "take another" in laptime("list", "engines", "--no-try")[1]
    found = {item["name"]: item for item in document("list", "engines", "--no-try")["results"]}
    assert (found["nowhere"]["state"], found["nowhere"]["is_installed"]) == ("unavailable", False)
    assert "marker" in found["misread"]["reason"]
    assert "mend its file" in found["torn"]["reason"]


def test_module_without_a_distribution_has_no_version(tmp_path, monkeypatch) -> None:
    package = tmp_path / "withoutany"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert _engines._version("withoutany") is None
    (tmp_path / "withoutany-1.2.3+cpu.dist-info").mkdir()
    assert _engines._version("withoutany") == "1.2.3+cpu"


def test_results_newest_first(laptime, document, filled) -> None:
    text = laptime("list", "results")[1]
    assert text.index("mnist-mlp") < text.index("cifar10-tinyvgg")
    assert "200.0 ± 0 %" in text
    assert "oom" in text
    assert [result["id"] for result in document("list", "results")["results"]] == [LATE, EARLY]


def test_no_results_yet(laptime, document) -> None:
    assert "laptime run" in laptime("list", "results")[1]
    assert document("list", "results")["results"] == []


def test_a_damaged_record_is_named_and_the_others_are_listed(laptime, filled) -> None:
    (filled.folder / "20261124-000000-broken.json").write_text("{")
    text = laptime("list", "results")[1]
    assert "20261124-000000-broken" in text
    assert "cifar10-tinyvgg" in text


def test_published_tells_true_unit_grade_and_source(laptime, document) -> None:
    text = laptime("list", "published")[1]
    assert "179.7 s" in text
    assert "Bourke" in text
    assert "for orientation only" in text
    assert len(document("list", "published")["results"]) > 70


def test_old_results_are_counted_and_programs_get_all(
    laptime, document, filled, monkeypatch
) -> None:
    monkeypatch.setattr(_measured, "SHOWN", 1)
    text = laptime("list", "results")[1]
    assert "1 older: laptime list results --json" in text
    assert "mnist-mlp" in text
    assert "cifar10" not in text
    assert len(document("list", "results")["results"]) == 2


def test_flags_are_counted(laptime, filled) -> None:
    filled.save(quick(id="20261124-000000-a", run="x"))
    assert re.search(r"images/s +flags +outcome", laptime("list", "results")[1])
