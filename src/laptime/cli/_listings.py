"""What `laptime list` lists, each as rows for people and as items for programs."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import msgspec

from laptime import registry
from laptime.reports._layout import Row


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
        {"kind": "workload", "name": name, "title": _first_line(registry.peek("workloads", name))}
        for name in registry.names("workloads")
    ]
    return Listing(
        title="Workloads",
        headings=("name", "what is trained"),
        rows=[Row([[item["name"]], [item["title"]]]) for item in items],
        items=items,
    )


def engines() -> Listing:
    """Every engine: whether its module is found, its version, else the line to paste."""
    items = [_engine(name) for name in registry.names("engines")]
    items.sort(key=lambda item: item["module"] is None)
    rows = [
        Row([[item["name"]], [_state(item)], [", ".join(item["setups"])], [item["title"]]])
        for item in items
    ]
    return Listing(
        title="Engines", headings=("name", "here", "setups", "what it is"), rows=rows, items=items
    )


def _engine(name: str) -> dict[str, Any]:
    facts = registry.peek("engines", name)
    module, extra = facts.get("MODULE"), facts.get("EXTRA")
    is_found = module is None or importlib.util.find_spec(module) is not None
    return {
        "kind": "engine",
        "name": name,
        "title": facts.get("TITLE") or _first_line(facts),
        "module": module,
        "is_installed": is_found,
        "version": _version(module) if module and is_found else None,
        "install": None if is_found else f"pip install 'laptime[{extra}]'",
        "devices": list(facts.get("DEVICES", ())),
        "precisions": list(facts.get("PRECISIONS", ())),
        "setups": list(facts.get("SETUPS", ())),
    }


def _version(module: str) -> str | None:
    """Of the distribution with the module's name; a module may have none."""
    import importlib.metadata

    try:
        return importlib.metadata.version(module)
    except importlib.metadata.PackageNotFoundError:
        return None


def _state(engine: dict[str, Any]) -> str:
    if not engine["is_installed"]:
        return f"missing: {engine['install']}"
    return engine["version"] or "always"


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


def results() -> Listing:
    """Every stored result, newest first; those that cannot be read are named below."""
    from laptime.checks import summarized
    from laptime.reports import _words
    from laptime.store import open_store

    found, problems = open_store().load_all()
    summaries = [summarized(result) for result in reversed(found)]
    shortened = _words.short([summary.id for summary in summaries])
    rows = [
        Row(
            [
                [beginning],
                [summary.workload],
                [f"{summary.engine} {summary.device} {summary.setup}"],
                [_words.speed(summary)],
                [summary.outcome],
            ]
        )
        for beginning, summary in zip(shortened, summaries, strict=True)
    ]
    notes = [f"! {problem}" for problem in problems]
    if not rows:
        notes.append("No results yet; make one with: laptime run")
    return Listing(
        title="" if rows else "Results",
        headings=("id", "workload", "setup", "images/s", "outcome"),
        rows=rows,
        items=summaries,
        right=(3,),
        notes=notes,
    )


def published() -> Listing:
    """Every published figure, with its grade, what it holds and where it stands."""
    from laptime import published as room

    rows = room.rows()
    return Listing(
        title=f"{len(rows)} published figures",
        headings=("workload", "printed", "grade", "machine", "what is timed"),
        rows=[
            Row(
                [
                    [row.workload],
                    [_printed(row)],
                    [row.grade],
                    [", ".join(name for name in (row.machine, row.gpu or row.chip) if name)],
                    [row.timed_region or row.quantity],
                ],
                f"{row.source} ({row.grade_reason})",
            )
            for row in rows
        ],
        items=rows,
        notes=_grade_notes(room.__doc__ or ""),
    )


def _printed(row: Any) -> str:
    """What the source prints, and what it means where the two differ."""
    if row.kind == "time" and row.value is not None:
        return f"{row.value:,.4g} s"
    return f"{row.printed} {row.printed_unit}" if row.printed_unit == "x" else row.printed


def _grade_notes(doc: str) -> list[str]:
    """The grades as the room of published numbers explains them."""
    return [line.strip() for line in doc.split("\n\n")[2].splitlines()] if doc else []


def _first_line(facts: dict[str, Any]) -> str:
    return str(facts["DOC"]).partition("\n")[0]
