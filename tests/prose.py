"""Reads Markdown and tells what is wrong with it; `test_docs` holds the documentation to the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

PYTHON = {"py", "python", "python3", "ipython", "pycon"}
SHELL = {"", "sh", "bash", "console"}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*\Z", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_CONSTANT = re.compile(r"\(`([a-z_]+)\.([A-Z][A-Z0-9_]*)`\)")
_FIGURE = re.compile(r"(\d[\d,.]*)(?:\s(%|s))?\s$")


class Fence(NamedTuple):
    """A fenced block."""

    language: str
    text: str


def fences(text: str) -> list[Fence]:
    """Every fenced block of a page, in order."""
    return [Fence(*found) for found in _FENCE.findall(text)]


def examples(text: str) -> Iterator[tuple[str, str | None]]:
    """Every Python example of a page, with the reason for which it is not run."""
    end = 0
    for found in _FENCE.finditer(text):
        if found[1] in PYTHON:
            mark = _NOT_RUN.search(text[end : found.start()])
            yield found[2], mark[1] if mark else None
        end = found.end()


def anchors(text: str) -> set[str]:
    """What a link may name after its '#', by GitHub's rules."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    """Targets of all links that stay in the repository."""
    found = _LINK.findall(_FENCE.sub("", text))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def broken_links(page: Path) -> list[str]:
    """Targets of links on a page that lead to no file, or to no heading of one."""
    return [t for t in links(page.read_text("utf-8")) if not _leads_somewhere(t, page)]


def _leads_somewhere(target: str, page: Path) -> bool:
    name, _, anchor = target.partition("#")
    path = page.parent / name if name else page
    if not path.exists():
        return False
    return not anchor or anchor in anchors(path.read_text("utf-8"))


def commands(text: str) -> Iterator[list[str]]:
    """Arguments of every `laptime ...` in the shell blocks of a page."""
    for fence in fences(text):
        if fence.language in SHELL:
            for line in fence.text.replace("\\\n", " ").splitlines():
                yield from _commands_of(line)


def _commands_of(line: str) -> Iterator[list[str]]:
    if not re.match(r"(\$ )?([A-Z_]+=\S+ )*laptime( |$)", line) and "&& laptime" not in line:
        return
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    simple: list[list[str]] = [[]]
    for token in lexer:
        if set(token) <= set("|&;"):
            simple.append([])
        elif set(token) <= set("<>"):
            simple.append(["redirected"])  # what follows is a file
        else:
            simple[-1].append(token)
    for words in simple:
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words and words[0] == "laptime":
            yield words[1:]


def parsed(command: click.Command, arguments: list[str], parent: click.Context | None = None):
    """Path and parameters of a command, as click understands it; nothing is invoked.

    Raises:
        click.ClickException: it does not.
    """
    context = command.make_context(command.name, list(arguments), parent=parent)
    if not isinstance(command, click.Group):
        return context.command_path, context.params
    _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
    assert inner is not None
    return parsed(inner, rest, context)


def constants(text: str) -> Iterator[tuple[str, str, float | None]]:
    """(module, NAME, figure) wherever a page says '0.5 s (`lap.BLOCK_S`)'; None without a figure."""
    for match in _CONSTANT.finditer(text):
        before = _FIGURE.search(text[: match.start()])
        if before is None:
            yield match[1], match[2], None
            continue
        value = float(before[1].replace(",", ""))
        yield match[1], match[2], value / 100 if before[2] == "%" else value


def table(text: str, heading: str) -> dict[str, list[str]]:
    """Rows of the first table below a heading: first cell without its backticks -> other cells."""
    section = re.split(rf"^#+ +{re.escape(heading)}$", text, flags=re.MULTILINE)
    assert len(section) == 2, f"no heading, or several: {heading}"
    body = re.split(r"^#+ ", section[1], flags=re.MULTILINE)[0]
    lines = [line for line in body.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {row[0].strip("`"): row[1:] for row in rows}
