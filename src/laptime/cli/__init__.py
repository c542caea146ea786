"""The command line. Each command is one file; none is imported before it is asked for.

Exit codes: 0 ok, 2 usage (an unknown name included), 3 environment unfit, 4 a workload failed,
5 a comparison's threshold was crossed, 130 interrupted.
"""

from __future__ import annotations

import importlib
import io
import keyword
import os
import signal
import sys
from typing import NoReturn

import click

from laptime import __version__
from laptime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, LaptimeError, UnknownNameError

COMMANDS = {
    "run": "Train real networks here, time them, and say how this machine compares.",
    "list": "Workloads, engines, datasets, results and published numbers.",
    "show": "One result again, as it was printed after its run, or raw.",
    "report": "Everything about results as one page: verdict, figures, charts, and how to do it again.",
    "compare": "Two or more results: which is faster, by how much, and whether they may be compared.",
    "watch": "A training of one's own, with sensors beside it: what it took.",
    "recommend": "Which machine for a use: what each costs, brings, and what nobody knows of it.",
    "export": "Results for somebody else: what leaves is shown first.",
    "import": "Results of somebody else, to stand beside one's own.",
    "verify": "Whether the engines here do the same work, proved.",
    "tune": "The fastest way to train a workload on this machine, found by trying.",
    "probe": "What each device can do at best: small tests, and three scores.",
    "video": "Export the articles' video clips: how fast, how large, and how good.",
    "doctor": "What is wrong with this machine for training, and the line that mends it.",
    "data": "Datasets: what is on this machine, and fetching the rest.",
}


class LazyGroup(click.Group):
    """Opens a command's file only when that command is used; its help is known beforehand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the same everywhere
        """In the order in which they are met."""
        return [*COMMANDS]  # `list` here is the command, once its file is open

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name.

        Raises:
            UnknownNameError: there is none; with the nearest.
        """
        if cmd_name not in COMMANDS:
            raise UnknownNameError("command", cmd_name, COMMANDS)
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = importlib.import_module(f"laptime.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Names and one line each, without opening any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 2 usage, 3 environment unfit, 4 a workload failed, "
    "5 a comparison's threshold was crossed, 130 interrupted.",
)
@click.version_option(__version__, prog_name="laptime")
def root() -> None:
    """How well does this machine train neural networks, and how does it compare?

    Start with 'laptime run'.
    """


def run() -> NoReturn:
    """Obey the command line; ends the process with the exit code of what happened."""
    _listen_to_the_system()
    if _wants_json() and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, also on Windows
    try:
        code = root.main(standalone_mode=False)
        sys.stdout.flush()
    except LaptimeError as error:
        _complain(str(error), error.exit_code)
    except click.ClickException as error:
        error.show()
        if _wants_json():
            _json_error(error.format_message(), error.exit_code)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read us has had enough (`laptime list | head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except OSError as error:
        _complain(
            f"{error.strerror or error}; free some space or check what is written to",
            EXIT_ENVIRONMENT,
        )
    sys.exit(code if isinstance(code, int) else 0)


def _listen_to_the_system() -> None:
    """Being told to end (docker stop, a closed terminal) is Ctrl-C: what is done is kept."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _wants_json() -> bool:
    """Whether laptime itself is asked for JSON; what follows '--' is for somebody else's command."""
    ours = sys.argv[: sys.argv.index("--")] if "--" in sys.argv else sys.argv
    return "--json" in ours or "--raw" in ours


def _complain(message: str, code: int) -> NoReturn:
    """One line on stderr; with --json also a document on stdout, so that it always holds one."""
    if _wants_json():
        _json_error(message, code)
    print(f"laptime: {message}", file=sys.stderr)
    sys.exit(code)


def _json_error(message: str, code: int) -> None:
    import msgspec

    document = {"results": [], "error": {"message": message, "exit_code": code}}
    print(msgspec.json.encode(document).decode())
