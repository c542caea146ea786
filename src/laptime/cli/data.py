"""`laptime data`: which datasets there are, where they lie on this machine, and fetching them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from laptime.datasets import DatasetModule, Found
    from laptime.download import Progress

_data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="A folder of yours that is searched first.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("data")
def command() -> None:
    """List the datasets and fetch them."""


@command.command("list")
@_data_dir
@_as_json
def list_datasets(data_dir: Path | None, as_json: bool) -> None:
    """Show every dataset and where it was found.

    Nothing is downloaded. A dataset that is not found can be fetched, or replaced by synthetic
    images of the same shape.
    """
    from laptime import registry
    from laptime.datasets import locate

    rows = []
    for name in registry.names("datasets"):
        found = locate(_open(name), data_dir=data_dir)
        rows.append((name, registry.peek("datasets", name), found))
    if as_json:
        _print_json([_as_record(*row) for row in rows])
    else:
        _print_table(rows)


@command.command("fetch")
@click.argument("names", nargs=-1, required=True)
@_data_dir
@_as_json
def fetch(names: tuple[str, ...], data_dir: Path | None, as_json: bool) -> None:
    """Download datasets into laptime's cache, unless they are there already.

    NAMES are names or patterns ('*mnist'). A download that broke off goes on where it stopped.
    """
    from laptime import registry
    from laptime.download import gigabytes

    results = []
    for name in registry.select("datasets", names):
        found, status = _ensure(name, data_dir)
        size = _size(Path(found.path))
        told = {"name": name, "status": status, "origin": found.origin, "disk_bytes": size}
        results.append(told)
        if not as_json:
            print(f"{name}: {status} ({found.origin}: {found.path}, {gigabytes(size)})")
    if as_json:
        _print_json(results)


def _open(name: str) -> DatasetModule:
    from typing import cast

    from laptime import registry

    return cast("DatasetModule", registry.load("datasets", name))


def _ensure(name: str, data_dir: Path | None) -> tuple[Found, str]:
    """The dataset, verified; downloaded where it is absent or a cache holds a damaged copy.

    Raises:
        DataError: it cannot be fetched, or the user's own folder holds a damaged copy.
    """
    from laptime.datasets import free_bytes, locate, read
    from laptime.download import gigabytes
    from laptime.errors import DataError

    module = _open(name)
    found = locate(module, data_dir=data_dir)
    if found is not None:
        try:
            read(module, found)
        except DataError as error:
            if found.origin == "folder":  # the user's folder comes first: a download cannot help
                raise
            _say(f"{name}: {error}")
        else:
            return found, "already there"
    size, free = gigabytes(module.DOWNLOAD_BYTES), gigabytes(free_bytes())
    _say(f"{name}: downloading {size} ({free} free)")
    with _progress() as progress:
        found = module.fetch(progress=progress)
    _say(f"{name}: verifying")
    read(module, found)
    return found, "fetched"


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar per file on a terminal, a line per file elsewhere; always on stderr."""
    if not sys.stderr.isatty():
        told: set[str] = set()

        def line(_done: int, _total: int | None, label: str) -> None:
            if label not in told:
                told.add(label)
                _say(f"  {label}")

        yield line
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    with Bars(console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def bar(done: int, total: int | None, label: str) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total)
            bars.update(tasks[label], completed=done, total=total)

        yield bar


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _print_json(results: list[dict[str, Any]]) -> None:
    from laptime.document import document

    print(document({"results": results}), end="")


def _as_record(name: str, facts: dict[str, Any], found: Found | None) -> dict[str, Any]:
    """What `list --json` says of one dataset. No path: the document may be shared."""
    return {
        "name": name,
        "title": facts["TITLE"],
        "train_count": facts["TRAIN_COUNT"],
        "test_count": facts["TEST_COUNT"],
        "shape": list(facts["SHAPE"]),
        "classes": facts["CLASSES"],
        "found": found is not None,
        "origin": found.origin if found else None,
        "download_bytes": facts["DOWNLOAD_BYTES"],
        "homepage": facts["HOMEPAGE"],
    }


def _print_table(rows: list[tuple[str, dict[str, Any], Found | None]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from laptime.download import gigabytes

    table = Table(box=None, pad_edge=False)
    for title in ("name", "title", "images", "download", "found"):
        table.add_column(title, justify="right" if title in ("images", "download") else "left")
    for name, facts, found in rows:
        images = f"{facts['TRAIN_COUNT']:,} + {facts['TEST_COUNT']:,}"
        size = gigabytes(facts["DOWNLOAD_BYTES"])
        table.add_row(name, facts["TITLE"], images, size, found.origin if found else "no")
    Console(highlight=False, markup=False).print(table)
    for name, _, found in rows:  # below the table, where no column breaks a path apart
        print(f"{name}: {found.path if found else f'get it with: laptime data fetch {name}'}")
