"""What is remembered, and what happens to a file that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from laptime.errors import RecordError, StoreError
from laptime.tune.winners import Winner, Winners, fastest

ONE = Winner(
    workload="mnist-mlp",
    batch_size=None,
    engine="torch",
    asked="auto",
    device="cpu",
    precision="float32",
    setup="tuned + threads=one",
    options={"threads": "one", "lean": True, "pipeline_workers": 0},
    samples_per_s=1000.0,
    versions={"torch": "2.13.0"},
    found="2026-11-22",
)
OTHER = replace(ONE, engine="mlx", samples_per_s=2000.0)


def test_winners_are_kept_and_replaced(tmp_path) -> None:
    winners = Winners(tmp_path, machine_key="a")
    assert winners.read() == ()
    winners.remember([ONE, OTHER])
    newer = replace(ONE, samples_per_s=500.0, found="2026-12-01")
    winners.remember([newer])
    assert winners.read() == (newer, OTHER)
    assert Winners(tmp_path, machine_key="b").read() == ()
    assert [path.name for path in winners.path.parent.iterdir()] == ["a.json"]


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b'{"format": 1}', b"[" * 100_000])
def test_a_damaged_file_is_told_with_the_remedy_and_replaced(tmp_path, text) -> None:
    winners = Winners(tmp_path, machine_key="a")
    winners.remember([ONE])
    winners.path.write_bytes(text)
    with pytest.raises(RecordError, match=r"damaged.*delete it, and tune again"):
        winners.read()
    winners.remember([OTHER])
    assert winners.read() == (OTHER,)


def test_a_newer_file_is_never_replaced(tmp_path) -> None:
    winners = Winners(tmp_path, machine_key="a")
    winners.remember([ONE])
    winners.path.write_text('{"format": 99, "winners": "of another kind"}')
    with pytest.raises(StoreError, match="newer laptime; upgrade"):
        winners.remember([OTHER])
    assert "99" in winners.path.read_text()


def test_a_folder_that_cannot_be_written_is_told(tmp_path) -> None:
    winners = Winners(tmp_path, machine_key="a")
    winners.path.mkdir(parents=True)  # a folder where the file should be
    with pytest.raises(StoreError, match="cannot read"):
        winners.remember([ONE])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, OTHER),
        ({"engines": ["torch"]}, ONE),
        ({"engines": []}, None),
        ({"device": "cpu"}, OTHER),
        ({"device": "cuda"}, None),
        ({"precision": "bfloat16"}, None),
        ({"workload": "mnist-lenet"}, None),
    ],
)
def test_the_fastest_that_fits_is_taken(changes: dict[str, Any], expected) -> None:
    other_work = replace(OTHER, batch_size=512, samples_per_s=9000.0)
    wanted = {"workload": "mnist-mlp", "device": "auto", "precision": "float32"}
    wanted |= {"engines": ["torch", "mlx"]} | changes
    assert fastest([ONE, OTHER, other_work], **wanted) == expected


def test_what_was_tuned_for_a_device_is_not_taken_for_any() -> None:
    asked = replace(ONE, asked="cpu")
    found = fastest(
        [asked], workload="mnist-mlp", device="auto", precision="float32", engines=["torch"]
    )
    assert found is None
