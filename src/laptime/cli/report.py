"""`laptime report`: everything that is known of results, as one page, text, table or picture."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laptime.errors import UsageError

if TYPE_CHECKING:
    from laptime.reports import Answer

ENDINGS = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "terminal",
    ".json": "json",
    ".png": "png",
}
"""What a file's ending asks for."""
PAGE_COLUMNS = 100


@click.command(name="report")
@click.argument("results", nargs=-1, metavar="[ID...]")
@click.option(
    "-o",
    "output",
    metavar="FILE",
    help="Where it goes; the ending chooses: .html, .md, .txt, .json, or .png for a card to post. "
    "'-' is the screen (the default).",
)
@click.option(
    "--format",
    "form",
    metavar="NAME",
    help="html, markdown, terminal, json or a plug-in's, where no ending says so.",
)
@click.option(
    "--png",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write the card and every chart into this folder, as PNG 1,200 pixels wide.",
)
def command(
    *, results: tuple[str, ...], output: str | None, form: str | None, folder: Path | None
) -> None:
    """Report on results: a verdict in words, figures, ranks, limits, energy, and how to do it again.

    Without an ID it is about this machine: the newest result of every workload and setup. ID is a
    result's id, the start of one, 'latest', or the path of a record file.
    """
    from laptime.cli._reporting import gathered
    from laptime.store import open_store

    shown = _form(output, form)
    # A page of several results has many charts: who draws them is started while these are read.
    with _drawing_soon() if shown == "html" and len(results) != 1 else nullcontext():
        answer = gathered(results, store=open_store(), is_for_people=shown != "json")
        _hand_out(answer, output, form=shown, is_shown=folder is None or form is not None)
    if folder is not None:
        from laptime.cli._posting import write_pictures

        count = len(write_pictures(answer, folder))
        print(f"laptime: wrote {count} pictures into {folder}", file=sys.stderr)


def _drawing_soon() -> AbstractContextManager[None]:
    from laptime.charts import expecting

    return expecting()


def _hand_out(answer: Answer, output: str | None, *, form: str, is_shown: bool) -> None:
    """Into the file, or on the screen where nothing else was asked for."""
    for problem in answer.problems:
        print(f"laptime: {problem}", file=sys.stderr)
    if output is not None and output != "-":
        _write(answer, Path(output), form=form)
    elif is_shown:
        from laptime.cli._answer import show_answer

        show_answer(answer, report=form)


def _form(output: str | None, form: str | None) -> str:
    """Name of the report.

    Raises:
        UsageError: nothing says which it is to be.
    """
    if output in (None, "-"):
        return form or "terminal"
    ending = Path(output or "").suffix.lower()
    if form is None and ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise UsageError(f"'{output}' ends in none of {known}; end it so, or say --format")
    return form or ENDINGS[ending]


def _write(answer: Answer, path: Path, *, form: str) -> None:
    from laptime.cli._whole_files import write_whole

    if form == "png":
        from laptime.cli._posting import card_png

        write_whole(path, card_png(answer))
    else:
        from laptime.cli._answer import report_text
        from laptime.layout import Screen

        page = Screen(width=PAGE_COLUMNS)  # a file is read elsewhere: no colours of this screen
        text = report_text(answer, report=form, screen=page)
        write_whole(path, text.encode("utf-8", "replace"))
    print(f"laptime: wrote {path}", file=sys.stderr)
