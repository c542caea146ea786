from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime import registry
from laptime.cli import _listings
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
    monkeypatch.setattr(_listings.importlib.util, "find_spec", lambda _: None)
    assert "missing: pip install 'laptime[torch]'" in laptime("list", "engines")[1]
    [torch] = [item for item in document("list", "engines")["results"] if item["name"] == "torch"]
    assert (torch["is_installed"], torch["version"]) == (False, None)


def test_module_without_a_distribution_has_no_version(tmp_path, monkeypatch) -> None:
    package = tmp_path / "withoutany"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert _listings._version("withoutany") is None
    (tmp_path / "withoutany-1.2.3+cpu.dist-info").mkdir()
    assert _listings._version("withoutany") == "1.2.3+cpu"


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
