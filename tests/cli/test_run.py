"""What `laptime run` can be asked for, and what it then does and writes down.

The device 'slow' of the fake engine takes few steps, so few photos are decoded.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from laptime import datasets, weights
from laptime.cli import root
from laptime.errors import EXIT_WORKLOAD, DataError, UnknownNameError, UsageError
from laptime.record import Result
from laptime.runner import parent
from laptime.runner.plan import choose_workloads
from tests.conformance.test_workloads import ARTICLES
from tests.datasets.alone import isolate

FILES = 40


@pytest.fixture(autouse=True)
def alone(store, monkeypatch, tmp_path) -> None:
    """No data and no weights of this machine; twins of a few files."""
    isolate(monkeypatch, tmp_path)
    monkeypatch.setattr(weights, "find", lambda _: None)
    monkeypatch.setattr(datasets, "QUICK_FILES", FILES)


@pytest.fixture
def run(store, capsys):
    """Runs with the fake engine: exit code, records in order, and what was printed."""

    def call(*arguments: str) -> tuple[int, list[Result], Any]:
        before = set(store.ids())
        code = root.main(["run", "--engine", "fake", *arguments], standalone_mode=False)
        made = [store.load(name) for name in store.ids() if name not in before]
        return code, made, capsys.readouterr()

    return call


@pytest.fixture
def photos(tmp_path) -> Path:
    """Three classes of five."""
    folder = tmp_path / "mine"
    for place, name in enumerate(("bread", "rice", "soup")):
        (folder / name).mkdir(parents=True)
        for number in range(5):
            colour = tuple(80 * (channel == place) + 20 * number for channel in range(3))
            Image.new("RGB", (60, 40), colour).save(folder / name / f"{number}.jpg")
    return folder


# What is run


def test_without_a_name_all_of_the_articles_are_run() -> None:
    assert choose_workloads(()) == ARTICLES
    assert choose_workloads((), suite="articles") == ARTICLES


def test_an_unknown_suite_is_told_with_the_nearest(laptime) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'articles'"):
        laptime("run", "--suite", "article")
    with pytest.raises(UnknownNameError, match="known: articles"):
        laptime("run", "--suite", "nope")


def test_a_suite_and_names_exclude_each_other(laptime) -> None:
    with pytest.raises(UsageError, match="not both"):
        laptime("run", "mnist-mlp", "--suite", "articles")


def test_a_budget_that_is_too_short_is_refused(laptime) -> None:
    with pytest.raises(UsageError, match="give at least 12s"):
        laptime("run", "mnist-mlp", "--profile", "standard", "--budget", "5s")


# Memory


def test_a_smaller_batch_is_tried_and_the_last_try_counts(run) -> None:
    code, made, printed = run("mnist-mlp", "--data", "synthetic", "--device", "tight")
    assert code == 0
    assert {each.work.batch_size for each in made} == {32, 16, 8}
    assert "batch 8 in place of 32: memory too short" in printed.out
    assert "no rank" in printed.out


def test_no_fallback_ends_at_the_first(run) -> None:
    arguments = ("mnist-mlp", "--data", "synthetic", "--device", "tight", "--no-fallback")
    code, [only], _ = run(*arguments)
    assert code == EXIT_WORKLOAD
    assert only.processes[0].outcome == "oom"


def test_a_batch_that_cannot_fit_is_not_even_tried(run, monkeypatch) -> None:
    monkeypatch.setattr(parent.Run, "_available_bytes", lambda _: 1_800_000_000)
    arguments = ("catsdogs-cnn", "--data", "synthetic", "--device", "slow")
    code, [planned], _ = run(*arguments)
    assert (code, planned.work.batch_size) == (0, 32)
    [deviation] = planned.work.deviations
    assert deviation.startswith("batch 32 in place of 64")
    _, [published], _ = run(*arguments, "--no-fallback")
    assert (published.work.batch_size, published.work.deviations) == (64, ())


# Photos


def test_a_twin_is_announced_written_and_used_again(run, tmp_path) -> None:
    arguments = ("createml-food10", "--data", "synthetic", "--device", "slow")
    code, [made], printed = run(*arguments)
    assert code == 0, made.processes[0].message
    assert f"Writing {FILES} synthetic photos into the cache: " in printed.err
    assert len(list((tmp_path / "cache").rglob("*.jpg"))) == FILES
    assert (made.data.train_files or 0) + (made.data.test_files or 0) == FILES
    assert (made.data.skipped_files, made.work.train_count) == (0, 7_500)
    assert made.processes[0].fit
    assert "Writing" not in run(*arguments)[2].err


def test_own_photos_make_another_work(run, photos, document) -> None:
    code, [made], printed = run(
        "food101-efficientnetb0", "--device", "slow", "--data-dir", str(photos)
    )
    assert code == 0
    [told] = made.work.deviations
    assert re.fullmatch(r"own photos \([0-9a-f]{6}\) of 3 classes in place of food101", told)
    assert (made.work.classes, made.work.train_count, made.work.validation_count) == (3, 12, 3)
    used = made.data
    assert (used.name, used.origin, used.train_files, used.test_files) == (
        "photos",
        "folder",
        12,
        3,
    )
    assert (used.kind, made.targets) == ("real", ())
    [summary] = document("show")["results"]
    assert {flag["name"] for flag in summary["flags"]} >= {"deviation", "random_weights"}
    assert f"no rank: {told}" in " ".join(printed.out.split())
    assert str(photos) not in printed.out


def test_a_broken_file_is_left_out_and_counted(run, photos, document) -> None:
    (photos / "soup" / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    code, [made], printed = run("catsdogs-cnn", "--device", "slow", "--data-dir", str(photos))
    assert code == 0
    assert (made.data.train_files or 0) + (made.data.test_files or 0) == 16
    assert made.data.skipped_files == 1
    [summary] = document("show")["results"]
    assert "skipped_files" in {flag["name"] for flag in summary["flags"]}
    assert "could not be read were left out" in printed.out


def test_only_photos_can_be_replaced_by_own_ones(laptime, photos) -> None:
    with pytest.raises(DataError, match="holds none of the data of mnist-mlp"):
        laptime("run", "mnist-mlp", "--engine", "fake", "--data-dir", str(photos))


# Weights


def test_weights_that_are_nowhere_are_fetched_only_if_asked_for(laptime, monkeypatch) -> None:
    def fetch(key: str, **_: Any) -> Path:
        raise DataError(f"{key} cannot be had; run with --weights random")

    monkeypatch.setattr(weights, "fetch", fetch)
    asked = ("run", "mnist-mlp", "catsdogs-vgg16", "--engine", "torch", "--data", "synthetic")
    with pytest.raises(DataError, match="vgg16 cannot be had"):
        laptime(*asked, "--weights", "pretrained")


def test_random_weights_do_not_even_look(run, monkeypatch) -> None:
    monkeypatch.setattr(weights, "find", lambda _: pytest.fail("looked"))
    arguments = ("createml-food10", "--data", "synthetic", "--device", "slow")
    _, [made], _ = run(*arguments, "--weights", "random")
    assert (made.data.weights, made.targets) == ("random", ())


def test_a_network_without_a_frozen_part_has_no_weights_to_choose(run) -> None:
    _, [made], _ = run("mnist-mlp", "--data", "synthetic", "--weights", "pretrained")
    assert made.data.weights is None
