"""The work of one call, counted by hand, and who is asked for what."""

import pytest

from laptime import kernels
from laptime.errors import UnknownNameError
from laptime.probes.table import KINDS, figure, kind_of, kinds_for, sizes_of


@pytest.mark.parametrize(
    ("kind", "size", "work"),
    [
        ("matmul", 2, 16),  # 2 x 2 x 2 multiply-adds
        ("conv3x3", 1, 3 * 2 * 9 * 128 * 128 * 28 * 28),
        ("conv1x1", 2, 3 * 2 * 128 * 128 * 28 * 28 * 2),
        ("depthwise", 1, 3 * 2 * 9 * 128 * 28 * 28),
        ("elementwise", 8, 16),
        ("softmax", 8, 16),
        ("copy", 8, 16),
        ("triad", 8, 24),
        ("h2d", 8, 8),
        ("launch", 1, 1),
        ("jpeg", 2, 2),
    ],
)
def test_the_work_of_a_call(kind, size, work) -> None:
    assert kind_of(kind).work(size) == work


def test_every_kind_has_a_place() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names) == 11


@pytest.mark.parametrize(
    ("kind", "size", "call_s", "value"),
    [
        ("matmul", 1000, 0.01, 200.0),
        ("triad", 10**9, 0.1, 30.0),
        ("launch", 1, 5e-6, 5.0),
        ("jpeg", 2, 0.001, 2000.0),
    ],
)
def test_figures_in_their_units(kind, size, call_s, value) -> None:
    assert figure(kind_of(kind), size=size, call_s=call_s) == pytest.approx(value)


def test_a_processor_has_no_copy_to_the_device() -> None:
    on_processor = {k.name for k in kinds_for("torch", is_host=False, on_processor=True)}
    elsewhere = {k.name for k in kinds_for("torch", is_host=False, on_processor=False)}
    assert elsewhere - on_processor == {"h2d"}
    assert "jpeg" not in elsewhere


def test_the_host_has_its_own() -> None:
    numpy = {k.name for k in kinds_for("numpy", is_host=True, on_processor=True)}
    assert numpy == {"matmul", "copy", "triad"}
    (jpeg,) = kinds_for("simplejpeg", is_host=True, on_processor=True)
    assert sizes_of(jpeg, threads=8) == (8,)


def test_bytes_are_whole_numbers_and_rows_of_every_precision() -> None:
    sizes = [s for kind in KINDS if kind.unit == "gb_per_s" for s in kind.sizes]
    assert all(size % (4 * kernels.ROW) == 0 for size in sizes)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="matmul"):
        kind_of("matmull")
