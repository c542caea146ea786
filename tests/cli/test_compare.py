from __future__ import annotations

import re

import click
import pytest
from msgspec.structs import replace

from laptime import machine
from laptime.cli import root
from laptime.errors import EXIT_ENVIRONMENT, EXIT_THRESHOLD, EXIT_USAGE, RecordError, UsageError
from tests.runs import SMALL, quick, quick_process, race
from tests.samples import MACHINE, SETUP

BASE, SLOWER, OTHER = "20261122-001905-a", "20261122-001906-b", "20261122-001907-c"


@pytest.fixture(autouse=True)
def filled(store):
    store.save(quick(id=BASE))
    store.save(quick(quick_process(walls_s=(0.6,) * 5), id=SLOWER))
    store.save(quick(id=OTHER, work=replace(SMALL, batch_size=64)))
    return store


def test_ratio_and_verdict(laptime, document) -> None:
    code, text = laptime("compare", BASE, SLOWER)
    assert not code
    assert "slower" in text
    [row] = document("compare", BASE, SLOWER)["results"]
    assert row["speed_ratio"] == pytest.approx(0.5 / 0.6)


def test_threshold_crossed_ends_with_5(laptime) -> None:
    assert laptime("compare", BASE, SLOWER, "--fail-if", "slower by 5%")[0] == EXIT_THRESHOLD
    assert not laptime("compare", BASE, SLOWER, "--fail-if", "slower by 20%")[0]


def test_unlike_work_is_a_row_with_its_reason(laptime) -> None:
    code, text = laptime("compare", BASE, SLOWER, OTHER)
    assert not code
    assert "not comparable" in text
    assert "other work" in text


def test_nothing_comparable_ends_with_2(laptime) -> None:
    assert laptime("compare", BASE, OTHER)[0] == EXIT_USAGE


def test_a_gate_does_not_open_by_an_incomparable_result(laptime) -> None:
    gate = ("--fail-if", "slower by 50%")
    assert laptime("compare", BASE, SLOWER, OTHER, *gate)[0] == EXIT_USAGE


def test_markdown(laptime) -> None:
    printed = laptime("compare", BASE, SLOWER, "--report", "markdown")[1]
    assert re.search(r"\| 0\.83\d*x \| 0\.8\d*-0\.8\d* \| slower \|", printed), printed


def test_bad_choices_are_refused_before_anything_is_read(laptime) -> None:
    with pytest.raises(UsageError, match="threshold"):
        laptime("compare", BASE, "nothing", "--fail-if", "whatever")
    with pytest.raises(UsageError, match="exclude"):
        laptime("compare", BASE, SLOWER, "--json", "--report", "markdown")


@pytest.fixture
def here(store, monkeypatch):
    """A store with three engines of this machine, an older result and one of another machine."""
    monkeypatch.setattr(machine, "describe", lambda: quick().machine)
    for result in race():
        store.save(result)
    store.save(quick(id="20261121-000000-old", work=replace(SMALL, epochs=1)))
    store.save(quick(id="20261123-000000-other", machine=replace(MACHINE, chip="another")))
    return store


def test_by_engine_the_newest_of_each_on_this_machine(laptime, document, here) -> None:
    code, text = laptime("compare", "--by", "engine")
    assert not code
    assert text.index("torch cpu plain") < text.index("keras-jax cpu published")
    assert "it ended with 'oom'" in text
    assert "among published times" not in text
    rows = {row["engine"]: row for row in document("compare", "--by", "engine")["results"]}
    assert rows["torch"]["id"] == quick().id
    assert (rows["torch"]["speed_ratio"], rows["torch"]["label"]) == (1.0, None)
    assert rows["keras-jax"]["speed_ratio"] == pytest.approx(0.5)
    assert rows["keras-jax"]["label"] == "same recipe, other precision"
    assert (rows["mlx"]["comparable"], rows["mlx"]["speed_ratio"]) == (False, None)


def test_by_engine_of_some_workloads_and_in_markdown(laptime, here) -> None:
    here.save(quick(id="20261124-a", work=replace(SMALL, workload="mnist-mlp"), setup=SETUP))
    text = laptime("compare", "--by", "engine", "mnist-*", "--report", "markdown")[1]
    assert "mnist-mlp" in text
    assert "cifar10" not in text


def test_by_engine_without_results_says_what_to_run(laptime, here) -> None:
    with pytest.raises(UsageError, match="laptime run catsdogs-cnn --engine all"):
        laptime("compare", "--by", "engine", "catsdogs-cnn")
    with pytest.raises(UsageError, match="baseline"):
        laptime("compare", "--by", "engine", "--fail-if", "slower by 5%")


def test_one_result_is_no_comparison(laptime) -> None:
    with pytest.raises(click.BadParameter, match="at least one other"):
        laptime("compare", BASE)


def test_one_that_is_cut_in_half_is_a_line_and_the_others_are_compared(laptime, filled, capsys):
    whole = (filled.folder / f"{OTHER}.json").read_bytes()
    (filled.folder / f"{OTHER}.json").write_bytes(whole[: len(whole) // 2])
    assert root.main(["compare", BASE, OTHER, SLOWER], standalone_mode=False) == EXIT_ENVIRONMENT
    printed = capsys.readouterr()
    assert "slower" in printed.out
    assert printed.err.count(f"{OTHER}.json: not a laptime record") == 1
    code, text = laptime("show", OTHER, BASE)
    assert code == EXIT_ENVIRONMENT
    assert "images/s" in text
    with pytest.raises(RecordError, match="not a laptime record"):
        laptime("compare", BASE, OTHER)
