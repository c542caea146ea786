"""What `laptime list` lists, each as rows for people and as items for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from laptime import registry
from laptime.layout import Row

if TYPE_CHECKING:
    from laptime.published import Published


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One thing listed."""

    title: str
    headings: Sequence[str] = ()
    rows: Sequence[Row] = ()
    items: Sequence[Any]
    """For programs."""
    notes: Sequence[str] = ()
    right: Sequence[int] = ()


def workloads() -> Listing:
    """Every workload with the first line of its docstring."""
    items = [
        {"kind": "workload", "name": name, "title": first_line(registry.peek("workloads", name))}
        for name in registry.names("workloads")
    ]
    return Listing(
        title="Workloads",
        headings=("name", "what is trained"),
        rows=[Row([[item["name"]], [item["title"]]]) for item in items],
        items=items,
    )


def datasets() -> Listing:
    """Every dataset; looking for its files is the work of `laptime data list`."""
    items = [_dataset(name) for name in registry.names("datasets")]
    rows = [
        Row(
            [
                [item["name"]],
                [f"{item['train_count']:,} + {item['test_count']:,}"],
                ["x".join(map(str, item["shape"]))],
                [f"{item['download_bytes'] / 1e6:,.0f} MB"],
                [item["title"]],
            ]
        )
        for item in items
    ]
    return Listing(
        title="Datasets",
        headings=("name", "images", "shape", "download", "what it is"),
        rows=rows,
        right=(1, 3),
        items=items,
        notes=["Already on this machine: laptime data list. Else a synthetic twin is trained on."],
    )


def _dataset(name: str) -> dict[str, Any]:
    facts = registry.peek("datasets", name)
    return {
        "kind": "dataset",
        "name": name,
        "title": facts["TITLE"],
        "train_count": facts["TRAIN_COUNT"],
        "test_count": facts["TEST_COUNT"],
        "shape": list(facts["SHAPE"]),
        "classes": facts["CLASSES"],
        "download_bytes": facts["DOWNLOAD_BYTES"],
        "homepage": facts["HOMEPAGE"],
    }


def published() -> Listing:
    """Every published figure with its grade and what it holds; sources are numbered below."""
    from laptime import published as room
    from laptime.ranking import GRADES

    figures = room.rows()
    sources = {source: n for n, source in enumerate(dict.fromkeys(f.source for f in figures), 1)}
    return Listing(
        title=f"{len(figures)} published figures",
        headings=("workload", "figure", "grade", "source", "what is timed", "machine"),
        rows=[
            Row(
                [
                    [figure.workload],
                    [_printed(figure)],
                    [figure.grade],
                    [f"[{sources[figure.source]}]"],
                    _timed(figure),
                    [", ".join(each for each in (figure.machine, figure.gpu) if each)],
                ],
                figure.printed if figure.unit in (None, "rank") else None,
            )
            for figure in figures
        ],
        items=figures,
        notes=[
            *(f"{grade}: {promise}" for grade, promise in GRADES.items()),
            *(f"[{number}] {source}" for source, number in sources.items()),
            "Everything known about each: laptime list published --json",
        ],
    )


def _printed(figure: Published) -> str:
    """A time in its true unit, whatever unit the source printed; for the rest, its kind."""
    if figure.kind == "time" and figure.value is not None:
        return f"{figure.value:,.4g} s"
    if figure.unit == "rank" or figure.value is None:
        return figure.kind
    return f"{figure.value:,.4g}{'x' if figure.kind == 'speedup' else ''}"


def _timed(figure: Published) -> list[str]:
    """['total,', '10 epochs,', 'start-up, validation']."""
    held = (("start-up", figure.startup), ("validation", figure.validation))
    parts = [
        "" if figure.quantity == "other" else figure.quantity.replace("_", " "),
        f"{figure.epochs} epochs" if figure.epochs else "",
        ", ".join(name for name, known in held if known == "yes"),
    ]
    *first, last = [part for part in parts if part] or [""]
    return [*(f"{part}," for part in first), last]


def first_line(facts: dict[str, Any]) -> str:
    """Of a leaf's docstring."""
    return str(facts["DOC"]).partition("\n")[0]
