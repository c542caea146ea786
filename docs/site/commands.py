"""The page of the command line, from click's own objects."""

from __future__ import annotations

from collections.abc import Iterator

import click
from docs.site import marks

from laptime import errors
from laptime.cli import root

MEANINGS = {
    "EXIT_OK": "All went well.",
    "EXIT_USAGE": "The command line cannot mean what it says: an unknown option or name.",
    "EXIT_ENVIRONMENT": "This machine cannot do it as it is: something is missing, broken or full.",
    "EXIT_WORKLOAD": "Something that was measured failed.",
    "EXIT_THRESHOLD": "The threshold of a comparison was crossed.",
    "EXIT_INTERRUPTED": "Interrupted, by Ctrl-C or by the system.",
}


def walk(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """A context for the command and for each below it, in the order of their lists."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            _, inner, _ = command.resolve_command(context, [name])
            if inner is not None:
                yield from walk(inner, click.Context(inner, parent=context, info_name=name))


def contexts() -> list[click.Context]:
    """Every command of laptime, itself first."""
    return list(walk(root, click.Context(root, info_name="laptime")))


def render() -> str:
    """Every command with its usage, its help, its options and its exit codes."""
    codes = {name: value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    return marks.page(
        "# Command line",
        "Every command with every option, as this version knows them; "
        "`laptime COMMAND --help` says the same.",
        *map(_command, contexts()),
        "## Exit codes",
        marks.table(
            ("code", "meaning"),
            [(marks.code(value), MEANINGS[name]) for name, value in codes.items()],
        ),
    )


def _command(context: click.Context) -> str:
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    inner = command.list_commands(context) if isinstance(command, click.Group) else []
    return marks.page(
        f"## {context.command_path}",
        f"```text\n{context.command_path} {usage}\n```",
        marks.prose(command.help or ""),
        _below(context, inner),
        marks.table(("option", "meaning"), [_option(each, context) for each in options]),
        marks.prose(command.epilog or ""),
    ).strip()


def _below(context: click.Context, names: list[str]) -> str:
    paths = [f"{context.command_path} {name}" for name in names]
    links = [f"[{marks.code(path)}](#{path.replace(' ', '-')})" for path in paths]
    return f"Commands: {', '.join(links)}." if links else ""


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    shown, meaning = option.get_help_record(context) or (" / ".join(option.opts), "")
    if isinstance(option.type, click.Choice) and not option.metavar:
        # A list of choices would make the first column as wide as the page.
        shown = ", ".join((*option.opts, *option.secondary_opts))
        values = ", ".join(map(marks.code, option.type.choices))
        return marks.code(shown), f"{marks.plain(meaning)} One of {values}."
    return marks.code(shown), marks.plain(meaning)
