"""How far the sizes of a kernel are climbed, and what comes of it."""

from laptime.probes.cells import Cell, Place, Station, places
from laptime.probes.table import kind_of
from laptime.runner.bursts import Burst

TORCH = Station("torch", "all")


def cell(kind: str = "matmul", *, threads: int = 4) -> Cell:
    return Cell(Place(TORCH, kind_of(kind), "cpu", "float32"), threads=threads)


def climb(found: Cell, speed) -> list[int]:
    """Sizes that are tried where one of `size` runs at so many GFLOP/s."""
    tried = []
    while (size := found.next_size()) is not None:
        tried.append(size)
        call_s = found.place.kind.work(size) / speed(size) / 1e9
        found.take([Burst(1, call_s, call_s)], size=size, round_number=1)
    return tried


def test_sizes_are_climbed_while_they_are_faster() -> None:
    found = cell()
    assert climb(found, lambda size: min(100.0, size / 10.24)) == [512, 1024, 2048]
    assert found.best_size in (1024, 2048)


def test_a_slow_engine_is_not_asked_for_large_sizes() -> None:
    assert climb(cell(), lambda _: 1.0) == [512]


def test_a_kernel_of_one_size_is_tried_once() -> None:
    assert climb(cell("copy"), lambda _: 1000.0) == [128_000_000]
    assert climb(cell("jpeg", threads=3), lambda _: 1.0) == [3]


def test_the_row_is_of_the_fastest_size() -> None:
    found = cell()
    climb(found, lambda size: 100.0 if size == 1024 else 50.0)
    row = found.row()
    assert row
    assert row.size == 1024
    assert row.gflop_per_s == 100.0 or abs(row.gflop_per_s - 100) < 1e-6


def test_what_fails_later_keeps_its_figure() -> None:
    found = cell("copy")
    climb(found, lambda _: 10.0)
    found.fail("killed", "ended by SIGKILL")
    row = found.row()
    assert row
    assert row.value
    assert (row.outcome, row.message) == ("killed", "ended by SIGKILL")
    assert not found.is_measured


def test_what_never_worked_says_why() -> None:
    found = cell("depthwise")
    assert found.row() is None
    found.fail("unsupported", "no kernel 'depthwise'")
    row = found.row()
    assert row
    assert (row.outcome, row.value, row.trials) == ("unsupported", None, ())
    assert found.next_size() is None


def test_places_of_an_engine_have_its_precisions_alone() -> None:
    found = places(TORCH, device="cpu", precisions=("float32",))
    assert {place.precision for place in found} == {"float32"}
    more = places(TORCH, device="cpu", precisions=("float32", "bfloat16"))
    assert {p.kind.name for p in more if p.precision == "bfloat16"} == {"matmul", "conv3x3"}
