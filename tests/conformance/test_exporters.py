"""Every exporter takes every kind of result, in a process of its own."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime import registry
from laptime.exchange.envelope import export_of
from laptime.exchange.sending import Way, send
from laptime.exporters import Outgoing
from tests.probes import samples as probes
from tests.runs import deviating, failed, fitted, full, quick, race, repeated
from tests.samples import make_result
from tests.video import cases as videos

EXPORTERS = registry.names("exporters")
RESULTS = [quick(), failed(), full(), fitted(), deviating(), repeated(), *race(), make_result()]
NAMED = [replace(each, id=f"20261122-00190{k}-x") for k, each in enumerate(RESULTS)]


@pytest.fixture(scope="module")
def everything():
    return Outgoing(export=export_of([*NAMED, probes.probe([probes.row()]), videos.RESULT]))


def test_the_room_has_its_exporters():
    told = {"csv", "json", "markdown", "mlflow", "mlperf", "parquet", "tensorboard"}
    assert set(EXPORTERS) >= told


@pytest.mark.parametrize("name", EXPORTERS)
def test_it_is_known_before_it_is_opened(name):
    facts = registry.peek("exporters", name)
    assert facts["TITLE"]
    assert facts["ENDING"] is None or facts["ENDING"].startswith(".")
    assert (facts["ENDING"] is None) == (facts["PLACE"] is not None)
    assert set(facts["KINDS"]) <= {"results", "probes", "videos"}


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_kind_of_result_goes_out(name, everything, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = "sqlite:///runs.db" if name == "mlflow" else str(tmp_path / "out")
    assert send(Way(name, place), everything).startswith(place)
    assert [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not list(tmp_path.rglob("*.tmp"))
