from __future__ import annotations

import pytest
from msgspec.structs import replace

from laptime.errors import EXIT_THRESHOLD, EXIT_USAGE, UsageError
from tests.runs import SMALL, quick, quick_process

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
    assert "| 0.833x | slower |" in laptime("compare", BASE, SLOWER, "--report", "markdown")[1]


def test_bad_choices_are_refused_before_anything_is_read(laptime) -> None:
    with pytest.raises(UsageError, match="threshold"):
        laptime("compare", BASE, "nothing", "--fail-if", "whatever")
    with pytest.raises(UsageError, match="exclude"):
        laptime("compare", BASE, SLOWER, "--json", "--report", "markdown")
