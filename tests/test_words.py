from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime import words
from laptime.summary import summarize
from tests.runs import failed, full, quick
from tests.samples import MACHINE


@pytest.mark.parametrize(
    ("value", "uncertainty", "shown"),
    [
        (6650.3, 266.0, "6,700"),
        (6650.3, 26.0, "6,650"),
        (6650.3, 0.001, "6,650"),
        (6650.3, None, "6,650"),
        (76.4, 4.0, "76"),
        (0.7132, 0.03, "0.71"),
        (123.4, 999.0, "100"),
        (98.0, 0.0, "98.00"),
        (99.0, 0.0995, "99.0"),
        (0.0, 1.0, "0"),
    ],
)
def test_digits_follow_the_uncertainty(value, uncertainty, shown) -> None:
    assert words.number(value, uncertainty=uncertainty) == shown


@given(value=st.floats(1e-9, 1e12), share=st.floats(1e-6, 0.5))
def test_rounding_stays_within_the_uncertainty_or_four_digits(value, share) -> None:
    shown = float(words.number(value, uncertainty=value * share).replace(",", ""))
    assert abs(shown - value) <= max(share, 0.0006) * value * 1.06


@pytest.mark.parametrize(
    ("seconds", "uncertainty", "shown"),
    [
        (0.71, 0.01, "0.71 s"),
        (8.24, 0.3, "8.2 s"),
        (76.4, 4.0, "1 min 16 s"),
        (76.4, 14.0, "1 min 20 s"),
        (119.9, 1.0, "2 min 00 s"),
        (740.0, 75.0, "12 min"),
        (3599.7, 1.0, "1 h 00 min"),
        (7505.0, 60.0, "2 h 05 min"),
    ],
)
def test_durations(seconds, uncertainty, shown) -> None:
    assert words.duration(seconds, uncertainty=uncertainty) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(71.8, 79.6, "72-80 s"), (700.0, 800.0, "11.7-13.3 min"), (7000.0, 9000.0, "1.9-2.5 h")],
)
def test_spans(low, high, shown) -> None:
    assert words.span(low, high) == shown


def test_run_and_learning_in_words() -> None:
    assert words.whole_run(summarize(full())) == ["18.7 s", "measured"]
    assert words.whole_run(summarize(failed())) == ["-"]
    assert words.learned(summarize(quick())) == ["yes,", "50 % (real)"]


def test_machine_tells_limits() -> None:
    assert "10 cores, 16.0 GiB, macOS 15.1" in words.machine(MACHINE)
    small = replace(MACHINE, cores_usable=2.0, memory_limit_bytes=2**32, graphics=())
    told = words.machine(small)
    assert "2 of 10 cores, 4.00 GiB (limit)" in told
    assert told.endswith("no graphics processor seen")


def test_ids_are_cut_where_they_can_still_be_told_apart() -> None:
    ids = ["20261122-001905-mnist-mlp-torch-1", "20261122-001906-mnist-mlp-torch-2"]
    assert words.short(ids) == ["20261122-001905", "20261122-001906"]
    twins = ["20261122-001905-mnist-mlp", "20261122-001905-cifar10-cnn"]
    assert words.short(twins) == ["20261122-001905-mnist", "20261122-001905-cifar10"]
    assert words.short([ids[0], *twins])[0] == "20261122-001905-mnist-mlp-torch"
    assert words.short([*twins, ids[1]])[2] == "20261122-001906"
    assert words.short(["x"]) == ["x"]
    assert words.short([]) == []
