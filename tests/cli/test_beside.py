"""`laptime run --with`: the other tests of the articles after the training, in one answer."""

from __future__ import annotations

import json

import pytest

from laptime.cli import root
from laptime.cli._beside import groups_of
from laptime.errors import (
    EXIT_INTERRUPTED,
    EXIT_WORKLOAD,
    EngineUnavailableError,
    UnknownNameError,
)
from laptime.probes import measure, scores
from laptime.video import encoders, export
from tests.probes.samples import all_rows, probe
from tests.video import cases

RUN = ("run", "mnist-mlp", "--engine", "fake", "--data", "synthetic", "--with")


@pytest.fixture(autouse=True)
def others(monkeypatch, store):
    """Neither probes nor encodes; what is asked is written down."""
    asked = []
    monkeypatch.setattr(scores, "reference", lambda: probe(all_rows()))
    monkeypatch.setattr(measure, "choose", _chosen)
    monkeypatch.setattr(measure, "measure", lambda *_, **__: asked.append("probe") or PROBED)
    monkeypatch.setattr(export, "check_installed", lambda: None)
    monkeypatch.setattr(export, "export", lambda *_, **__: asked.append("export") or cases.RESULT)
    monkeypatch.setattr(encoders, "ENCODERS", encoders.ENCODERS[:1])
    return asked


PROBED = probe(all_rows(faster=2.0))


def _chosen(names, *, device):
    return measure.Asked(engines=tuple(names), device=device)


def test_groups_are_read_and_a_wrong_one_is_told() -> None:
    assert groups_of(None) == ()
    assert groups_of("video, probes,video") == ("video", "probes")
    with pytest.raises(UnknownNameError, match="did you mean 'probes'"):
        groups_of("probe")


def test_both_are_made_and_told_after_the_training(laptime, others) -> None:
    code, text = laptime(*RUN, "probes,video")
    assert not code
    assert others == ["probe", "export"]
    assert text.index("mnist-mlp") < text.index("matrix product") < text.index("libx264")


def test_one_document_holds_all(store, capsys) -> None:
    root.main([*RUN, "probes,video", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["results"][0]["workload"] == "mnist-mlp"
    assert told["probe"]["scores"]["multi_core"]["score"] == pytest.approx(2000)
    assert told["videos"]["results"][0]["encoder"] == "libx264"


def test_without_it_nothing_else_is_made(laptime, others, document) -> None:
    assert not {"probe", "videos"} & document(*RUN[:-1]).keys()
    assert others == []


def test_what_is_not_installed_is_told_before_anything_is_trained(
    laptime, store, monkeypatch
) -> None:
    def missing() -> None:
        raise EngineUnavailableError("PyAV is not installed")

    monkeypatch.setattr(export, "check_installed", missing)
    with pytest.raises(EngineUnavailableError):
        laptime(*RUN, "video")
    assert store.ids() == []


def test_an_interrupted_probe_ends_the_run(laptime, others, monkeypatch) -> None:
    cut = probe(all_rows()[:2], outcome="interrupted")
    monkeypatch.setattr(measure, "measure", lambda *_, **__: cut)
    assert laptime(*RUN, "probes,video")[0] == EXIT_INTERRUPTED
    assert others == []


def test_an_encoder_that_fails_ends_with_4(laptime, monkeypatch) -> None:
    bad = cases.result(outcome="environment", phase="encode", message="the disk is full")
    monkeypatch.setattr(export, "export", lambda *_, **__: bad)
    assert laptime(*RUN, "video")[0] == EXIT_WORKLOAD
