"""Probes and video exports in `laptime show`, `list` and `compare`."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from laptime.cli._answer import probed_roofs
from laptime.errors import EXIT_THRESHOLD, EXIT_USAGE, UsageError
from laptime.probes import saved, scores
from laptime.probes.roofs import roofs_of
from laptime.video import record
from tests.probes.samples import all_rows, probe
from tests.runs import quick
from tests.video import cases

PROBE, FASTER = "20261122-001905-probe-a", "20261122-001906-probe-b"
EXPORT, OTHER = "20261122-001907-video-c", "20261122-001908-video-d"
TRAINING = "20261122-001909-training-e"


@pytest.fixture(autouse=True)
def filled(store, monkeypatch):
    monkeypatch.setattr(scores, "reference", lambda: probe(all_rows()))
    saved.save(probe(all_rows(), id=PROBE), store=store)
    saved.save(probe(all_rows(faster=2.0), id=FASTER), store=store)
    record.save(store, cases.result(id=EXPORT))
    record.save(store, cases.result(id=OTHER, clip=replace(cases.CLIP, name="large")))
    store.save(quick(id=TRAINING))


def test_probes_are_compared(laptime, document) -> None:
    code, text = laptime("compare", PROBE, FASTER)
    assert not code
    assert "2.0" in text
    [row] = document("compare", PROBE, FASTER)["results"]
    assert {each["verdict"] for each in row["scores"]} == {"faster"}


def test_a_threshold_holds_for_them_too(laptime) -> None:
    gate = ("--fail-if", "slower by 5%")
    assert laptime("compare", FASTER, PROBE, *gate)[0] == EXIT_THRESHOLD
    assert not laptime("compare", PROBE, FASTER, *gate)[0]


def test_exports_of_two_clips_are_not_comparable(laptime) -> None:
    code, text = laptime("compare", EXPORT, OTHER)
    assert code == EXIT_USAGE
    assert "another clip" in text


def test_kinds_do_not_mix(laptime) -> None:
    with pytest.raises(UsageError, match="a probe and a video export are different tests"):
        laptime("compare", PROBE, EXPORT)


def test_there_is_no_markdown_of_them(laptime) -> None:
    with pytest.raises(UsageError, match="terminal or json"):
        laptime("compare", PROBE, FASTER, "--report", "markdown")


@pytest.mark.parametrize(("name", "word"), [(PROBE, "matrix product"), (EXPORT, "libx264")])
def test_they_are_shown_again(laptime, document, name, word) -> None:
    assert word in laptime("show", name)[1]
    assert document("show", name)["results"]
    assert json.loads(laptime("show", name, "--raw")[1])["id"] == name


def test_latest_is_a_training(document) -> None:
    assert document("show")["results"][0]["id"] == TRAINING


def test_the_newest_whole_probe_gives_the_roofs(store) -> None:
    """One that was cut short has seen only the first sizes of its kernels."""
    cut = probe(all_rows(faster=9.0), id="20261122-002000-probe-z", outcome="interrupted")
    saved.save(cut, store=store)
    [whole] = roofs_of(probe(all_rows(faster=2.0))).values()
    assert list(probed_roofs(store).values()) == [whole]


def test_they_are_listed(laptime, document) -> None:
    text = laptime("list", "probes")[1]
    assert text.index("2,000") < text.index("1,000")
    assert [each["id"] for each in document("list", "probes")["results"]] == [FASTER, PROBE]
    assert "libx264" in laptime("list", "videos")[1]
    assert [each["id"] for each in document("list", "videos")["results"]] == [OTHER, EXPORT]


def test_published_figures_stand_beside_them_for_orientation(laptime, document) -> None:
    text = " ".join(laptime("show", PROBE)[1].split())
    assert "geekbench5 multi core, grade D" in text
    assert "1.6 times" in text
    text = laptime("show", EXPORT)[1]
    assert "video-export-small-h264" in text
    assert "for orientation only" in text
    told = document("show", EXPORT)["published"]
    assert {row["grade"] for row in told["rows"]} == {"D"}
